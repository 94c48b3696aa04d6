/** Kinds of requests for clients whose sub-resources were not captured: standard modes and destinations, one priority. */
import type { KindRecord } from '../../src/types.ts';

/** Keys of `accept` and `priorities`, and templates, that a family has. */
export type PlainKinds = {
	documentTemplate: string;
	pageTemplate: string;
	/** Levels of `priorities`. */
	document: string;
	page: string;
	sub: string;
};

/** Every kind a page makes. Fields that are the same in all browsers follow the Fetch standard. */
export function plainKinds(names: PlainKinds): Record<string, KindRecord> {
	const document = (dest: string, more: Partial<KindRecord> = {}): KindRecord => ({
		template: names.documentTemplate,
		accept: 'document',
		mode: 'navigate',
		dest,
		priority: names.document,
		...more,
	});
	const sub = (dest: string, accept: string, more: Partial<KindRecord> = {}): KindRecord => ({
		template: names.pageTemplate,
		accept,
		mode: 'no-cors',
		dest,
		priority: names.sub,
		...more,
	});
	const page = sub('empty', 'any', {
		mode: 'cors',
		credentials: 'same-origin',
		priority: names.page,
		spelling: 'typed',
	});
	const script = sub('script', 'any');
	const cors = { mode: 'cors', credentials: 'same-origin' } as const;
	const module = sub('script', 'any', cors);
	const image = sub('image', 'image');
	const font = sub('font', 'any', cors);
	const media = { acceptEncoding: 'media', fixed: { range: 'bytes=0-' } };
	const worker = (dest: string) => sub(dest, 'any', { mode: 'same-origin' });
	const socket = { 'sec-websocket-version': '13', 'sec-websocket-extensions': 'permessage-deflate' };
	const websocket: KindRecord = {
		template: 'websocket',
		mode: 'websocket',
		dest: 'websocket',
		priority: names.page,
		cache: 'no-store',
		originAlways: true,
	};
	return {
		navigate: document('document'),
		reload: document('document', { cache: 'no-cache' }),
		form: document('document', { method: 'POST' }),
		iframe: document('iframe'),
		object: document('object'),
		embed: document('embed'),
		fetch: page,
		xhr: page,
		beacon: { ...page, method: 'POST', mode: 'no-cors', credentials: 'include', spelling: 'own' },
		eventsource: { ...page, accept: 'event-stream', cache: 'no-store' },
		script,
		'script-body': script,
		'script-async': script,
		'script-defer': script,
		module,
		'module-json': sub('json', 'any', cors),
		'module-style': sub('style', 'style', cors),
		modulepreload: module,
		style: sub('style', 'style'),
		image,
		'image-visible': image,
		'image-in-view': image,
		'image-lazy': image,
		'image-background': image,
		favicon: image,
		font,
		video: sub('video', 'any', media),
		audio: sub('audio', 'any', media),
		track: sub('track', 'any', { mode: 'same-origin', credentials: 'same-origin' }),
		manifest: sub('manifest', 'any', { mode: 'cors', credentials: 'omit' }),
		'preload-script': script,
		'preload-style': sub('style', 'style'),
		'preload-font': font,
		'preload-image': image,
		'preload-fetch': sub('empty', 'any', cors),
		prefetch: sub('empty', 'document', { fixed: { 'sec-purpose': 'prefetch' } }),
		worker: worker('worker'),
		sharedworker: worker('sharedworker'),
		serviceworker: { ...worker('serviceworker'), cache: 'no-cache', fixed: { 'service-worker': 'script' } },
		preflight: { ...page, method: 'OPTIONS', credentials: 'omit', spelling: 'own' },
		websocket: { ...websocket, fixed: { ...socket, upgrade: 'websocket', connection: 'Upgrade' } },
		'websocket-h2': { ...websocket, method: 'CONNECT', fixed: socket },
	};
}
