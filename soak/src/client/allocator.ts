import { fileURLToPath } from 'node:url';

/** The C library's allocator, from which Node, BoringSSL and the engine have what is no heap of JavaScript. */
export type Allocator = {
	/** Bytes that the program has and has not given back. */
	inUse(): number;
	/** Gives the pages that nobody uses back to the system. */
	giveBack(): void;
};

/** Where `soak.ts` builds it. */
export const addon = fileURLToPath(new URL('../../../target/soak/allocator.node', import.meta.url));

/** `undefined` where it could not be built, and where the C library is not glibc and tells nothing. */
export function allocator(): Allocator | undefined {
	const module = { exports: {} };
	try {
		process.dlopen(module, addon);
	} catch {
		return undefined;
	}
	return module.exports as Allocator;
}
