/**
 * 4 or 6, 0 for what is no IP address: Node's `isIP`. An `import` of `node:net` would make all that it exports, also what
 * Node itself makes when it is asked for.
 */
export const isIP = (text: string): number => process.getBuiltinModule('node:net').isIP(text);
