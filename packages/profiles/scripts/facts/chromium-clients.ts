/**
 * What Chromium 156 sends that is not asked for by a page's own markup or script: workers, early hints, speculation rules,
 * frames, reports, downloads. Seen live with packages/mirror (truth/src/scenarios/clients.ts, speculation.ts).
 */
import type { KindRecord, TemplateSlot } from '../../src/types.ts';

/** Kinds that others are like. */
type Bases = {
	document: KindRecord;
	page: KindRecord;
	worker: KindRecord;
	/** Levels of `priority: 'high'` and `'low'`, where the release knows them. */
	chosen: (high: string, low: string) => Partial<KindRecord>;
};

/** No client hints: the browser process or a worker asks. */
const UNHINTED = { hints: false } as const;

const CORS_SCRIPT = {
	template: 'subresource',
	accept: 'any',
	mode: 'cors',
	credentials: 'same-origin',
	priority: 'medium',
	originAlways: true,
	...UNHINTED,
} as const;

/** Kinds of `headers.kinds`. */
export function chromiumClientKinds({ document, page, worker, chosen }: Bases): Record<string, KindRecord> {
	// The browser process asks for what a 103 answer names, before there is a page.
	const early = (dest: string, accept: string, priority: string, more: Partial<KindRecord> = {}): KindRecord => ({
		...worker,
		template: 'early',
		accept,
		mode: 'no-cors',
		dest,
		priority,
		...chosen(priority === 'highest-i' ? priority : 'medium-i', 'lowest-i'),
		...more,
	});
	const cors = { mode: 'cors', credentials: 'same-origin' } as const;
	const speculation: KindRecord = {
		...document,
		template: 'speculation',
		redirected: 'speculation-redirected',
		accept: 'speculation',
		dest: 'document',
		priority: 'idle-i',
		site: 'none',
	};
	const ahead = (purpose: string): KindRecord => ({
		...speculation,
		fixed: { ...document.fixed, 'sec-purpose': purpose, 'sec-speculation-tags': 'null' },
	});
	return {
		'frame-form': { ...document, method: 'POST', dest: 'iframe', user: true, cache: 'no-cache' },
		download: { template: 'worker', mode: 'navigate', dest: 'empty', priority: 'idle-i', ...UNHINTED },
		report: { ...page, method: 'POST', mode: 'no-cors', dest: 'report', priority: 'idle-i', spelling: 'own' },
		'import-scripts': importScripts,
		'worker-import': { ...CORS_SCRIPT, dest: 'worker' },
		'early-script': early('script', 'any', 'medium-i'),
		'early-style': early('style', 'style', 'highest-i'),
		'early-image': early('image', 'image', 'lowest-i'),
		'early-font': early('font', 'any', 'medium-i', cors),
		'early-module': early('script', 'any', 'idle-i', cors),
		'early-fetch': early('empty', 'any', 'lowest-i', cors),
		'speculation-prefetch': ahead('prefetch'),
		'speculation-prerender': ahead('prefetch;prerender'),
	};
}

const importScripts: KindRecord = {
	template: 'subresource',
	accept: 'any',
	mode: 'no-cors',
	dest: 'script',
	priority: 'highest-i',
	serviceWorkerCache: 'no-cache',
	...UNHINTED,
};

/** Kinds of `headers.workerKinds`. */
export function chromiumWorkerKinds(kinds: Record<string, KindRecord>): Record<string, KindRecord> {
	// Conditions of the caller change no cache mode, of a question for leave neither.
	const ofWorker = { ...UNHINTED, conditionalCache: null } as const;
	const asWorker = (name: string): [string, KindRecord] => [name, { ...(kinds[name] as KindRecord), ...ofWorker }];
	return Object.fromEntries([
		...['fetch', 'xhr', 'eventsource', 'preflight'].map(asWorker),
		['module', { ...CORS_SCRIPT, dest: 'script' }],
	]);
}

/** What the user prefers is known to the tab, which there is none of yet. */
const UNPREFERRED: TemplateSlot = {
	hints: true,
	except: ['sec-ch-prefers-color-scheme', 'sec-ch-prefers-reduced-motion', 'sec-ch-prefers-reduced-transparency'],
};

/** Templates of `chromiumClientKinds`. */
export function chromiumClientTemplates(
	metadata: readonly TemplateSlot[],
	tail: readonly TemplateSlot[],
	page: TemplateSlot,
): Record<string, readonly TemplateSlot[]> {
	return {
		speculation: [
			'upgrade-insecure-requests',
			'sec-purpose',
			'sec-speculation-tags',
			page,
			'accept',
			UNPREFERRED,
			...metadata,
			'referer',
			'user-agent',
			...tail,
		],
		'speculation-redirected': [
			'upgrade-insecure-requests',
			'sec-purpose',
			page,
			'accept',
			...metadata,
			'sec-speculation-tags',
			UNPREFERRED,
			'referer',
			'user-agent',
			...tail,
		],
	};
}
