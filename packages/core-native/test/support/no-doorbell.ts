// Makes this process one whose runtime cannot watch a pipe, as on Windows and in Bun: `hasDoorbell` goes by this name.
// The whole of this package's tests runs that way too (vitest.config.ts), and so do the programs that they start.
Object.defineProperty(process.versions, 'bun', { value: 'none, a test says so' });
