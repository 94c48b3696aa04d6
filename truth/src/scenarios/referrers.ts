import { PIXEL } from '@wiretwin/mirror/visit';
import type { RequestKind } from '@wiretwin/profiles';
import type { FetchInit } from 'wiretwin';
import { type Host, html, type Page, type Scenario, type ServerOptions } from '../scenario.ts';
import { type Ask, asking, readable } from './asks.ts';
import { statements } from './page-scripts.ts';

const A = 'www.mirror.test';
const B = 'other.example';

type Policy = NonNullable<FetchInit['referrerPolicy']>;

const answers: { readonly [kind: string]: Page } = {
	image: readable('image/png', PIXEL),
	iframe: readable('text/html', '<!doctype html><link rel=icon href=data:,>'),
};

const POST = { method: 'POST', body: 'x' } as const;
const asked: ReadonlyArray<Pick<Ask, 'source'> & { init: FetchInit & { kind: RequestKind } }> = [
	{ source: statements.fetch('{}'), init: { kind: 'fetch' } },
	{ source: statements.xhr('GET'), init: { kind: 'xhr' } },
	{ source: statements.image, init: { kind: 'image' } },
	{ source: statements.corsImage, init: { kind: 'image', mode: 'cors' } },
	{ source: statements.script, init: { kind: 'script-async' } },
	{ source: statements.frame, init: { kind: 'iframe' } },
	{ source: statements.font, init: { kind: 'font' } },
	{ source: statements.fetch(`{ method: 'POST', body: 'x' }`), init: { kind: 'fetch', ...POST } },
	{ source: statements.xhr('POST', [], "'x'"), init: { kind: 'xhr', ...POST } },
	{
		source: statements.fetch(`{ method: 'POST', body: 'x', keepalive: true }`),
		init: { kind: 'fetch', keepalive: true, ...POST },
	},
	{ source: statements.beacon, init: { kind: 'beacon', ...POST } },
	{
		source: statements.fetch(`{ method: 'POST', body: 'x', mode: 'no-cors', credentials: 'include' }`),
		init: { kind: 'fetch', mode: 'no-cors', credentials: 'include', ...POST },
	},
];

/**
 * LIMIT: over HTTP/1.1 Firefox has connections of their own for requests without credentials. To another site fetch(), fonts
 * and everything else with CORS has none unless it says so, and is left out there.
 */
function hasCredentials({ init: { kind, mode, credentials } }: (typeof asked)[number]): boolean {
	return credentials === 'include' || !(mode === 'cors' || kind === 'fetch' || kind === 'xhr' || kind === 'font');
}

/** All that a page with a policy asks for. */
function pageWith(policy: Policy, host: Host, server?: ServerOptions): Scenario {
	const where = host === A ? 'same origin' : 'cross-site';
	return asking({
		name: `referrer policy ${policy} of a page, ${where}${server ? ', HTTP/1.1' : ''}`,
		page: [['referrer-policy', policy]],
		...(server ? { server } : {}),
		asks: (server && host !== A ? asked.filter(hasCredentials) : asked).map(({ source, init }) => ({
			...(source ? { source } : {}),
			host,
			answer: answers[init.kind] ?? readable('text/javascript', ''),
			init: { ...init, referrerPolicy: policy },
		})),
	});
}

/** Policies that requests state. Not mixed: Firefox takes either of two connections for what has credentials and what has none. */
function requestsWith(isImage: boolean): Scenario {
	const source = (policy: Policy) =>
		isImage
			? (url: string) =>
					`const image = new Image(); image.referrerPolicy = '${policy}'; image.onload = image.onerror = done; image.src = ${url}`
			: statements.fetch(`{ referrerPolicy: '${policy}' }`);
	return asking({
		name: `referrer policies of ${isImage ? 'images' : 'requests'}, cross-site`,
		asks: policies.map(
			(policy): Ask => ({
				host: B,
				source: source(policy),
				...(isImage ? { answer: answers.image as Page } : {}),
				init: { kind: isImage ? 'image' : 'fetch', referrerPolicy: policy },
			}),
		),
	});
}

/** All policies but the default one. */
const policies: readonly Policy[] = [
	'unsafe-url',
	'no-referrer-when-downgrade',
	'origin-when-cross-origin',
	'origin',
	'strict-origin',
	'same-origin',
	'no-referrer',
];

const HTTP1: ServerOptions = { protocols: ['http/1.1'] };

/** A link or a form of a page with a policy. */
function navigationWith(policy: Policy, host: Host, isForm: boolean): Scenario {
	const markup = (port: string) =>
		isForm
			? `<form method=post action="https://${host}:${port}/next"><input name=a value=1><button>x</button></form>`
			: `<a href="https://${host}:${port}/next">x</a>`;
	const page: Page = (request, count) => {
		const reply = html(markup(request.url.port))(request, count) as { headers: Array<[string, string]>; body: string };
		return { ...reply, headers: [...reply.headers, ['referrer-policy', policy]] };
	};
	return {
		name: `referrer policy ${policy} of a page, ${isForm ? 'form' : 'link'}, HTTP/1.1`,
		server: HTTP1,
		pages: { '/page': page, '/next': html('next') },
		browser: async (browser, { url }) => {
			await browser.navigate(url('/page'));
			await browser.follow(isForm ? 'button' : 'a');
		},
		wiretwin: async (session, { url }) => {
			await (await session.fetch(url('/page'))).text();
			const init: FetchInit = { referrer: url('/page'), referrerPolicy: policy };
			const form = isForm ? { method: 'POST', body: new URLSearchParams({ a: '1' }) } : {};
			await (await session.fetch(url('/next', host), { ...init, ...form })).text();
		},
	};
}

type Way = { name: string; first: Host; hops: ReadonlyArray<readonly [status: number, to: Host]> };

const ways: readonly Way[] = [
	{ name: 'to another site', first: A, hops: [[302, B]] },
	{
		name: 'to another site and back',
		first: A,
		hops: [
			[302, B],
			[302, A],
		],
	},
	{
		name: 'to a sibling host and back',
		first: A,
		hops: [
			[302, 'api.mirror.test'],
			[302, A],
		],
	},
	{ name: 'from another site', first: B, hops: [[302, A]] },
	{ name: 'to another site, method kept', first: A, hops: [[307, B]] },
	{ name: 'inside, method kept', first: A, hops: [[307, A]] },
];

/** Redirects of what a page asks for: fields and their places in the hops. */
function redirected({ name, first, hops }: Way, server?: ServerOptions): Scenario {
	const inside = first === A && hops.every(([, to]) => to === A);
	// A field of the page's own needs a preflight elsewhere, and Firefox keeps anonymous requests on either of two connections.
	const list = [
		...asked.filter(
			(each) =>
				['fetch', 'image', 'xhr', 'iframe'].includes(each.init.kind) &&
				!(each.init.keepalive || each.init.mode) &&
				(!server || hasCredentials(each)),
		),
		...(inside
			? [
					{
						source: statements.fetch(`{ ...${JSON.stringify(POST)}, headers: { 'X-A': '1' } }`),
						init: { kind: 'fetch' as const, ...POST, headers: { 'X-A': '1' } },
					},
				]
			: []),
	];
	const to =
		(status: number, host: Host, path: string): Page =>
		(request) => ({
			status,
			headers: [
				['cache-control', 'no-store'], // else Chromium resets the stream, or not: see overNetwork
				['location', `https://${host}:${request.url.port}${path}`],
				['access-control-allow-origin', request.header('origin') ?? '*'],
				['access-control-allow-credentials', 'true'],
			],
		});
	return asking({
		name: `redirects of a page's requests, ${name}${server ? ', HTTP/1.1' : ''}`,
		...(server ? { server } : {}),
		...(first === B ? { only: 'chromium' as const } : {}),
		asks: list.map(({ source, init }, index) => ({
			...(source ? { source } : {}),
			host: first,
			path: `/hop0-${index}`,
			init,
			answer: to(hops[0]?.[0] ?? 302, hops[0]?.[1] ?? A, `/hop1-${index}`),
			more: Object.fromEntries(
				hops.map((_, hop): [string, Page] => {
					const next = hops[hop + 1];
					const path = `/hop${hop + 1}-${index}`;
					return [
						path,
						next
							? to(next[0], next[1], `/hop${hop + 2}-${index}`)
							: (answers[init.kind] ?? readable('text/plain', 'end')),
					];
				}),
			),
		})),
	});
}

/** What is shown of the page: policies, and redirects that leave it. */
export const referrerScenarios: readonly Scenario[] = [
	pageWith('strict-origin', B),
	pageWith('unsafe-url', B),
	pageWith('unsafe-url', B, HTTP1),
	pageWith('origin', A, HTTP1),
	requestsWith(false),
	requestsWith(true),
	navigationWith('origin', B, false),
	navigationWith('unsafe-url', B, false),
	navigationWith('origin', A, true),
	...ways.map((way) => redirected(way)),
	redirected(ways[0] as Way, HTTP1),
];
