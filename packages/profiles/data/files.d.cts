// Written by scripts/generate.ts, which says why.
/** A file of this folder, parsed; `undefined` if there is none of that name. */
export function readData(file: string): unknown;
