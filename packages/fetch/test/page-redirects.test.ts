/** What a page's requests say of it and carry, to other hosts and through redirects: as both browsers (truth: referrers, credentials). */
import type { Handler } from '@wiretwin/mirror';
import type { RequestKind } from '@wiretwin/profiles';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FetchInit, pageFacts } from 'wiretwin';
import { api, other, type Site, startSite, www } from './support/site.ts';

let site: Site;
/** `/via?<host>,<host>,...` redirects through the hosts to `/echo`. */
const redirector: Handler = ({ url }) => {
	if (url.pathname === '/hinted') return { headers: [['accept-ch', 'Sec-CH-UA-Arch']] };
	if (url.pathname === '/kept')
		return { status: 307, headers: [['location', `https://${url.search.slice(1)}:${url.port}/echo`]] };
	if (url.pathname !== '/via') return undefined;
	const [next = www, ...rest] = url.search.slice(1).split(',');
	const location =
		rest.length > 0 ? `https://${next}:${url.port}/via?${rest.join()}` : `https://${next}:${url.port}/echo`;
	return { status: 302, headers: [['location', location]] };
};
beforeAll(async () => {
	site = await startSite(redirector);
});
afterAll(() => site[Symbol.asyncDispose]());

type Seen = { headers: Array<[name: string, value: string]> };
async function seen(response: Promise<Response>): Promise<Map<string, string>> {
	return new Map(((await (await response).json()) as Seen).headers);
}

describe.each(['chromium', 'firefox'])('%s', (browser) => {
	const page = () => site.at('/page', www);
	const origin = () => new URL(page()).origin;

	it.each<[string, string, string, RequestKind]>([
		['another site and back', www, `${other},${www}`, 'fetch'],
		['a sibling host and back', www, `${api},${www}`, 'image'],
		['from another site', other, www, 'iframe'],
	])('shows no more than the origin after %s', async (_, first, hosts, kind) => {
		await using session = site.session({ browser });
		const headers = await seen(session.fetch(site.at(`/via?${hosts}`, first), { kind, referrer: page() }));
		expect(headers.get('referer')).toBe(`${origin()}/`);
		expect(headers.has('sec-fetch-storage-access')).toBe(false);
	});
	it('shows the page after redirects inside its origin', async () => {
		await using session = site.session({ browser });
		const headers = await seen(session.fetch(site.at(`/via?${www},${www}`, www), { kind: 'fetch', referrer: page() }));
		expect(headers.get('referer')).toBe(page());
	});
	it('shows nothing any more once a policy has hidden it', async () => {
		await using session = site.session({ browser });
		const init = { kind: 'fetch', referrer: page(), referrerPolicy: 'same-origin' } as const;
		const headers = await seen(session.fetch(site.at(`/via?${api},${www}`, www), init));
		expect(headers.has('referer')).toBe(false);
	});

	it.each<[RequestKind, 'cors' | undefined, boolean]>([
		['font', undefined, false],
		['module', undefined, false],
		['modulepreload', undefined, false],
		['preload-font', undefined, false],
		['image', 'cors', false],
		['image', undefined, true],
		['script', undefined, true],
	])('%s (mode %s) of a sibling host carries its cookies: %s', async (kind, mode, carries) => {
		await using session = site.session({ browser });
		session.setCookie('c', '1', site.at('/', api));
		const init = { kind, referrer: page(), ...(mode ? { mode } : {}) };
		const headers = await seen(session.fetch(site.at('/echo', api), init));
		expect(headers.has('cookie')).toBe(carries);
	});
});

it.each<[browser: string, init: FetchInit, hosts: string, expected: string]>([
	['firefox', { kind: 'image' }, `${other},${www}`, 'n u'],
	['firefox', { kind: 'fetch', method: 'POST', body: 'x', credentials: 'include' }, `${other},${www}`, 'n u'],
	['firefox', { kind: 'navigate' }, `${other},${www}`, 'l n u'],
	['firefox', { kind: 'navigate', referrer: undefined }, `${other},${www}`, 'l n u'],
	['firefox', { kind: 'image' }, `${api},${www}`, 's l n u'],
	['firefox', { kind: 'navigate' }, `${api},${www}`, 's l n u'],
	['chromium', { kind: 'image' }, `${other},${www}`, 's l n u'],
	['chromium', { kind: 'navigate' }, `${other},${www}`, 's l n u'],
])('%s: %j through %s sends cookies %s', async (browser, init, hosts, expected) => {
	await using session = site.session({ browser });
	session.setCookies([
		...(['strict', 'lax', 'none'] as const).map((sameSite) => ({
			name: sameSite.slice(0, 1),
			value: '1',
			sameSite,
			secure: true,
			domain: www,
			path: '/',
		})),
		{ name: 'u', value: '1', domain: www, path: '/' },
	]);
	const response = await session.fetch(site.at(`/via?${hosts}`, www), { referrer: site.at('/page', www), ...init });
	const { headers } = (await response.json()) as Seen;
	const crumbs = headers.filter(([name]) => name === 'cookie').flatMap(([, value]) => value.split('; '));
	expect(crumbs.map((crumb) => crumb.slice(0, 1)).join(' ')).toBe(expected);
});

it.each([
	['chromium', 'null'],
	['firefox', 'https://www.mirror.test'],
])('outside of CORS %s shows %s behind a redirect to another origin', async (browser, expected) => {
	await using session = site.session({ browser });
	const init = { kind: 'beacon', method: 'POST', body: 'x', referrer: site.at('/page', www) } as const;
	const headers = await seen(session.fetch(site.at(`/kept?${other}`, www), init));
	expect(headers.get('origin')?.replace(/:\d+$/, '')).toBe(expected);
});

it('tells hints only to the page that asked, of its own', async () => {
	await using session = site.session({ browser: 'chromium' });
	const page = site.at('/hinted', www);
	await (await session.fetch(page)).text();
	const told = async (path: string, init: FetchInit, host = www) =>
		(await seen(session.fetch(site.at(path, host), { kind: 'fetch', ...init }))).has('sec-ch-ua-arch');
	expect(await told('/echo', { referrer: page })).toBe(true);
	expect(await told(`/via?${www}`, { referrer: page })).toBe(true);
	expect(await told(`/via?${www}`, { referrer: page }, other)).toBe(false);
	expect(await told('/echo', { referrer: site.at('/page', other) })).toBe(false);
	expect(await told('/echo', { initiator: { url: site.at('/frame', other), parent: page } })).toBe(false);
	expect(await told('/echo', { initiator: { url: site.at('/frame', www), parent: page } })).toBe(true);
	expect(await told('/echo', { initiator: { url: page, parent: site.at('/page', other) } })).toBe(false);
	expect(await told('/echo', { kind: 'navigate', referrer: site.at('/page', other) })).toBe(true);
});

it.each(['chromium', 'firefox'])('%s asks without cookies whether it may send some', async (browser) => {
	await using session = site.session({ browser, thirdPartyCookies: 'sent' });
	session.setCookie('c', '1', site.at('/', api));
	const init = {
		kind: 'preflight',
		method: 'OPTIONS',
		credentials: 'include',
		referrer: site.at('/page', www),
	} as const;
	expect((await seen(session.fetch(site.at('/echo', api), init))).has('cookie')).toBe(false);
});

it('Firefox asks leave for a condition as what the question is for', async () => {
	await using session = site.session({ browser: 'firefox' });
	const page = await session.open(site.at('/page', www));
	const asked = async (init: FetchInit) => {
		// The mirror answers a whole question itself, and shows one without a method.
		const headers = { 'access-control-request-headers': 'if-match' };
		const given = { kind: 'preflight', method: 'OPTIONS', headers, ...init } as const;
		return (await seen(page.fetch(site.at('/echo', api), given))).get('cache-control');
	};
	expect(await asked({})).toBe('no-cache');
	expect(await asked({ preflightFor: 'fetch' })).toBe('no-cache');
	expect(await asked({ preflightFor: 'xhr' })).toBeUndefined();
	expect(await asked({ preflightFor: 'xhr', cache: 'no-store' })).toBe('no-cache');
	const refused = page.fetch(site.at('/echo', api), { preflightFor: 'xhr' });
	await expect(refused).rejects.toMatchObject({ code: 'ERR_INVALID_OPTION' });
});

it.each([
	['chromium', true],
	['firefox', false],
])('%s: what a script of a sandbox imports is told its whole address: %s', async (browser, isWhole) => {
	await using session = site.session({ browser });
	const [url, parent] = [site.at('/frame', www), site.at('/page', www)];
	const init = { kind: 'module-json', referrer: url, initiator: { url, parent, opaque: true } } as const;
	const headers = await seen(session.fetch(site.at('/echo', www), init));
	expect(headers.get('referer')).toBe(isWhole ? url : `${new URL(url).origin}/`);
});

it('Firefox follows a relaxed policy to its own site only', async () => {
	await using session = site.session({ browser: 'firefox' });
	const page = site.at('/page', www);
	const init = { kind: 'image', referrer: page, referrerPolicy: 'unsafe-url' } as const;
	expect((await seen(session.fetch(site.at('/echo', other), init))).get('referer')).toBe(`${new URL(page).origin}/`);
	expect((await seen(session.fetch(site.at('/echo', api), init))).get('referer')).toBe(page);
});

it.each<[string, RequestKind, string, string]>([
	['goes by the policy again', 'image', `${other},${www}`, ''],
	['and so for a sibling host', 'fetch', `${other},${api}`, ''],
	['is content with what a frame has shown', 'iframe', `${other},${www}`, 'origin'],
])('Firefox, redirected from another site, %s', async (_, kind, hosts, shown) => {
	await using session = site.session({ browser: 'firefox' });
	const page = site.at('/page', www);
	const init = { kind, referrer: page, referrerPolicy: 'unsafe-url' } as const;
	const headers = await seen(session.fetch(site.at(`/via?${hosts}`, www), init));
	expect(headers.get('referer')).toBe(shown === 'origin' ? `${new URL(page).origin}/` : page);
});

it.each([
	['firefox', false],
	['chromium', true],
] as const)('%s, redirected by a third host, tells the state of storage access: %s', async (browser, isTold) => {
	await using session = site.session({ browser, brand: browser === 'chromium' ? 'chromium' : undefined });
	const init = { kind: 'image', referrer: site.at('/page', www) } as const;
	const direct = await seen(session.fetch(site.at(`/via?${other}`, www), init));
	const tainted = await seen(session.fetch(site.at(`/via?${other}`, api), init));
	expect([direct, tainted].map((headers) => headers.has('sec-fetch-storage-access'))).toEqual([true, isTold]);
});

it.each([
	['firefox', [true, false]],
	['chromium', [true, true]],
] as const)(
	'%s, redirected for a style sheet, tells it by what is not the origin of who asks: %j',
	async (browser, told) => {
		await using session = site.session({ browser, brand: browser === 'chromium' ? 'chromium' : undefined });
		const profile = session.transport.profile;
		const seenOf = [api, www].map(async (first) => {
			const initiator = { url: site.at('/page', www), styleSheet: site.at('/style.css', api) };
			const url = site.at(`/via?${other}`, first);
			const { layout } = pageFacts({
				...{ url: site.at('/echo', other), method: 'GET', kind: 'style', initiator, profile },
				redirectedFrom: { method: 'GET', urls: [new URL(url)] },
			});
			const headers = await seen(session.fetch(url, { kind: 'style', initiator }));
			const isTold = headers.has('sec-fetch-storage-access');
			expect(layout.originTainted !== true).toBe(browser === 'firefox' ? isTold : first === www);
			return isTold;
		});
		expect(await Promise.all(seenOf)).toEqual(told);
	},
);

it.each([
	['firefox', false],
	['chromium', true],
] as const)('%s shows the origin of a page that hides itself outside of CORS: %s', async (browser, isShown) => {
	await using session = site.session({ browser });
	const page = site.at('/page', www);
	const told = async (host: string, init: FetchInit) =>
		(
			await seen(
				session.fetch(site.at('/echo', host), {
					method: 'POST',
					referrer: page,
					referrerPolicy: 'no-referrer',
					...init,
				}),
			)
		).get('origin');
	const { origin } = new URL(page);
	const hidden = isShown ? origin : 'null';
	expect(await told(other, { kind: 'beacon' })).toBe(hidden);
	expect(await told(www, { kind: 'fetch', mode: 'same-origin' })).toBe(hidden);
	expect(await told(www, { kind: 'fetch' })).toBe(origin);
});
