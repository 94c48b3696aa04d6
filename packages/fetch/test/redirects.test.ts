import type { Handler } from '@wiretwin/mirror';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { api, field, other, paths, type Site, startSite, www } from './support/site.ts';

let site: Site;
/** `/to?status=&location=` redirects; anything else is left to the mirror. */
const redirector: Handler = (request) => {
	if (request.url.pathname !== '/to') return undefined;
	const { searchParams } = request.url;
	const headers: [string, string][] = [];
	const location = searchParams.get('location');
	if (location !== null) headers.push(['location', location]);
	for (const value of searchParams.getAll('set')) headers.push(['set-cookie', value]);
	const policy = searchParams.get('policy');
	if (policy !== null) headers.push(['referrer-policy', policy]);
	return {
		status: Number(searchParams.get('status') ?? 302),
		headers,
		body: 'x'.repeat(Number(searchParams.get('size') ?? 5)),
	};
};
beforeAll(async () => {
	site = await startSite(redirector);
});
afterAll(() => site[Symbol.asyncDispose]());

const to = (location: string, extra: Record<string, string> = {}, host = www) =>
	site.at(`/to?${new URLSearchParams({ location, ...extra })}`, host);

describe('R02 methods over the wire', () => {
	it.each([
		[301, 'POST', 'GET'],
		[302, 'POST', 'GET'],
		[303, 'POST', 'GET'],
		[303, 'PUT', 'GET'],
		[307, 'POST', 'POST'],
		[308, 'PUT', 'PUT'],
	])('%i after %s is %s', async (status, method, expected) => {
		const session = site.session();
		const url = to('/echo', { status: String(status) });
		const response = await session.fetch(url, { method, body: 'payload', headers: { 'content-type': 'text/plain' } });
		const seen = (await response.json()) as { method: string; body: string; headers: [string, string][] };
		expect(seen.method).toBe(expected);
		expect(seen.body).toBe(expected === 'GET' ? '' : 'payload');
		expect(new Map(seen.headers).get('content-type')).toBe(expected === 'GET' ? undefined : 'text/plain');
	});
	it('a Blob is sent again on 307', async () => {
		const response = await site
			.session()
			.fetch(to('/echo', { status: '307' }), { method: 'POST', body: new Blob(['again']) });
		expect(await response.json()).toMatchObject({ method: 'POST', body: 'again' });
	});
	it('B06 a one-shot stream is refused on 307 with its own code', async () => {
		const body = new Blob(['once']).stream();
		await expect(site.session().fetch(to('/echo', { status: '307' }), { method: 'POST', body })).rejects.toMatchObject({
			code: 'ERR_REDIRECT_BODY',
			name: 'RedirectError',
		});
	});
	it('HEAD stays HEAD', async () => {
		const response = await site.session().fetch(to('/echo', { status: '303' }), { method: 'HEAD' });
		expect(response.url).toBe(site.at('/echo'));
		expect(await response.text()).toBe('');
	});
});

describe('R01 what does not cross an origin', () => {
	it('Authorization, Cookie header and Host are dropped and not restored', async () => {
		await using own = await startSite(redirector);
		const back = own.at('/echo?final');
		const away = own.at(`/to?${new URLSearchParams({ location: back })}`, other);
		const start = own.at(`/to?${new URLSearchParams({ location: away })}`);
		const headers = { authorization: 'Bearer x', cookie: 'mine=1', 'x-kept': 'yes' };
		await (await own.session().fetch(start, { headers })).text();
		const [first, second, third] = own.mirror.requests;
		expect(field(first, 'authorization')).toBe('Bearer x');
		expect(field(first, 'cookie')).toBe('mine=1');
		for (const request of [second, third]) {
			expect(field(request, 'authorization')).toBeUndefined();
			expect(field(request, 'cookie')).toBeUndefined();
			expect(field(request, 'x-kept')).toBe('yes');
		}
	});
	it('Authorization stays within the origin', async () => {
		const response = await site.session().fetch(to('/echo'), { headers: { authorization: 'Bearer x' } });
		const seen = (await response.json()) as { headers: [string, string][] };
		expect(new Map(seen.headers).get('authorization')).toBe('Bearer x');
	});
	it('userinfo in Location is not used', async () => {
		const url = new URL(site.at('/echo', other));
		url.username = 'user';
		url.password = 'pass';
		const response = await site.session().fetch(to(url.href));
		expect(response.url).toBe(site.at('/echo', other));
		expect(JSON.stringify(await response.json())).not.toMatch(/authorization/i);
	});
});

describe('R03 limits and oddities', () => {
	it('stops after 20, or as many as allowed', async () => {
		await using own = await startSite((request) => ({
			status: 302,
			headers: [['location', `${request.url.pathname}x`]],
		}));
		const session = own.session();
		await expect(session.fetch(own.at('/'))).rejects.toMatchObject({
			code: 'ERR_REDIRECT_TOO_MANY',
			phase: 'redirect',
		});
		expect(own.mirror.requests).toHaveLength(21);
		const before = paths(own.mirror).length;
		await expect(session.fetch(own.at('/'), { maxRedirects: 2 })).rejects.toMatchObject({
			code: 'ERR_REDIRECT_TOO_MANY',
		});
		expect(paths(own.mirror).slice(before)).toEqual(['GET /', 'GET /x', 'GET /xx']);
	});
	it('other schemes are refused', async () => {
		await expect(site.session().fetch(to('file:///etc/passwd'))).rejects.toMatchObject({ code: 'ERR_REDIRECT_SCHEME' });
	});
	it('a redirect status without Location is the response', async () => {
		const response = await site.session().fetch(site.at('/to?status=302'));
		expect(response.status).toBe(302);
		expect(await response.text()).toBe('xxxxx');
	});
	it('a huge redirect body is not read to its end', async () => {
		const response = await site.session().fetch(to('/echo', { size: String(5_000_000) }));
		expect(response.status).toBe(200);
	});
	it('redirect: "manual" gives the readable 3xx, "error" an error', async () => {
		const session = site.session();
		const response = await session.fetch(to('/echo'), { redirect: 'manual' });
		expect(response.status).toBe(302);
		expect(response.headers.get('location')).toBe('/echo');
		expect(response.redirected).toBe(false);
		await expect(session.fetch(to('/echo'), { redirect: 'error' })).rejects.toMatchObject({
			code: 'ERR_REDIRECT_FORBIDDEN',
		});
	});
});

describe('what a browser says on the next hop', () => {
	it('R04 cookies of a hop are stored and sent on the next', async () => {
		const session = site.session();
		const response = await session.fetch(to('/cookies', { set: 'hop=1; Path=/' }));
		expect(await response.json()).toMatchObject({ cookies: { hop: '1' } });
	});
	it('a typed address stays sec-fetch-site: none across sites', async () => {
		await using own = await startSite(redirector);
		const url = own.at(`/to?${new URLSearchParams({ location: own.at('/echo', other) })}`);
		await (await own.session().fetch(url)).text();
		expect(own.mirror.requests.map((request) => field(request, 'sec-fetch-site'))).toEqual(['none', 'none']);
	});
	it('fetch() over a cross-site hop and back is cross-site with origin null', async () => {
		await using own = await startSite(redirector);
		const away = own.at(`/to?${new URLSearchParams({ location: own.at('/echo'), status: '307' })}`, other);
		const start = own.at(`/to?${new URLSearchParams({ location: away, status: '307' })}`);
		await (
			await own.session().fetch(start, { kind: 'fetch', method: 'POST', body: 'x', credentials: 'include' })
		).text();
		expect(own.mirror.requests.map((request) => field(request, 'sec-fetch-site'))).toEqual([
			'same-origin',
			'cross-site',
			'cross-site',
		]);
		expect(own.mirror.requests.map((request) => field(request, 'origin'))).toEqual([
			own.mirror.urlFor(www),
			own.mirror.urlFor(www),
			'null',
		]);
	});
	it('referer is cut to the origin for another site, and gone after no-referrer', async () => {
		await using own = await startSite(redirector);
		const end = own.at('/echo', api);
		const middle = own.at(`/to?${new URLSearchParams({ location: end, policy: 'no-referrer' })}`, other);
		const start = own.at(`/to?${new URLSearchParams({ location: middle })}`);
		const page = own.at('/page?q=1');
		await (await own.session().fetch(start, { referrer: page })).text();
		expect(own.mirror.requests.map((request) => field(request, 'referer'))).toEqual([
			page,
			`${own.mirror.urlFor(www)}/`,
			undefined,
		]);
	});
	it('SameSite=Strict stays home when another site leads here', async () => {
		const session = site.session();
		await (await session.fetch(site.at('/cookies/set?strict=1&attributes=SameSite%3DStrict;Path%3D/'))).text();
		await (await session.fetch(site.at('/cookies/set?lax=1&attributes=SameSite%3DLax;Path%3D/'))).text();
		const led = await session.fetch(site.at('/cookies'), { referrer: 'https://elsewhere.example/' });
		expect(await led.json()).toMatchObject({ cookies: { lax: '1' } });
		const typed = await session.fetch(site.at('/cookies'));
		expect(await typed.json()).toMatchObject({ cookies: { strict: '1', lax: '1' } });
	});
});
