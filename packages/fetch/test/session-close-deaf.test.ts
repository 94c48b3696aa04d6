import { CookieJar, MemoryCookieStore } from 'tough-cookie';
import { describe, expect, it } from 'vitest';
import { type Session, type SessionOptions, WebSocket } from '../src/index.ts';
import { type Site, startSite } from './support/site.ts';
import { ending } from './support/sockets.ts';

type Way = {
	options: (deaf: Deaf) => SessionOptions;
	send: (session: Session, site: Site, signal?: AbortSignal) => Promise<unknown>;
	/** Who sends has no signal. */
	noSignal?: true;
};

/** Code of the caller's that is asked, and never answers. */
type Deaf = { ask: () => undefined; lookup: SessionOptions; jarThat: (method: string) => CookieJar };

function deaf(): Deaf & { asked: Promise<void> } {
	const { promise: asked, resolve } = Promise.withResolvers<void>();
	const ask = () => void resolve();
	const jarThat = (method: string) =>
		new CookieJar(
			new Proxy(new MemoryCookieStore(), {
				get(target, name) {
					if (name === 'synchronous') return false;
					if (name === method) return ask;
					const member = Reflect.get(target, name, target) as unknown;
					return typeof member === 'function' ? member.bind(target) : member;
				},
			}),
		);
	return { asked, ask, lookup: { lookup: ask, resolve: {}, timeout: { resolve: 600_000 } }, jarThat };
}

const fetching =
	(path: string, host?: string): Way['send'] =>
	(session, site, signal) =>
		session.fetch(site.at(path, host), signal ? { signal } : {});
const exchange: Way['send'] = (session, site) =>
	new Promise((resolve, reject) => {
		session.exchange({ url: site.at('/echo') }, { onHead: resolve, onError: reject });
	});
const socket: Way['send'] = async (session, site, signal) => {
	const url = site.at('/echo').replace('https', 'wss');
	const end = await ending(new WebSocket(url, { session, ...(signal ? { signal } : {}) }));
	throw (end as { error?: unknown }).error;
};

const ways: ReadonlyArray<[string, Way]> = [
	['a lookup', { options: ({ lookup }) => lookup, send: fetching('/echo') }],
	['the lookup of an exchange', { options: ({ lookup }) => lookup, send: exchange, noSignal: true }],
	['the lookup of a WebSocket', { options: ({ lookup }) => lookup, send: socket }],
	['cookies', { options: ({ jarThat }) => ({ cookieJar: jarThat('findCookies') }), send: fetching('/echo') }],
	['cookies of a WebSocket', { options: ({ jarThat }) => ({ cookieJar: jarThat('findCookies') }), send: socket }],
	[
		'a store that is to take cookies',
		{ options: ({ jarThat }) => ({ cookieJar: jarThat('putCookie') }), send: fetching('/cookies/set?a=1') },
	],
];

describe('C12 what waits for code of the caller that never answers', () => {
	it.each(ways)('%s: is let go when its session is closed', async (_, { options, send }) => {
		await using site = await startSite();
		const { asked, ...rest } = deaf();
		const session = site.session(options(rest));
		const call = send(session, site).catch((error: unknown) => error);
		await asked;
		await session.close();
		expect(await call).toMatchObject({ code: 'ERR_SESSION_CLOSED' });
	});

	it.each(ways.filter(([, { noSignal }]) => !noSignal))('%s: is let go by its signal', async (_, { options, send }) => {
		await using site = await startSite();
		const { asked, ...rest } = deaf();
		const session = site.session(options(rest));
		const control = new AbortController();
		const call = send(session, site, control.signal).catch((error: unknown) => error);
		await asked;
		control.abort();
		expect(await call).toBe(control.signal.reason);
	});

	it('a state that is being restored', async () => {
		await using site = await startSite();
		const before = site.session();
		before.setCookie('a', 'b', site.at('/'));
		const { asked, jarThat } = deaf();
		const session = site.session({ cookieJar: jarThat('putCookie'), state: await before.export() });
		const call = session.fetch(site.at('/echo')).catch((error: unknown) => error);
		await asked;
		await session.close();
		expect(await call).toMatchObject({ code: 'ERR_SESSION_CLOSED' });
	});
});
