/** Requests of pages whose fields stand elsewhere than in a plain `fetch()`: as Chromium 156 and Firefox 153 sent them (truth). */
import { describe, expect, test } from 'vitest';
import {
	credentialsOf,
	getProfile,
	type LayoutRequest,
	layoutHeaders,
	policyInForce,
	type RequestKind,
} from '../src/index.ts';

const cross: Partial<LayoutRequest> = { site: 'cross-site', origin: 'https://a.test', referer: 'https://a.test/' };
const POST: Partial<LayoutRequest> = { method: 'POST', body: { contentType: 'text/plain', contentLength: 1 } };

function fields(browser: string, request: Partial<LayoutRequest>): ReadonlyArray<readonly [string, string]> {
	const { headers } = layoutHeaders(getProfile(browser, { os: 'linux' }), { kind: 'fetch', ...request });
	return headers.flatMap((name, index) => (index % 2 === 0 ? [[name, headers[index + 1] ?? ''] as const] : []));
}

/** Those of `wanted` that are sent, in their order. */
function order(browser: string, request: Partial<LayoutRequest>, wanted: string): string {
	const names = wanted.split(' ');
	return fields(browser, request)
		.map(([name]) => name.toLowerCase())
		.filter((name) => names.includes(name))
		.join(' ');
}

const PLACES = 'x-a content-type content-length origin sec-fetch-dest sec-fetch-storage-access connection referer';

describe('firefox', () => {
	const places = (request: Partial<LayoutRequest>) => order('firefox', request, PLACES.replace('sec-fetch-dest ', ''));
	const own = { headers: ['X-A', '1', 'Content-Type', 'a/b'] };
	test.each<[string, Partial<LayoutRequest>, string]>([
		[
			'XHR keeps a type of its own in its place',
			{ kind: 'xhr', ...cross, ...POST, headers: ['Content-Type', 'a/b', 'X-A', '1'] },
			'content-type x-a content-length origin connection referer',
		],
		[
			'keepalive knows the referrer later',
			{ ...cross, ...POST, ...own, keepalive: true },
			'x-a content-type referer content-length origin connection',
		],
		['without keepalive', { ...cross, ...POST, ...own }, 'referer x-a content-type content-length origin connection'],
		[
			'what needs no CORS gets its origin when it connects',
			{ ...cross, ...POST, mode: 'no-cors', credentials: 'include' },
			'referer content-type content-length sec-fetch-storage-access origin connection',
		],
		[
			'beacon',
			{ kind: 'beacon', ...cross, ...POST },
			'content-type content-length sec-fetch-storage-access origin connection referer',
		],
		[
			'beacon of a page with a policy',
			{ kind: 'beacon', ...cross, ...POST, referrerPolicy: 'origin' },
			'referer content-type content-length sec-fetch-storage-access origin connection',
		],
		['image', { kind: 'image', ...cross }, 'sec-fetch-storage-access connection referer'],
		[
			'image of a page with a policy',
			{ kind: 'image', ...cross, referrerPolicy: 'strict-origin' },
			'referer sec-fetch-storage-access connection',
		],
		[
			'image, policy not followed',
			{ kind: 'image', ...cross, referrerPolicy: 'unsafe-url' },
			'sec-fetch-storage-access connection referer',
		],
		['fetch, policy not followed', { ...cross, referrerPolicy: 'unsafe-url' }, 'origin connection referer'],
		[
			'fetch, policy followed on its own site',
			{ ...cross, site: 'same-site', referrerPolicy: 'unsafe-url' },
			'referer origin connection',
		],
		[
			'a link is followed as it says',
			{ kind: 'navigate', ...cross, referrerPolicy: 'unsafe-url' },
			'referer connection',
		],
		[
			'redirect to another origin',
			{ ...cross, ...POST, redirected: true, headers: ['X-A', '1'] },
			'content-type content-length origin x-a referer connection',
		],
		[
			'redirect inside the origin',
			{ ...cross, site: 'same-origin', ...POST, redirected: true, headers: ['X-A', '1'] },
			'content-type content-length x-a referer origin connection',
		],
		[
			'redirect back to the first party',
			{ kind: 'image', ...cross, redirected: true, party: 'first' },
			'referer connection',
		],
		[
			'a field of the caller for documents',
			{ ...cross, ...POST, headers: ['X-A', '1', 'Content-Type', 'a/b'] },
			'referer x-a content-type content-length origin connection',
		],
		[
			'a preload with crossorigin knows its referrer late',
			{ kind: 'preload-script', ...cross, mode: 'cors', credentials: 'include' },
			'origin sec-fetch-storage-access connection referer',
		],
		[
			'a page that is loaded again knows it early',
			{ kind: 'reload', referer: 'https://a.test/' },
			'referer connection',
		],
		['a page that is followed to late', { kind: 'navigate', referer: 'https://a.test/' }, 'connection referer'],
		['a preloaded font knows it early', { kind: 'preload-font', ...cross }, 'referer origin connection'],
		[
			'a preload without CORS late',
			{ kind: 'preload-script', ...cross },
			'sec-fetch-storage-access connection referer',
		],
		[
			'what a worker asks for is redirected in an order of its own',
			{ ...cross, ...POST, client: 'worker', redirected: true, headers: ['X-A', '1'] },
			'content-type content-length referer origin x-a connection',
		],
		[
			'what outlives its page too, at home',
			{ ...cross, site: 'same-origin', ...POST, keepalive: true, redirected: true, headers: ['X-A', '1'] },
			'content-type content-length referer x-a origin connection',
		],
		[
			'a type without a body stays among the fields of the caller',
			{ ...cross, redirected: true, headers: ['X-A', '1', 'Content-Type', 'a/b'] },
			'origin x-a content-type referer connection',
		],
		[
			'a worker with a policy asks as one without',
			{ ...cross, ...POST, client: 'worker', referrerPolicy: 'origin' },
			'content-type referer content-length origin connection',
		],
		[
			'a question of a worker says nothing of storage access',
			{ kind: 'preflight', ...cross, credentials: 'include', client: 'worker' },
			'referer origin connection',
		],
		[
			'a question of a page that tells its policy knows its referrer early',
			{ kind: 'preflight', ...cross, referrerPolicy: 'unsafe-url' },
			'referer origin connection',
		],
		[
			'a WebSocket says the state of storage access',
			{ kind: 'websocket', ...cross, headers: ['X-A', '1'] },
			'origin sec-fetch-storage-access x-a connection',
		],
		[
			'a track has no referrer with a policy either',
			{ kind: 'track', ...cross, referrerPolicy: 'origin' },
			'connection',
		],
		[
			'an event stream of a worker has none after a redirect either',
			{ kind: 'eventsource', ...cross, client: 'worker', redirected: true },
			'origin connection',
		],
		[
			'a site that sees less of a referrer gets it late after a redirect',
			{ kind: 'image', ...cross, redirected: true, referrerPolicy: 'unsafe-url' },
			'sec-fetch-storage-access connection referer',
		],
		['and of fetch()', { ...cross, redirected: true, referrerPolicy: 'unsafe-url' }, 'origin connection referer'],
		[
			'a style sheet of the page that is asked by its own site',
			{ kind: 'style', ...cross, site: 'same-origin', referrerPolicy: 'unsafe-url', foreign: true },
			'connection referer',
		],
		[
			'a redirect that taints the origin ends storage access',
			{ kind: 'image', ...cross, redirected: true, originTainted: true },
			'referer connection',
		],
		['track has no referrer', { kind: 'track', referer: 'https://a.test/' }, 'connection'],
	])('%s', (_, request, expected) => expect(places(request)).toBe(expected));
	test('what is said of a prefetch survives its redirect', () => {
		expect(order('firefox', { kind: 'prefetch', redirected: true }, 'sec-purpose')).toBe('sec-purpose');
	});
	test('a prefetch with a policy says what it is for behind its referrer', () => {
		const request = { kind: 'prefetch', ...cross, referrerPolicy: 'origin' } as const;
		expect(order('firefox', request, 'referer sec-purpose')).toBe('referer sec-purpose');
		expect(order('firefox', { kind: 'prefetch', ...cross }, 'referer sec-purpose')).toBe('sec-purpose referer');
	});
	test('a script that asks for secure answers says so among its own fields', () => {
		const headers = ['Upgrade-Insecure-Requests', '1'];
		expect(order('firefox', { ...POST, headers }, 'upgrade-insecure-requests content-type')).toBe(
			'upgrade-insecure-requests content-type',
		);
	});
	test('a priority of the caller stands among his other fields', () => {
		const headers = ['X-A', '1', 'Priority', 'u=1', 'X-B', '1'];
		expect(order('firefox', { headers }, 'x-a priority x-b te')).toBe('x-a priority x-b te');
	});
	test('a media element of a page with a policy knows its referrer before its range', () => {
		const request = { kind: 'video', ...cross, referrerPolicy: 'origin' } as const;
		expect(order('firefox', request, 'range referer')).toBe('referer range');
		expect(order('firefox', { kind: 'video', ...cross }, 'range referer')).toBe('range referer');
	});
	test('a redirected media element still asks for a range', () => {
		const request = { kind: 'audio', ...cross, mode: 'cors', redirected: true } as const;
		expect(order('firefox', request, 'accept-encoding origin range referer')).toBe(
			'accept-encoding origin range referer',
		);
	});
	test('only fetch() and its question give up the store for a condition', () => {
		const asked = { method: 'OPTIONS', preflight: { method: 'GET', headers: 'if-match' } };
		for (const [request, expected] of [
			[{ headers: ['If-Match', '*'] }, 'pragma cache-control'],
			[{ kind: 'preflight', ...asked }, 'pragma cache-control'],
			[{ kind: 'preflight', preflightFor: 'fetch', ...asked }, 'pragma cache-control'],
			[{ kind: 'preflight', preflightFor: 'xhr', ...asked }, ''],
			[{ kind: 'preflight', preflightFor: 'xhr', client: 'worker', ...asked }, ''],
			[{ kind: 'preflight', sync: true, ...asked }, ''],
			[{ kind: 'preflight', preflightFor: 'xhr', cache: 'reload', ...asked }, 'pragma cache-control'],
			[{ kind: 'xhr', headers: ['If-Match', '*'] }, ''],
		] as const)
			expect(order('firefox', request, 'pragma cache-control')).toBe(expected);
	});
	test('XMLHttpRequest of a worker spells the charset of texts and parameters otherwise', () => {
		for (const media of ['text/plain', 'application/x-www-form-urlencoded']) {
			const contentType = `${media};charset=UTF-8`;
			const type = (request: Partial<LayoutRequest>) =>
				new Map(fields('firefox', { method: 'POST', body: { contentType, contentLength: 1 }, ...request })).get(
					'Content-Type',
				);
			for (const client of ['worker', 'shared-worker'] as const)
				expect(type({ kind: 'xhr', client })).toBe(`${media};charset=utf-8`);
			expect(type({ kind: 'xhr', client: 'worker', headers: ['Content-Type', contentType] })).toBe(contentType);
			expect(type({ kind: 'xhr' })).toBe(contentType);
			expect(type({ client: 'worker' })).toBe(contentType);
		}
	});
	test('what may outlive its page tells nothing of storage', () => {
		const field = 'sec-fetch-storage-access';
		for (const kind of ['fetch', 'preflight'] as const) {
			const request = { kind, ...cross, credentials: 'include' } as const;
			for (const more of [
				{},
				{ referrerPolicy: 'unsafe-url' },
				{ redirected: true },
			] satisfies Partial<LayoutRequest>[]) {
				expect(order('firefox', { ...request, ...more }, field)).toBe(field);
				expect(order('firefox', { ...request, ...more, keepalive: true }, field)).toBe('');
			}
		}
		expect(order('chromium', { ...cross, credentials: 'include', keepalive: true }, field)).toBe(field);
	});
	test('what could have more cookies tells its origin, in one of them over TLS only', () => {
		const fields = 'origin sec-fetch-storage-access';
		const request = { kind: 'image', ...cross, party: 'apart' } as const;
		expect(order('firefox', request, fields)).toBe('sec-fetch-storage-access origin');
		expect(order('firefox', { ...request, scheme: 'http' }, fields)).toBe('');
		expect(order('chromium', { ...request, scheme: 'http' }, fields)).toBe('origin');
	});
	test('workers tell nothing of storage with a WebSocket', () => {
		const field = 'sec-fetch-storage-access';
		for (const kind of ['websocket', 'websocket-h2'] as const) {
			for (const client of ['worker', 'shared-worker', 'service-worker'] as const)
				expect(order('firefox', { kind, ...cross, client }, field)).toBe('');
			expect(order('firefox', { kind, ...cross }, field)).toBe(field);
		}
	});
	test('names that it has set itself keep their spelling', () => {
		const given = ['ACCEPT', 'a/b', 'user-agent', 'own', 'accept-LANGUAGE', 'de', 'CONTENT-TYPE', 'x/y', 'x-c', '1'];
		for (const kind of ['fetch', 'xhr'] as const) {
			const names = fields('firefox', { kind, headers: given }).map(([name]) => name);
			expect(names).toEqual(expect.arrayContaining(['Accept', 'User-Agent', 'Accept-Language', 'CONTENT-TYPE', 'x-c']));
		}
	});
});

/** What becomes of the type of a text that a script sends: of Firefox, Chromium and a worker of Firefox. */
const TYPES: ReadonlyArray<readonly [stated: string, firefox: string, chromium: string]> = [
	['application/json;charset=utf-8', 'application/json;charset=utf-8', 'application/json;charset=UTF-8'],
	['text/plain; charset=Utf-8', 'text/plain; charset=Utf-8', 'text/plain; charset=UTF-8'],
	['text/html;charset="ascii"; x=1', 'text/html;charset=UTF-8;x=1', 'text/html;charset="UTF-8"; x=1'],
	['TEXT/HTML; Charset=iso-8859-1', 'text/html;charset=UTF-8', 'TEXT/HTML; Charset=UTF-8'],
	[
		'text/html;x=1;charset=ascii;charset=utf-16',
		'text/html;x=1;charset=UTF-8',
		'text/html;x=1;charset=UTF-8;charset=UTF-8',
	],
	['text/html; charset=ascii  ; y=2', 'text/html;charset=UTF-8;y=2', 'text/html; charset=UTF-8  ; y=2'],
	['application/json', 'application/json', 'application/json'],
	['text/html;charset=', 'text/html;charset=', 'text/html;charset='],
	["text/html;charset='ascii'", 'text/html;charset=UTF-8', "text/html;charset='UTF-8'"],
	['nonsense;charset=ascii', 'nonsense;charset=ascii', 'nonsense;charset=UTF-8'],
	['text/html; charset = ascii', 'text/html; charset = ascii', 'text/html; charset = UTF-8'],
	['text/html ; charset=ascii', 'text/html;charset=UTF-8', 'text/html ; charset=UTF-8'],
	['a/b;x="a;charset=q";charset=ascii', 'a/b;x="a;charset=q";charset=UTF-8', 'a/b;x="a;charset=UTF-8";charset=UTF-8'],
];
test.each(TYPES)('XMLHttpRequest with a text of type %s', (stated, firefox, chromium) => {
	const sent = (browser: string, bodyType: string | undefined, more: Partial<LayoutRequest> = {}) => {
		const body = { contentLength: 1, ...(bodyType === undefined ? {} : { contentType: bodyType }) };
		const headers = ['Content-Type', stated];
		return new Map(fields(browser, { kind: 'xhr', method: 'POST', body, headers, ...more })).get('Content-Type');
	};
	for (const type of ['text/plain;charset=UTF-8', 'application/x-www-form-urlencoded;charset=UTF-8']) {
		expect(sent('firefox', type)).toBe(firefox);
		expect(sent('firefox', type, { client: 'worker' })).toBe(stated);
		expect(sent('firefox', type, { redirected: true })).toBe(stated);
		expect(sent('chromium', type, { redirected: true })).toBe(chromium);
		expect(sent('chromium', type)).toBe(chromium);
		expect(sent('chromium', type, { client: 'worker' })).toBe(chromium);
	}
	for (const browser of ['firefox', 'chromium']) {
		// Bytes and files, which have no charset; fetch().
		for (const type of [undefined, 'text/plain']) expect(sent(browser, type)).toBe(stated);
		expect(sent(browser, 'text/plain;charset=UTF-8', { kind: 'fetch' })).toBe(stated);
		expect(sent(browser, 'text/plain;charset=UTF-8', { verbatim: true })).toBe(stated);
	}
});

describe('chromium', () => {
	const wanted = 'origin sec-fetch-dest referer';
	test.each<[string, Partial<LayoutRequest>, string]>([
		['first request', cross, 'origin sec-fetch-dest referer'],
		['redirect that kept it', { ...cross, redirected: true }, 'origin sec-fetch-dest referer'],
		[
			'redirect that made it needed',
			{ ...cross, redirected: true, originAdded: true },
			'sec-fetch-dest origin referer',
		],
		['XHR likewise', { kind: 'xhr', ...cross, redirected: true, originAdded: true }, 'sec-fetch-dest origin referer'],
		['track in its own origin', { kind: 'track', ...cross, site: 'same-origin' }, 'sec-fetch-dest referer'],
	])('origin: %s', (_, request, expected) => expect(order('chromium', request, wanted)).toBe(expected));
	test('what the network stack has set keeps its spelling', () => {
		const given = ['cache-control', 'x', 'if-none-match', '"x"', 'user-agent', 'own'];
		const names = fields('chromium', { headers: given }).map(([name]) => name);
		expect(names).toEqual(expect.arrayContaining(['Cache-Control', 'User-Agent', 'if-none-match']));
		expect(fields('chromium', { headers: ['cache-control', 'x'] }).map(([name]) => name)).toContain('cache-control');
	});
	test('the identifier of an event stream stands behind the origin', () => {
		const wanted = 'user-agent origin last-event-id sec-fetch-site';
		for (const client of ['document', 'worker'] as const) {
			const request = { kind: 'eventsource', ...cross, client, headers: ['Last-Event-ID', '7'] } as const;
			expect(order('chromium', request, wanted)).toBe(wanted);
		}
	});
	test('a preflight is as urgent as what it is for', () => {
		const level = (request: LayoutRequest) => layoutHeaders(getProfile('chromium', { os: 'linux' }), request).priority;
		for (const preflightFor of ['fetch', 'xhr', 'beacon'] as const)
			for (const more of [{}, { fetchPriority: 'low' }, { client: 'worker' }] satisfies Partial<LayoutRequest>[])
				expect(level({ kind: 'preflight', preflightFor, ...more })).toEqual(level({ kind: preflightFor, ...more }));
		expect(level({ kind: 'preflight', preflightFor: 'beacon' })).not.toEqual(level({ kind: 'preflight' }));
		const firefox = layoutHeaders(getProfile('firefox'), { kind: 'preflight', preflightFor: 'beacon' }).priority;
		expect(firefox).toEqual(layoutHeaders(getProfile('firefox'), { kind: 'preflight' }).priority);
	});
	test('a preflight for a condition is told to validate, and says its mode in plain text', () => {
		const preflight = { method: 'GET', headers: 'if-none-match,x-a' };
		const wanted = 'cache-control accept sec-fetch-mode sec-fetch-site';
		const ask = (more: Partial<LayoutRequest>) =>
			order('chromium', { kind: 'preflight', method: 'OPTIONS', ...cross, ...more }, wanted);
		expect(ask({ preflight })).toBe('cache-control accept sec-fetch-mode sec-fetch-site');
		expect(ask({ preflight, preflightFor: 'xhr' })).toBe('cache-control accept sec-fetch-mode sec-fetch-site');
		expect(ask({ preflight: { method: 'GET', headers: 'x-a' } })).toBe('accept sec-fetch-mode sec-fetch-site');
		expect(ask({ scheme: 'http' })).toBe('accept sec-fetch-mode');
	});
	test('an origin that is added stands before the state of storage', () => {
		const request = { ...cross, credentials: 'include', redirected: true, originAdded: true } as const;
		expect(order('chromium', request, 'sec-fetch-dest origin sec-fetch-storage-access')).toBe(
			'sec-fetch-dest origin sec-fetch-storage-access',
		);
	});
	test('an origin that a redirect took out comes back behind the state of storage', () => {
		const request = { ...cross, credentials: 'include', redirected: true, originAdded: true } as const;
		const places = 'sec-fetch-dest sec-fetch-storage-access origin referer';
		expect(order('chromium', { ...request, before: ['accept', 'sec-fetch-dest'] }, places)).toBe(places);
	});
	test('what a 103 answer names says where it is from to others, and is as urgent as the hint says', () => {
		const font = { ...cross, kind: 'early-font' } as const;
		expect(order('chromium', { ...font, site: 'same-origin' }, 'origin')).toBe('');
		expect(order('chromium', { ...font, site: 'same-site' }, 'accept origin sec-fetch-site')).toBe(
			'accept origin sec-fetch-site',
		);
		const urgency = (kind: RequestKind, fetchPriority: 'high' | 'low'): string | undefined =>
			fields('chromium', { kind, fetchPriority }).find(([name]) => name?.toLowerCase() === 'priority')?.[1];
		expect([urgency('early-image', 'high'), urgency('early-style', 'high')]).toEqual(['u=1, i', 'u=0, i']);
		expect([urgency('early-style', 'low'), urgency('early-module', 'low')]).toEqual(['i', 'i']);
	});
	test('media elements have their own fields, and say where they are from to others only', () => {
		const own = { kind: 'video', ...cross, mode: 'cors' } as const;
		expect(order('chromium', { ...own, site: 'same-origin' }, 'origin')).toBe('');
		expect(order('chromium', own, 'accept origin sec-fetch-site')).toBe('accept origin sec-fetch-site');
		const added = { ...own, credentials: 'include', redirected: true, originAdded: true } as const;
		const places = 'sec-fetch-dest sec-fetch-storage-access origin referer';
		expect(order('chromium', added, places)).toBe(places);
	});
	test('a frame of another site says to the page where it is from', () => {
		const request = { kind: 'iframe', ...cross, party: 'apart' } as const;
		expect(order('chromium', request, 'accept origin sec-fetch-site')).toBe('accept origin sec-fetch-site');
		expect(order('chromium', { ...request, party: 'third' }, 'origin')).toBe('');
	});
	test('a question has the cache mode of what it is asked for', () => {
		const ask = { kind: 'preflight', method: 'OPTIONS', cache: 'no-store' } as const;
		expect(order('chromium', ask, 'pragma cache-control accept')).toBe('pragma cache-control accept');
	});
	test('back in the first party nothing is said of its storage', () => {
		const back = { kind: 'image', ...cross, redirected: true, party: 'first' } as const;
		expect(order('chromium', back, 'sec-fetch-storage-access')).toBe('');
		expect(order('chromium', { ...back, party: 'third' }, 'sec-fetch-storage-access')).not.toBe('');
	});
});

describe.each(['chromium', 'firefox'])('%s', (browser) => {
	const value = (request: Partial<LayoutRequest>, wanted: string) =>
		fields(browser, request).find(([name]) => name.toLowerCase() === wanted)?.[1];
	const kinds = getProfile(browser, { os: 'linux' }).document.headers.kinds;
	test('fields of a preflight that is made by hand have their place', () => {
		const headers = ['Access-Control-Request-Headers', 'x-a', 'access-control-request-method', 'PUT'];
		const [made, own] = [{ headers }, { preflight: { method: 'PUT', headers: 'x-a' } }].map((facts) =>
			fields(browser, { kind: 'preflight', method: 'OPTIONS', ...cross, ...facts }).map(([name, text]) => [
				name.toLowerCase(),
				text,
			]),
		);
		expect(made).toEqual(own);
		const [typed, spelt] = [made, fields(browser, { kind: 'preflight', method: 'OPTIONS', ...cross, headers })];
		expect(spelt.map(([name]) => name)).toContain('Access-Control-Request-Method');
		expect(typed).toHaveLength(spelt.length);
		expect(made?.map(([name]) => name)).toContain('access-control-request-headers');
	});
	test('a question is as urgent as what it is asked for in Chromium alone', () => {
		const level = (fetchPriority?: 'high' | 'low') =>
			layoutHeaders(getProfile(browser, { os: 'linux' }), {
				kind: 'preflight',
				...(fetchPriority ? { fetchPriority } : {}),
			}).priority.weight;
		expect([level(), level('high'), level('low')]).toEqual(browser === 'chromium' ? [220, 220, 147] : [22, 22, 22]);
	});
	test('what a script waits for is most urgent in Chromium alone', () => {
		const weight = (kind: RequestKind, client?: 'worker') =>
			layoutHeaders(getProfile(browser, { os: 'linux' }), { kind, sync: true, ...(client ? { client } : {}) }).priority
				.weight;
		const wanted = browser === 'chromium' ? [256, 256, 256] : [weight('xhr'), 22, weight('xhr', 'worker')];
		expect([weight('xhr'), weight('preflight'), weight('xhr', 'worker')]).toEqual(wanted);
	});
	test('modules of other types', () => {
		expect(value({ kind: 'module-json' }, 'accept')).toBe('application/json,*/*;q=0.5');
		expect(value({ kind: 'module-json' }, 'sec-fetch-dest')).toBe('json');
		expect(value({ kind: 'module-style' }, 'accept')).toBe('text/css,*/*;q=0.1');
		expect(value({ kind: 'module-style' }, 'sec-fetch-dest')).toBe('style');
	});
	test('track', () => expect(value({ kind: 'track' }, 'sec-fetch-mode')).toBe('same-origin'));
	test.each(['font', 'module', 'module-json', 'modulepreload', 'preload-font', 'preload-fetch', 'track'])(
		'%s has credentials for its own origin only',
		(kind) => expect(credentialsOf(kinds[kind], {})).toBe('same-origin'),
	);
	test('what is asked for with CORS has credentials for its own origin only', () => {
		expect(credentialsOf(kinds.image, {})).toBe('include');
		expect(credentialsOf(kinds.image, { mode: 'cors' })).toBe('same-origin');
		expect(credentialsOf(kinds.image, { mode: 'cors', credentials: 'include' })).toBe('include');
		expect(credentialsOf(kinds.fetch, { mode: 'no-cors' })).toBe('same-origin');
	});
});

test('a relaxed policy is followed to another site by Chromium alone', () => {
	const facts = { policy: 'unsafe-url', isThirdParty: true, isTopLevel: false } as const;
	const inForce = (browser: string, more: Partial<{ isThirdParty: boolean; isTopLevel: boolean }> = {}) =>
		policyInForce(getProfile(browser, { os: 'linux' }).document.headers, { ...facts, ...more });
	expect(inForce('chromium')).toBe('unsafe-url');
	expect(inForce('firefox')).toBe('strict-origin-when-cross-origin');
	expect(inForce('firefox', { isTopLevel: true })).toBe('unsafe-url');
	expect(inForce('firefox', { isThirdParty: false })).toBe('unsafe-url');
});
