/** Version of this package, as its package.json says. */
export const version: string;
export const tldts: typeof import('tldts');
