import { CookieJar } from 'tough-cookie';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSession, fetch, isStateError, type SessionOptions, withSession } from '../src/index.ts';
import { field, other, type Site, startSite, www } from './support/site.ts';

let site: Site;
beforeAll(async () => {
	site = await startSite();
});
afterAll(() => site[Symbol.asyncDispose]());

describe('a session', () => {
	it.each(['chrome_156', 'firefox_153'])('logs in with %s: form, cookie, redirect, dashboard', async (browser) => {
		const session = site.session({ browser });
		const form = new URLSearchParams({ user: 'ada', password: 'open sesame' });
		const response = await session.fetch(site.at('/login'), { method: 'POST', body: form });
		expect(response.status).toBe(200);
		expect(response.redirected).toBe(true);
		expect(response.url).toBe(site.at('/dashboard'));
		expect(response.redirects).toEqual([{ url: site.at('/login'), status: 303, location: site.at('/dashboard') }]);
		expect(await response.text()).toContain('Welcome, ada');
		const cookies = session.getCookies(site.at('/'));
		expect(Object.keys(cookies)).toEqual(['session']);
		expect(session.getAllCookies()).toMatchObject([
			{
				name: 'session',
				domain: www,
				path: '/',
				secure: true,
				httpOnly: true,
				sameSite: 'Lax',
			},
		]);
		await (await session.fetch(site.at('/logout'))).text();
		expect(session.getCookies(site.at('/'))).toEqual({});
	});

	it('keeps cookies apart from another session, also over one shared transport', async () => {
		const transport = site.transport();
		const first = site.session({ transport });
		const second = site.session({ transport });
		await (await first.fetch(site.at('/cookies/set?who=first'))).text();
		await (await second.fetch(site.at('/cookies/set?who=second'))).text();
		expect(await (await first.fetch(site.at('/cookies'))).json()).toMatchObject({ cookies: { who: 'first' } });
		expect(await (await second.fetch(site.at('/cookies'))).json()).toMatchObject({ cookies: { who: 'second' } });
		await first.close();
		expect(transport.closed).toBe(false);
		expect((await second.fetch(site.at('/echo'))).status).toBe(200);
	});

	it('C07 100 sessions at once see only their own cookies and connections', async () => {
		await using own = await startSite();
		await Promise.all(
			Array.from({ length: 100 }, async (_, index) => {
				const session = own.session();
				await (await session.fetch(own.at(`/cookies/set?id=${index}`))).text();
				const seen = (await (await session.fetch(own.at('/cookies'))).json()) as { cookies: unknown };
				expect(seen.cookies).toEqual({ id: String(index) });
				await session.close();
			}),
		);
		const used = new Map<number, Set<string>>();
		for (const request of own.mirror.requests) {
			const id = /id=(\d+)/.exec(request.path)?.[1] ?? /id=(\d+)/.exec(field(request, 'cookie') ?? '')?.[1] ?? '?';
			used.set(request.connectionId, (used.get(request.connectionId) ?? new Set()).add(id));
		}
		for (const ids of used.values()) expect(ids.size).toBe(1);
		expect(own.mirror.connections.some((connection) => connection.resumed)).toBe(false);
	});

	it('reads and writes a jar of the caller', async () => {
		const jar = new CookieJar();
		jar.setCookieSync('mine=1', site.at('/'));
		const session = site.session({ cookieJar: jar });
		expect(session.cookieJar).toBe(jar);
		expect(await (await session.fetch(site.at('/cookies'))).json()).toMatchObject({ cookies: { mine: '1' } });
		await (await session.fetch(site.at('/cookies/set?theirs=2'))).text();
		expect(jar.getCookieStringSync(site.at('/'))).toBe('mine=1; theirs=2');
	});

	it('sets, lists and clears cookies by hand', async () => {
		const session = site.session();
		session.setCookie('a', 'ü', site.at('/'));
		expect(session.getCookies(site.at('/'))).toEqual({ a: 'ü' });
		session.clearCookies();
		expect(session.getAllCookies()).toEqual([]);
	});

	it('refuses after close with a code', async () => {
		const session = site.session();
		await session.close();
		await session.close();
		const failure = await session.fetch(site.at('/echo')).catch((error: unknown) => error);
		expect(failure).toMatchObject({ code: 'ERR_SESSION_CLOSED', phase: 'input', request: { method: 'GET' } });
		expect(isStateError(failure)).toBe(true);
	});

	it('C05 closing aborts what runs and leaves a shared transport open', async () => {
		const transport = site.transport();
		const session = site.session({ transport });
		const hanging = session.fetch(site.at('/hang')).catch((error: unknown) => error);
		await site.mirror.waitForRequest((request) => request.path === '/hang');
		await session.close();
		expect(await hanging).toMatchObject({ code: 'ERR_SESSION_CLOSED' });
		expect(transport.closed).toBe(false);
		expect(transport.stats().exchanges).toBe(0);
	});

	it('withSession closes also when the work throws', async () => {
		let seen: { closed: boolean } | undefined;
		const work = withSession(async (session) => {
			seen = session;
			await (await session.fetch(site.at('/echo'))).text();
			throw new Error('mine');
		}, site.trust);
		await expect(work).rejects.toThrow('mine');
		expect(seen?.closed).toBe(true);
	});

	it('is disposable', async () => {
		let outer: { closed: boolean };
		{
			await using session = createSession(site.trust);
			outer = session;
		}
		expect(outer.closed).toBe(true);
	});

	it('goes on elsewhere with its state', async () => {
		const stateKey = 'hard to guess, and the same for all workers';
		const first = site.session({ browser: 'firefox', stateKey });
		await (await first.fetch(site.at('/cookies/set?a=1&b=2'))).text();
		const state = JSON.stringify(await first.export());
		await first.close();
		const second = site.session({ state, stateKey });
		expect(second.transport.profile.name).toBe('firefox_153');
		const response = await second.fetch(site.at('/cookies'));
		expect(await response.json()).toMatchObject({ cookies: { a: '1', b: '2' } });
		expect(response.tls?.resumed).toBe(true);
	});

	it('goes on elsewhere with cookies without a value or a name', async () => {
		const session = site.session();
		const lines = ['empty=', 'nameless', 'both=1'];
		session.storeSetCookie(site.at('/'), lines);
		const before = session.cookieHeader(site.at('/'));
		expect(before).toBe('empty=; nameless; both=1');
		const after = site.session({ state: JSON.stringify(await session.export()) });
		expect(after.cookieHeader(site.at('/'))).toBe(before);
	});
	it('keeps of a state no more cookies than a browser', async () => {
		const session = site.session();
		session.setCookie('a', 'b', site.at('/'));
		const state = await session.export();
		const [cookie] = state.cookies;
		const cookies = Array.from({ length: 5000 }, (_, index) => ({ ...cookie, key: `k${index}` }));
		const after = site.session({ state: { ...state, cookies } as never });
		expect(after.getAllCookies().length).toBeLessThanOrEqual(180);
		expect((await after.fetch(site.at('/echo'))).status).toBe(200);
	});
	it('goes on elsewhere as the same build of the same product', async () => {
		const hints = async (options: SessionOptions) => {
			const session = site.session(options);
			const { transport } = session;
			const { name, os, brand, fullVersion } = transport.profile;
			return { state: await session.export(), is: [name, os, brand, fullVersion] };
		};
		const first = await hints({ browser: 'chromium_156', os: 'macos', fullVersion: '156.0.8078.108' });
		expect(first.is).toEqual(['chromium_156', 'macos', 'chromium', '156.0.8078.108']);
		expect((await hints({ state: first.state })).is).toEqual(first.is);
		expect((await hints({ state: JSON.stringify(first.state), os: 'linux' })).is[3]).toBe('156.0.8078.108');
		expect((await hints({ state: first.state, fullVersion: '156.0.1.2' })).is[3]).toBe('156.0.1.2');
		const other = await hints({ state: first.state, browser: 'firefox' });
		expect(other.is).toEqual(['firefox_153', 'macos', undefined, undefined]);
		for (const wrong of [{ fullVersion: '1' }, { fullVersion: 7 }, { brand: 'edge' }, { brand: {} }])
			expect(() => site.session({ state: JSON.stringify({ ...first.state, ...wrong }) })).toThrow(
				expect.objectContaining({ code: 'ERR_INVALID_OPTION' }),
			);
	});

	it('uses another transport for one request with the same cookies', async () => {
		const session = site.session({ browser: 'chrome' });
		session.setCookie('a', '1', site.at('/'));
		const response = await session.fetch(site.at('/echo?by=firefox'), {
			transport: site.transport({ browser: 'firefox' }),
		});
		const seen = (await response.json()) as { headers: [string, string][] };
		expect(new Map(seen.headers).get('user-agent')).toContain('Firefox');
		expect(new Map(seen.headers).get('cookie')).toBe('a=1');
	});
});

describe('the one-shot fetch', () => {
	it('shares nothing between two calls', async () => {
		await using own = await startSite();
		await (await fetch(own.at('/cookies/set?a=1'), own.trust)).text();
		const second = await fetch(own.at('/cookies'), own.trust);
		expect(await second.json()).toMatchObject({ cookies: {} });
		expect(own.mirror.connections).toHaveLength(2);
		expect(second.tls?.resumed).toBe(false);
	});
	it('keeps cookies within the redirects of one call', async () => {
		const response = await fetch(site.at('/cookies/set?a=1&to=/cookies'), site.trust);
		expect(await response.json()).toMatchObject({ cookies: { a: '1' } });
	});
	it('closes its connection when the body has been read', async () => {
		await using own = await startSite();
		const response = await fetch(own.at('/echo'), own.trust);
		await response.text();
		await expect.poll(() => own.mirror.connections.every((connection) => connection.closed)).toBe(true);
	});
	it('takes options of a session', async () => {
		const response = await fetch(site.at('/echo', other), {
			...site.trust,
			browser: 'firefox',
			headers: { 'x-a': '1' },
		});
		const seen = (await response.json()) as { headers: [string, string][] };
		expect(new Map(seen.headers).get('user-agent')).toContain('Firefox');
		expect(new Map(seen.headers).get('x-a')).toBe('1');
	});
});
