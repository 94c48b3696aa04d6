import { once } from 'node:events';
import { CookieJar, MemoryCookieStore } from 'tough-cookie';
import { describe, expect, it } from 'vitest';
import { createSession, type Session, type Transport, WebSocket } from '../src/index.ts';
import { paths, type Site, startSite } from './support/site.ts';
import { startSocketPeer } from './support/socket-peer.ts';
import { ending } from './support/sockets.ts';

const closed = { code: 'ERR_SESSION_CLOSED' };

/** A jar whose store answers in a later turn, as one on a disk does. */
function slowJar(): CookieJar {
	const memory = new MemoryCookieStore();
	const slow = new Proxy(memory, {
		get(target, name) {
			if (name === 'synchronous') return false;
			const member = Reflect.get(target, name, target) as unknown;
			if (typeof member !== 'function') return member;
			return (...call: unknown[]) => {
				const done = call.at(-1);
				if (typeof done !== 'function') return member.apply(target, call);
				const later = (...answer: unknown[]) => void setImmediate(() => done(...answer));
				return member.apply(target, [...call.slice(0, -1), later]);
			};
		},
	});
	return new CookieJar(slow);
}

/** An open connection of a shared transport: what is handed to the engine now is on the wire at once. */
async function warm(site: Site): Promise<Transport> {
	const transport = site.transport({ maxConnectionsPerOrigin: 1 });
	await (await site.session({ transport }).fetch(site.at('/bytes/1'))).bytes();
	return transport;
}

/** What the server has seen since `warm`: a request over the same connection is behind all that left before it. */
async function seenSince(site: Site, transport: Transport): Promise<string[]> {
	await (await site.session({ transport }).fetch(site.at('/bytes/2'))).bytes();
	return paths(site.mirror).slice(1, -1);
}

describe.each(['h2', 'http/1.1'] as const)('C12 after close() nothing of a session leaves, over %s', (protocol) => {
	const begin = () => startSite(undefined, { protocols: [protocol] });

	it.each<[string, (session: Session, site: Site) => Promise<unknown>]>([
		['a GET', (session, site) => session.fetch(site.at('/echo'))],
		['a POST', (session, site) => session.fetch(site.at('/echo'), { method: 'POST', body: 'paid twice' })],
		['a stream', (session, site) => session.fetch(site.at('/echo'), { method: 'POST', body: new Blob(['a']) })],
		['a Request', (session, site) => session.fetch(new Request(site.at('/echo'), { method: 'POST', body: 'a' }))],
	])('%s that was asked for in the same turn', async (_, send) => {
		await using site = await begin();
		const transport = await warm(site);
		const session = site.session({ transport });
		session.setCookie('a', 'b', site.at('/'));
		const call = send(session, site).catch((error: unknown) => error);
		const end = session.close();
		expect(await call).toMatchObject(closed);
		await end;
		expect(await seenSince(site, transport)).toEqual([]);
	});

	it.each([false, true])('a GET whose cookies come from a slow store, state restored: %s', async (restored) => {
		await using site = await begin();
		const transport = await warm(site);
		const before = site.session({ transport });
		before.setCookie('a', 'b', site.at('/'));
		const state = restored ? { state: await before.export() } : {};
		const session = site.session({ transport, cookieJar: slowJar(), ...state });
		if (!restored) await session.setCookieAsync('a', 'b', site.at('/'));
		const call = session.fetch(site.at('/echo')).catch((error: unknown) => error);
		await Promise.resolve();
		await session.close();
		expect(await call).toMatchObject(closed);
		expect(await seenSince(site, transport)).toEqual([]);
	});

	it('the next hop of a redirect', async () => {
		await using site = await begin();
		const transport = await warm(site);
		const session: Session = site.session({
			transport,
			onRequestEvent: (event) => {
				if (event.type === 'head') void session.close();
			},
		});
		const call = session.fetch(site.at('/redirect/302?to=/echo')).catch((error: unknown) => error);
		expect(await call).toMatchObject(closed);
		expect(await seenSince(site, transport)).toEqual(['GET /redirect/302?to=/echo']);
	});

	it('an exchange of an adapter, asked for in the same turn or while its host is looked up', async () => {
		await using site = await begin();
		const transport = await warm(site);
		for (const lookup of [undefined, 'later']) {
			const session = site.session({ transport });
			const ended = Promise.withResolvers<unknown>();
			const answer = Promise.withResolvers<void>();
			session.exchange(
				{
					url: site.at('/echo', lookup ? 'looked-up.test' : undefined),
					...(lookup && {
						lookup: (_host, _options, done) =>
							void answer.promise.then(() => done(null, [{ address: '127.0.0.1', family: 4 }])),
					}),
				},
				{ onHead: () => ended.resolve('sent'), onError: ended.resolve },
			);
			const end = session.close();
			answer.resolve();
			expect(await ended.promise).toMatchObject(closed);
			await end;
		}
		expect(await seenSince(site, transport)).toEqual([]);
	});
});

describe('C12 a WebSocket', () => {
	it.each([false, true])(
		'of a session that is closed in the same turn opens nothing, slow store: %s',
		async (isSlow) => {
			await using peer = await startSocketPeer();
			const session = createSession(isSlow ? { cookieJar: slowJar() } : {});
			const socket = new WebSocket(peer.url, { session });
			const end = ending(socket);
			await session.close();
			expect(await end).toMatchObject({ error: closed });
			const next = new WebSocket(peer.url);
			await once(next, 'open');
			next.close();
			expect(peer.heads.length).toBe(1);
		},
	);
});

describe('the code says what was closed', () => {
	it('of a transport, for what runs on it, waits for its host and comes later', async () => {
		await using site = await startSite();
		const transport = site.transport();
		const session = site.session({ transport });
		const running = session.fetch(site.at('/hang')).catch((error: unknown) => error);
		await site.mirror.waitForRequest((request) => request.path === '/hang');
		const slow = site.transport({ resolve: {}, lookup: () => undefined });
		const waiting = site
			.session({ transport: slow })
			.fetch(site.at('/echo'))
			.catch((error: unknown) => error);
		await transport.close();
		await slow.close();
		const later = session.fetch(site.at('/echo')).catch((error: unknown) => error);
		for (const failure of [running, waiting, later]) {
			expect(await failure).toMatchObject({ code: 'ERR_TRANSPORT_CLOSED', name: 'StateError' });
		}
	});
});

describe('cookies of a closed session', () => {
	it('can be read, and not be changed', async () => {
		const url = 'https://a.test/';
		for (const cookieJar of [undefined, slowJar()]) {
			const session = createSession(cookieJar ? { cookieJar } : {});
			await session.setCookieAsync('a', 'b', url);
			await session.close();
			expect([await session.getCookiesAsync(url), await session.getAllCookiesAsync()]).toMatchObject([
				{ a: 'b' },
				[{ name: 'a' }],
			]);
			for (const change of [
				() => session.setCookieAsync('a', 'c', url),
				() => session.setCookiesAsync([{ name: 'a', value: 'c' }], url),
				() => session.clearCookiesAsync(),
				async () => session.setCookie('a', 'c', url),
				async () => session.setCookies([{ name: 'a', value: 'c' }], url),
				async () => session.clearCookies(),
			])
				await expect(change()).rejects.toMatchObject(closed);
			expect(await session.getCookiesAsync(url)).toEqual({ a: 'b' });
		}
	});
	it('a tab of it that is open goes on', async () => {
		const session = createSession();
		const tab = session.fork();
		await tab.close();
		session.setCookie('a', 'b', 'https://a.test/');
		expect(tab.getCookies('https://a.test/')).toEqual({ a: 'b' });
		await session.close();
	});
});
