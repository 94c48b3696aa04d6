import type { RequestKind } from '@wiretwin/profiles';
import type { Client } from '../initiator/client.ts';
import { isNavigation } from './kinds.ts';

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

/**
 * Whether a request is of an origin that is nobody else's, for which Chromium keeps nothing. A document is its own, whoever asks for it (156:
 * what a sandboxed frame fetches is asked for each time, its own frames and where it sends the page are not).
 */
export function isOfNobody(client: Client | undefined, kind: RequestKind): boolean {
	return client !== undefined && client.origin === undefined && !isNavigation(kind);
}

/** Whether a browser might keep the answer (seen with Chromium 156: docs/internals/truth.md). A POST only of a form. */
export function isStorable({ method, kind, cache, fields }: StorableFacts): boolean {
	if (cache === 'no-store' || !(method === 'GET' || (method === 'POST' && (kind === 'form' || kind === 'frame-form'))))
		return false;
	for (let index = 0; index < fields.length; index += 2) {
		if (conditions.has((fields[index] as string).toLowerCase())) return false;
	}
	return true;
}
