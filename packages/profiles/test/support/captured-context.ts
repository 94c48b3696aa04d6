/** The context in which each captured request was made: what the mirror's page did, not what came out of it. */
import type { LayoutRequest, RequestKind } from '../../src/index.ts';

const PAGE: Record<string, RequestKind> = {
	'/t/after-cookies': 'fetch',
	'/big': 'fetch',
	'/favicon.ico': 'favicon',
	'/t/style.css': 'style',
	'/t/preload-font.woff2': 'preload-font',
	'/t/modulepreload.mjs': 'modulepreload',
	'/t/script-blocking.js': 'script',
	'/t/module.mjs': 'module',
	'/t/img.png': 'image-visible',
	'/t/font.woff2': 'font',
	'/t/bg.png': 'image-background',
	'/t/script-async.js': 'script-async',
	'/t/script-defer.js': 'script-defer',
	'/t/img-lazy.png': 'image-lazy',
	'/t/iframe.html': 'iframe',
	'/t/x-iframe.html': 'iframe',
	'/t/prefetch': 'prefetch',
	'/t/object': 'object',
	'/t/embed': 'embed',
	'/t/video.mp4': 'video',
	'/t/audio.mp3': 'audio',
	'/t/xhr-get': 'xhr',
	'/t/xhr-get-ajax': 'xhr',
	'/t/xhr-post-json': 'xhr',
	'/t/beacon': 'beacon',
	'/t/eventsource': 'eventsource',
	'/t/worker.js': 'worker',
	'/t/sw.js': 'serviceworker',
	'/t/img-dynamic.png': 'image',
	'/t/dynamic-import.mjs': 'module',
	'/t/x-img.png': 'image-in-view',
	'/t/x-img-cors.png': 'image-in-view',
	'/t/x-script.js': 'script-body',
	'/t/ws': 'websocket',
	'/t/ws-protocols': 'websocket',
	'/sub': 'navigate',
	'/': 'navigate',
	'/accept-ch': 'navigate',
};

/** Hops that follow a redirect. */
const REDIRECTED = /^\/(?:nav\/(?:redirected-2|x-redirected|after-307|after-302-post)|t\/fetch-redirected(?:-307)?)$/;

function kindOf(method: string, path: string, byNavigation: boolean): RequestKind {
	const bare = path.split('?')[0] ?? path;
	if (method === 'OPTIONS') return 'preflight';
	if (bare === '/nav/after-302-post') return 'form';
	if (bare.startsWith('/nav/') || (byNavigation && bare.startsWith('/redirect/')))
		return method === 'POST' ? 'form' : 'navigate';
	return PAGE[bare] ?? 'fetch';
}

/** Fields the page's script set itself (`fetch(..., {headers})`, `setRequestHeader`). */
function pageFields(path: string, fields: ReadonlyMap<string, string>): string[] {
	if (path === '/t/fetch-get-custom')
		return ['X-Custom', '1', 'Authorization', 'Bearer tok', 'Accept', 'application/json'];
	if (path === '/t/xhr-get-ajax') return ['X-Requested-With', 'XMLHttpRequest'];
	return fields.get('content-type') === 'application/json' ? ['content-type', 'application/json'] : [];
}

const ACCEPTED_HINTS = [
	'device-memory',
	'dpr',
	'viewport-width',
	'rtt',
	'downlink',
	'ect',
	'sec-ch-ua-arch',
	'sec-ch-ua-platform-version',
	'sec-ch-ua-model',
	'sec-ch-ua-bitness',
	'sec-ch-ua-wow64',
	'sec-ch-ua-full-version-list',
	'sec-ch-ua-form-factors',
	'sec-ch-prefers-color-scheme',
];

const SITE_NAVIGATION: Record<string, LayoutRequest['site']> = {
	'/nav/samesite-link': 'same-site',
	'/nav/x-link': 'cross-site',
	'/nav/link-click': 'same-origin',
	'/nav/js-nogesture': 'same-origin',
	'/nav/form-get': 'same-origin',
};

function siteOf(kind: RequestKind, method: string, bare: string, host: string): NonNullable<LayoutRequest['site']> {
	if (kind === 'navigate') return SITE_NAVIGATION[bare] ?? 'none';
	if (kind === 'form' || method === 'POST') return host === 'other.example' ? 'cross-site' : 'same-origin';
	if (host === 'api.mirror.test') return 'same-site';
	return host === 'other.example' ? 'cross-site' : 'same-origin';
}

function bodyOf(
	method: string,
	bare: string,
	fields: ReadonlyMap<string, string>,
): NonNullable<LayoutRequest['body']> | null {
	if (bare === '/t/fetch-post-empty' || !(method === 'POST' || method === 'PUT')) return null;
	const contentType = fields.get('content-type');
	const byPage = contentType === 'application/json';
	return {
		...(contentType === undefined || byPage ? {} : { contentType }),
		contentLength: Number(fields.get('content-length')),
	};
}

export type Captured = {
	method: string;
	path: string;
	host: string;
	scheme: 'https' | 'http';
	fields: ReadonlyArray<readonly [name: string, value: string]>;
};

/** Rebuilds the context of a captured request from its name, path and host. Free text (boundary, cookie) is taken over. */
export function contextOf(key: string, captured: Captured): LayoutRequest {
	const { method, path, host, scheme } = captured;
	const fields = new Map(captured.fields.map(([name, value]) => [name.toLowerCase(), value]));
	const bare = path.split('?')[0] ?? path;
	const kind = method === 'CONNECT' ? 'websocket-h2' : kindOf(method, path, key.startsWith('nav:'));
	const noCors = bare === '/t/x-fetch-nocors';
	const cors = bare === '/t/x-img-cors.png';
	const cookie = fields.get('cookie');
	const referer = fields.get('referer');
	const websocketKey = fields.get('sec-websocket-key');
	const protocols = fields.get('sec-websocket-protocol');
	return {
		kind,
		method,
		scheme,
		site: siteOf(kind, method, bare, host),
		origin: 'https://www.mirror.test',
		headers: pageFields(bare, fields),
		redirected: REDIRECTED.test(bare) || bare === '/redirect/301',
		body: bodyOf(method, bare, fields),
		...(cookie === undefined ? {} : { cookie }),
		...(referer === undefined ? {} : { referer }),
		...(bare === '/nav/js-nogesture' ? { userActivation: false } : {}),
		...(noCors ? { mode: 'no-cors' as const } : {}),
		...(cors ? { mode: 'cors' as const } : {}),
		...(bare === '/t/x-fetch-get-cred' ? { credentials: 'include' as const } : {}),
		...(bare === '/t/fetch-get-nostore' ? { cache: 'no-store' as const } : {}),
		...(bare === '/t/fetch-get-reload' ? { cache: 'reload' as const } : {}),
		...(bare === '/t/fetch-get-low' ? { fetchPriority: 'low' as const } : {}),
		...(bare === '/t/fetch-get-high' ? { fetchPriority: 'high' as const } : {}),
		...(fields.has('device-memory') ? { hints: ACCEPTED_HINTS } : {}),
		...(kind === 'preflight' ? { preflight: { method: 'POST', headers: 'content-type' } } : {}),
		...(kind.startsWith('websocket')
			? {
					websocket: {
						...(websocketKey === undefined ? {} : { key: websocketKey }),
						...(protocols === undefined ? {} : { protocols }),
					},
				}
			: {}),
	};
}
