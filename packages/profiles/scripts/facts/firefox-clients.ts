/**
 * What Firefox 153 sends that is not asked for by a page's own markup or script: workers, early hints, frames, reports. Seen
 * live with packages/mirror (truth/src/scenarios/clients.ts, speculation.ts).
 */
import type { KindRecord, TemplateSlot } from '../../src/types.ts';

/** Kinds that others are like. */
type Bases = {
	document: KindRecord;
	frame: KindRecord;
	page: KindRecord;
	sub(dest: string, accept: string, priority: string, more?: Partial<KindRecord>): KindRecord;
};

/** Workers do not tell the state of third-party storage. */
const WORKER = { storageAccess: false } as const;

/** Kinds of `headers.kinds`. */
export function firefoxClientKinds({ document, frame, page, sub }: Bases): Record<string, KindRecord> {
	const hint = { fixed: { 'x-moz': 'early hint' } } as const;
	const cors = { ...hint, mode: 'cors', credentials: 'same-origin' } as const;
	return {
		'frame-form': { ...frame, method: 'POST', user: true },
		download: { ...document, user: true },
		report: {
			...page,
			template: 'unreferred-script',
			method: 'POST',
			mode: 'no-cors',
			dest: 'report',
			credentials: 'omit',
			spelling: 'own',
		},
		'import-scripts': sub('script', 'any', 'normal', { serviceWorkerCache: 'no-store', ...WORKER }),
		'worker-import': sub('worker', 'any', 'normal', { mode: 'cors', credentials: 'same-origin', ...WORKER }),
		'early-script': sub('script', 'any', 'plain', hint),
		'early-style': sub('style', 'style', 'plain', hint),
		'early-image': sub('image', 'image', 'plain', hint),
		'early-font': sub('font', 'any', 'plain', cors),
		'early-module': sub('script', 'any', 'plain', cors),
		'early-fetch': sub('empty', 'any', 'plain', cors),
	};
}

/** Kinds of `headers.workerKinds`. */
export function firefoxWorkerKinds(kinds: Record<string, KindRecord>): Record<string, KindRecord> {
	const like = (name: string, more: Partial<KindRecord> = {}): [string, KindRecord] => [
		name,
		{ ...(kinds[name] as KindRecord), ...WORKER, ...more },
	];
	// A worker leaves the type as its script has stated it.
	const { statedCharset: _parsed, ...xhr } = kinds.xhr as KindRecord;
	return Object.fromEntries([
		like('fetch', {
			keepsTightened: true,
			workerPolicy: 'own-else-page',
			template: 'keepalive',
			stated: 'keepalive',
			redirected: 'redirected-keepalive',
		}),
		like('preflight'),
		['xhr', { ...xhr, ...WORKER, bodyCharset: 'utf-8', workerPolicy: 'page' }],
		like('import-scripts', { workerPolicy: 'none' }),
		like('eventsource', { template: 'unreferred-script', redirected: 'redirected-unreferred' }),
		like('websocket'),
		like('websocket-h2'),
		like('module', { priority: 'normal', credentials: 'same-origin' }),
	]);
}

/** Templates of both. `script`: what a script asks for without a referrer. */
export function firefoxClientTemplates(script: readonly TemplateSlot[]): Record<string, readonly TemplateSlot[]> {
	return { 'unreferred-script': script };
}
