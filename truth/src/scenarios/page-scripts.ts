import { PIXEL } from '@wiretwin/mirror/visit';
import type { FetchInit } from 'wiretwin';
import { type Host, html, type Scenario } from '../scenario.ts';
import { type Ask, asking, readable } from './asks.ts';

/** Statements of a page that ask for `url`, a literal of JavaScript, and then call `done`. */
export const statements = {
	fetch: (init: string) => (url: string) => `fetch(${url}, ${init}).then((answer) => answer.text()).then(done, done)`,
	xhr:
		(method: string, fields: ReadonlyArray<readonly [string, string]> = [], body = '') =>
		(url: string) =>
			`const request = new XMLHttpRequest(); request.open('${method}', ${url});
		for (const [name, value] of ${JSON.stringify(fields)}) request.setRequestHeader(name, value);
		request.onloadend = done; request.send(${body})`,
	image: (url: string) => `const image = new Image(); image.onload = image.onerror = done; image.src = ${url}`,
	corsImage: (url: string) =>
		`const image = new Image(); image.crossOrigin = 'anonymous'; image.onload = image.onerror = done; image.src = ${url}`,
	script: (url: string) =>
		`const element = Object.assign(document.createElement('script'), { src: ${url} });
		element.onload = element.onerror = done; document.head.append(element)`,
	frame: (url: string) =>
		`const element = Object.assign(document.createElement('iframe'), { src: ${url} });
		element.onload = done; document.body.append(element)`,
	font: (url: string) => `new FontFace('truth', 'url(' + ${url} + ')').load().then(done, done)`,
	beacon: (url: string) => `navigator.sendBeacon(${url}, 'x'); done()`,
	track: (url: string) =>
		`const video = document.createElement('video'); const track = document.createElement('track');
		track.onload = track.onerror = done; track.src = ${url}; track.default = true;
		video.append(track); document.body.append(video); track.track.mode = 'showing'`,
} as const;

const TYPED = [
	['X-A', '1'],
	['Content-Type', 'application/json'],
	['Accept', 'text/plain'],
	['X-B', '2'],
] as const;
const UNTYPED = [
	['X-A', '1'],
	['Accept', 'text/plain'],
	['Authorization', 'Bearer x'],
] as const;

type Pairs = ReadonlyArray<readonly [string, string]>;
const pairs = (fields: Pairs) => fields.map(([name, value]): [string, string] => [name, value]);

function fetched(init: { method?: string; body?: string; keepalive?: boolean; mode?: 'no-cors' }, fields?: Pairs): Ask {
	const headers = fields ? { headers: pairs(fields) } : {};
	return {
		source: statements.fetch(JSON.stringify({ ...init, ...headers })),
		init: { kind: 'fetch', ...init, ...headers } as FetchInit,
	};
}

function xhr(method: string, fields: Pairs, body?: string): Ask {
	return {
		source: statements.xhr(method, fields, body === undefined ? '' : JSON.stringify(body)),
		init: { kind: 'xhr', method, headers: pairs(fields), ...(body === undefined ? {} : { body }) },
	};
}

const SHOUTED = [
	['accept', 'a/b'],
	['x-c', '1'],
	['CONTENT-TYPE', 'x/y'],
	['accept-Language', 'de'],
	['AUTHORIZATION', 'x'],
] as const;

const EMPTY = { kind: 'fetch', method: 'POST' } as const;

/** Requests with nothing in their bodies. */
const BYTELESS: readonly Ask[] = [
	fetched({ method: 'PUT' }),
	fetched({ method: 'POST' }),
	fetched({ method: 'POST', body: '' }),
	{ source: statements.fetch(`{ method: 'POST', body: new Blob([]) }`), init: { ...EMPTY, body: new Blob([]) } },
	{
		source: statements.fetch(`{ method: 'POST', body: new Blob([], { type: 'a/b' }) }`),
		init: { ...EMPTY, body: new Blob([], { type: 'a/b' }) },
	},
	{
		source: statements.fetch(`{ method: 'POST', body: new URLSearchParams() }`),
		init: { ...EMPTY, body: new URLSearchParams() },
	},
	fetched({ method: 'DELETE' }),
	fetched({ method: 'PATCH' }),
	fetched({ method: 'PATCH', body: '' }),
	xhr('POST', []),
	xhr('POST', [], ''),
	xhr('PUT', []),
];

const json = readable('application/json', '{}');
const module = (type: string) => (url: string) => ({
	head: `<script type=module>import x from ${JSON.stringify(url)} with { type: '${type}' };</script>`,
});

/** A preflight, made by hand. */
function preflight(method: string, fields: string, host: Host): Scenario {
	return {
		name: 'preflight, made by hand',
		// It is refused, so nothing follows.
		pages: { '/page': html('page'), '/none': () => ({ status: 403 }) },
		browser: async (browser, { url }) => {
			await browser.navigate(url('/page'));
			const init = `{ method: '${method}', headers: { '${fields}': '1' } }`;
			await browser.evaluate(`fetch(${JSON.stringify(url('/none', host))}, ${init}).then(() => 1, () => 1)`);
		},
		wiretwin: async (session, { url }) => {
			await (await session.fetch(url('/page'))).text();
			const headers = { 'Access-Control-Request-Headers': fields, 'Access-Control-Request-Method': method };
			const init: FetchInit = { method: 'OPTIONS', kind: 'preflight', headers, referrer: url('/page') };
			await (await session.fetch(url('/none', host), init)).text();
		},
	};
}

/** Requests of scripts, with what only scripts can set, and the elements that ask in a mode of their own. */
export const pageScriptScenarios: readonly Scenario[] = [
	asking({
		name: 'XHR, own fields',
		asks: [
			xhr('POST', TYPED, '{}'),
			xhr('POST', UNTYPED, 'text'),
			xhr('POST', [], 'text'),
			xhr('GET', TYPED),
			xhr('GET', UNTYPED),
		],
	}),
	asking({
		name: 'fetch, keepalive',
		asks: [
			fetched({ method: 'POST', keepalive: true, body: 'x' }),
			fetched({ method: 'POST', keepalive: true, body: 'x' }, TYPED),
			fetched({ keepalive: true }, UNTYPED),
			{ ...fetched({ method: 'POST', keepalive: true, mode: 'no-cors', body: 'x' }), host: 'other.example' },
		],
	}),
	asking({
		name: 'names of fields over HTTP/1.1',
		server: { protocols: ['http/1.1'] },
		asks: [
			fetched({}, SHOUTED),
			fetched({ method: 'POST', body: 'x' }, SHOUTED),
			xhr('GET', SHOUTED),
			fetched({}, [...SHOUTED, ['cache-control', 'max-age=1'], ['if-none-match', '"x"'], ['pragma', 'x']]),
		],
	}),
	asking({ name: 'bodies without a byte', asks: BYTELESS }),
	asking({ name: 'bodies without a byte over HTTP/1.1', server: { protocols: ['http/1.1'] }, asks: BYTELESS }),
	asking({
		name: 'track',
		asks: [{ source: statements.track, answer: readable('text/vtt', 'WEBVTT'), init: { kind: 'track' } }],
	}),
	asking({
		name: 'modules of other types',
		asks: [
			{ markup: module('json'), answer: json, init: { kind: 'module-json' } },
			{ markup: module('css'), answer: readable('text/css', ''), init: { kind: 'module-style' } },
		],
	}),
	asking({
		name: 'image with CORS, of another site',
		asks: [
			{
				source: statements.corsImage,
				host: 'other.example',
				answer: readable('image/png', PIXEL),
				init: { kind: 'image', mode: 'cors' },
			},
		],
	}),
	preflight('PUT', 'x-custom', 'api.mirror.test'),
];
