import type { RequestKind } from '@wiretwin/profiles';

/** Conditions of the caller's own: the browser's cache then passes the request on and takes no part. */
const conditions: ReadonlySet<string> = new Set([
	'if-match',
	'if-modified-since',
	'if-none-match',
	'if-range',
	'if-unmodified-since',
]);

/** What decides whether a browser's HTTP cache takes part in a request. */
export type StorableFacts = {
	method: string;
	kind: RequestKind;
	cache: string | undefined;
	/** The caller's fields: name, value, name, value, ... */
	fields: readonly string[];
};

/** Whether a browser might keep the answer (seen with Chromium 156: docs/internals/truth.md). A POST only of a form. */
export function isStorable({ method, kind, cache, fields }: StorableFacts): boolean {
	if (cache === 'no-store' || !(method === 'GET' || (method === 'POST' && (kind === 'form' || kind === 'frame-form'))))
		return false;
	for (let index = 0; index < fields.length; index += 2) {
		if (conditions.has((fields[index] as string).toLowerCase())) return false;
	}
	return true;
}
