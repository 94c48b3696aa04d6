import type { Destination } from '../types/fetch-terms.ts';

/** Of the fetch standard, as far as a browser sends them. */
export const destinations: readonly Destination[] = [
	'',
	'audio',
	'document',
	'embed',
	'font',
	'frame',
	'iframe',
	'image',
	'json',
	'manifest',
	'object',
	'script',
	'serviceworker',
	'sharedworker',
	'style',
	'track',
	'video',
	'worker',
];
