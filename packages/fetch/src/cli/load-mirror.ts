import { UsageError } from './arguments.ts';

/** The mirror is a separate package: whoever only sends requests does not need a server. */
export function loadMirror(): Promise<typeof import('@wiretwin/mirror')> {
	return orUsageError(import('@wiretwin/mirror'));
}

/** Drivers of real browsers, from the same package. */
export function loadBrowsers(): Promise<typeof import('@wiretwin/mirror/browsers')> {
	return orUsageError(import('@wiretwin/mirror/browsers'));
}

/** Pages that lead a browser through a capture, from the same package. */
export function loadVisit(): Promise<typeof import('@wiretwin/mirror/visit')> {
	return orUsageError(import('@wiretwin/mirror/visit'));
}

async function orUsageError<T>(loading: Promise<T>): Promise<T> {
	try {
		return await loading;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
		throw new UsageError('this command needs the package @wiretwin/mirror: npm install @wiretwin/mirror');
	}
}
