import type { RequestKind } from '@wiretwin/profiles';
import { tagOf } from '../body/tag.ts';
import type { FetchInit } from '../types/options.ts';

const byDestination: { readonly [destination: string]: RequestKind } = {
	audio: 'audio',
	document: 'navigate',
	embed: 'embed',
	font: 'font',
	frame: 'iframe',
	iframe: 'iframe',
	image: 'image',
	json: 'fetch',
	manifest: 'manifest',
	object: 'object',
	script: 'script',
	serviceworker: 'serviceworker',
	sharedworker: 'sharedworker',
	style: 'style',
	track: 'track',
	video: 'video',
	worker: 'worker',
};

/**
 * What the browser would be doing with this call. In this order: `kind`; `destination`; `mode`; a form body with POST
 * is a form navigation; GET and HEAD without a body are navigations; all else is what a script would send with fetch().
 */
export function chooseKind(init: FetchInit, method: string, body: unknown): RequestKind {
	if (init.kind !== undefined) return init.kind;
	if (init.destination !== undefined && init.destination !== '') return byDestination[init.destination] ?? 'fetch';
	if (init.mode !== undefined && init.mode !== 'navigate') return 'fetch';
	const tag = tagOf(body);
	if (method === 'POST' && (tag === 'URLSearchParams' || tag === 'FormData')) return 'form';
	if (init.mode === 'navigate') return 'navigate';
	return (method === 'GET' || method === 'HEAD') && (body === undefined || body === null) ? 'navigate' : 'fetch';
}

/** A document, in the address bar or in a frame. */
export function isNavigation(kind: RequestKind): boolean {
	return isTopLevelNavigation(kind) || isFrameNavigation(kind);
}

/** A document in a frame. */
export function isFrameNavigation(kind: RequestKind): boolean {
	return kind === 'iframe' || kind === 'frame-form' || kind === 'object' || kind === 'embed';
}

const topLevel: ReadonlySet<RequestKind> = new Set([
	'navigate',
	'reload',
	'form',
	'download',
	'speculation-prefetch',
	'speculation-prerender',
]);

/** A document in the address bar, now or later, or what a link to one gives. */
export function isTopLevelNavigation(kind: RequestKind): boolean {
	return topLevel.has(kind);
}
