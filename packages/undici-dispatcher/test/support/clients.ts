import { copyVersion } from '@wiretwin/adapter-conformance';
import * as undici8 from 'undici';
import * as lowest6 from 'undici-lowest-6';
import * as lowest7 from 'undici-lowest-7';
import * as lowest8 from 'undici-lowest-8';
import * as undici6 from 'undici6';
import * as undici7 from 'undici7';
import type { WiretwinDispatcher } from '../../src/index.ts';

type FetchInit = {
	method?: string;
	headers?: Record<string, string>;
	body?: unknown;
	signal?: AbortSignal;
	redirect?: string;
};
type Fetch = (url: string, init?: FetchInit) => Promise<Response>;

/** Each fetch that can be given a dispatcher, with the class of forms that it knows. */
export const fetches: readonly (readonly [
	name: string,
	bind: (dispatcher: WiretwinDispatcher) => Fetch,
	form: typeof FormData,
])[] = [
	['built-in fetch', bindFetch(globalThis.fetch), FormData],
	['undici 6 fetch', bindFetch(undici6.fetch), undici6.FormData as unknown as typeof FormData],
	['undici 7 fetch', bindFetch(undici7.fetch), undici7.FormData as unknown as typeof FormData],
	['undici 8 fetch', bindFetch(undici8.fetch), undici8.FormData as unknown as typeof FormData],
];

/** A fetch that sends through a dispatcher. */
export function bindFetch(fetch: unknown): (dispatcher: WiretwinDispatcher) => Fetch {
	return (dispatcher) => (url, init) =>
		(fetch as (url: string, init: object) => Promise<Response>)(url, {
			...init,
			...(isStream(init?.body) ? { duplex: 'half' } : {}),
			dispatcher,
		});
}

function isStream(body: unknown): boolean {
	return typeof body === 'object' && body !== null && (body instanceof ReadableStream || Symbol.asyncIterator in body);
}

/** The package itself, each version under one type. */
export const versions: readonly (readonly [name: string, undici: typeof undici8])[] = [
	['undici 6', undici6 as unknown as typeof undici8],
	['undici 7', undici7 as unknown as typeof undici8],
	['undici 8', undici8],
];

/** The first version of each that the dispatcher works with. */
export const lowestVersions: typeof versions = (
	[
		['undici-lowest-6', lowest6],
		['undici-lowest-7', lowest7],
		['undici-lowest-8', lowest8],
	] as const
).map(([copy, undici]) => [
	`undici ${copyVersion(`${import.meta.dirname}/..`, copy)}`,
	undici as unknown as typeof undici8,
]);
