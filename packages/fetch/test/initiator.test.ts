// Who asks (option `initiator`): what browsers send is compared live in truth/src/scenarios/clients.ts.
import { type Mirror, startMirror } from '@wiretwin/mirror';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSession, type FetchInit, type Initiator, WebSocket } from 'wiretwin';

let mirror: Mirror;

beforeAll(async () => {
	mirror = await startMirror();
});

afterAll(async () => {
	await mirror.close();
});

type Host = 'www.mirror.test' | 'api.mirror.test' | 'other.example';

function sessionOf(browser: 'chrome' | 'chromium' | 'firefox' = 'chromium') {
	const resolve = Object.fromEntries(mirror.hosts.map((host) => [host, '127.0.0.1']));
	return createSession({ browser, ca: mirror.caPem, trustStore: 'none', resolve });
}

const page = () => `${mirror.urlFor('www.mirror.test')}/page?q#part`;
const frame = () => `${mirror.urlFor('other.example')}/frame`;

/** Fields of a request, by name, and the connection that it came over. */
async function send(
	session: ReturnType<typeof sessionOf>,
	host: Host,
	init: FetchInit,
): Promise<Record<string, unknown>> {
	await (await session.fetch(`${mirror.urlFor(host)}/anything`, { kind: 'fetch', ...init })).text();
	const { headers = [], connectionId } = mirror.requests.at(-1) ?? {};
	const crumbs = headers.flatMap(([name, value]) => (name === 'cookie' ? [value] : []));
	return { ...Object.fromEntries(headers), cookie: crumbs.join('; '), connection: connectionId };
}

describe('hints that the page asked for', () => {
	const named = (init: FetchInit) => async (session: ReturnType<typeof sessionOf>) =>
		(await send(session, 'www.mirror.test', init))['sec-ch-ua-bitness'] !== undefined;
	const own = () => ({ url: page() });
	test.each<[string, boolean, () => FetchInit]>([
		['its own script', true, () => ({ initiator: own() })],
		['a frame of its own', true, () => ({ kind: 'iframe', initiator: own() })],
		['a sandboxed frame', false, () => ({ kind: 'iframe', initiator: { ...own(), sandbox: true } })],
		['a frame in a sandbox', false, () => ({ kind: 'iframe', initiator: { ...own(), parent: page(), opaque: true } })],
		['a frame of another site', false, () => ({ initiator: { url: frame(), parent: page() } })],
		['a document in it', true, () => ({ kind: 'object', initiator: { url: frame(), parent: page() } })],
		['a form in it', true, () => ({ kind: 'frame-form', method: 'POST', initiator: { url: frame(), parent: page() } })],
	])('%s: %s', async (_name, isTold, init) => {
		await using session = sessionOf();
		await (await session.fetch(`${mirror.urlFor('www.mirror.test')}/accept-ch`)).text();
		expect(await named(init())(session)).toBe(isTold);
	});

	test('a frame gets them behind a redirect from elsewhere, a script does not; an adapter neither', async () => {
		await using session = sessionOf();
		const www = mirror.urlFor('www.mirror.test');
		await (await session.fetch(`${www}/accept-ch`)).text();
		const way = `${mirror.urlFor('other.example')}/redirect/302?to=${encodeURIComponent(`${www}/anything`)}`;
		const told = async (kind: 'iframe' | 'fetch') => {
			await (await session.fetch(way, { kind, initiator: page() })).text();
			return mirror.requests.at(-1)?.headers.some(([name]) => name === 'sec-ch-ua-bitness');
		};
		expect([await told('iframe'), await told('fetch')]).toEqual([true, false]);
		const done = new Promise((onEnd, onError) => {
			const initiator = { url: frame(), parent: page() };
			const running = session.exchange(
				{ url: `${www}/anything`, kind: 'fetch', initiator },
				{ onHead: () => running.discard(1e6), onEnd: () => onEnd(undefined), onError },
			);
		});
		await done;
		expect(mirror.requests.at(-1)?.headers.some(([name]) => name === 'sec-ch-ua-bitness')).toBe(false);
	});
});

describe('what follows from who asks', () => {
	test('a URL is a page in the address bar, and the referrer is another matter', async () => {
		await using session = sessionOf();
		const shown = await send(session, 'www.mirror.test', { initiator: page() });
		expect(shown['sec-fetch-site']).toBe('same-origin');
		expect(shown.referer).toBe(`${mirror.urlFor('www.mirror.test')}/page?q`);
		const hidden = await send(session, 'other.example', { initiator: new URL(page()), referrer: '' });
		expect(hidden['sec-fetch-site']).toBe('cross-site');
		expect(hidden).not.toHaveProperty('referer');
		const named = await send(session, 'www.mirror.test', { initiator: page(), referrer: 'https://elsewhere.test/a' });
		expect([named['sec-fetch-site'], named.referer]).toEqual(['same-origin', 'https://elsewhere.test/']);
		const clicked = await send(session, 'www.mirror.test', { kind: 'navigate', initiator: frame() });
		expect([clicked['sec-fetch-site'], clicked['sec-fetch-user']]).toEqual(['cross-site', '?1']);
	});

	test('a frame of another site asks for what is of the page, which is apart', async () => {
		await using session = sessionOf();
		const top = await send(session, 'www.mirror.test', { kind: 'navigate' });
		const init: FetchInit = { initiator: { url: frame(), parent: page() }, credentials: 'include' };
		const seen = await send(session, 'www.mirror.test', init);
		expect(seen['sec-fetch-site']).toBe('cross-site');
		expect(seen['sec-fetch-storage-access']).toBe('inactive');
		expect(seen.origin).toBe(mirror.urlFor('other.example'));
		expect(seen.connection).not.toBe(top.connection);
		const image = await send(session, 'www.mirror.test', { ...init, kind: 'image' });
		expect([image['sec-fetch-storage-access'], image.origin]).toEqual(['inactive', mirror.urlFor('other.example')]);
		const own = await send(session, 'other.example', init);
		expect([own['sec-fetch-site'], own['sec-fetch-storage-access']]).toEqual(['same-origin', 'none']);
	});

	test.each<[string, () => Initiator]>([
		['sandbox', () => ({ url: page(), parent: page(), opaque: true })],
		['a frame in a sandbox', () => ({ url: page(), parent: { url: page(), parent: page(), opaque: true } })],
		['srcdoc in a sandbox', () => ({ url: 'about:srcdoc', parent: { url: page(), parent: page(), opaque: true } })],
		['data:', () => ({ url: 'data:text/html,x', parent: page() })],
	])('%s: an origin that is nobody else’s', async (_, initiator) => {
		await using session = sessionOf();
		const top = await send(session, 'www.mirror.test', { kind: 'navigate' });
		const seen = await send(session, 'www.mirror.test', { initiator: initiator(), credentials: 'include' });
		expect([seen.origin, seen['sec-fetch-site']]).toEqual(['null', 'cross-site']);
		expect(seen).not.toHaveProperty('referer');
		expect(seen.connection).not.toBe(top.connection);
		const plain = await send(session, 'www.mirror.test', { initiator: initiator() });
		expect(plain).not.toHaveProperty('sec-fetch-storage-access');
	});

	test('a sandbox shows its origin as referrer in Firefox, but for fetch()', async () => {
		await using session = sessionOf('firefox');
		const initiator = { url: page(), parent: page(), opaque: true };
		const image = await send(session, 'www.mirror.test', { kind: 'image', initiator });
		expect(image.referer).toBe(`${mirror.urlFor('www.mirror.test')}/`);
		expect(await send(session, 'www.mirror.test', { initiator })).not.toHaveProperty('referer');
	});

	test('about:srcdoc, about:blank and blob: have the origin of where they come from', async () => {
		await using session = sessionOf();
		for (const url of ['about:srcdoc', 'about:blank']) {
			const seen = await send(session, 'www.mirror.test', { initiator: { url, parent: page() } });
			expect([seen['sec-fetch-site'], seen.referer]).toEqual(['same-origin', page().replace('#part', '')]);
		}
		const url = `blob:${mirror.urlFor('www.mirror.test')}/1c6f`;
		const seen = await send(session, 'www.mirror.test', { initiator: { url, client: 'worker', parent: page() } });
		expect(seen['sec-fetch-site']).toBe('same-origin');
		expect(seen).not.toHaveProperty('referer');
	});

	test('a style sheet is the referrer, and in Firefox who asks, but for fonts', async () => {
		const initiator = () => ({ url: page(), styleSheet: `${mirror.urlFor('other.example')}/style.css` });
		const sites: unknown[] = [];
		for (const browser of ['chromium', 'firefox'] as const) {
			await using session = sessionOf(browser);
			for (const kind of ['image', 'style', 'font'] as const) {
				const seen = await send(session, 'other.example', { kind, initiator: initiator() });
				expect(seen.referer).toBe(`${mirror.urlFor('other.example')}/style.css`);
				sites.push(seen['sec-fetch-site']);
			}
		}
		expect(sites).toEqual(['cross-site', 'cross-site', 'cross-site', 'same-origin', 'same-origin', 'cross-site']);
	});

	test('SameSite cookies know the frames between', async () => {
		await using session = sessionOf();
		const url = mirror.urlFor('www.mirror.test');
		const attributes = ['SameSite=Strict', 'SameSite=Lax', 'SameSite=None'];
		session.storeSetCookie(
			url,
			attributes.map((each) => `${each.slice(9)}=1; Secure; ${each}`),
		);
		const cookies = async (initiator: Initiator, more: FetchInit = {}) =>
			(await send(session, 'www.mirror.test', { kind: 'iframe', initiator, ...more })).cookie;
		expect(await cookies({ url: page() })).toBe('Strict=1; Lax=1; None=1');
		expect(await cookies({ url: frame(), parent: page() })).not.toMatch(/Strict|Lax/);
		// The frame goes elsewhere itself: its own document is not around what comes.
		const sandboxed = { url: page(), parent: page(), opaque: true };
		expect(await cookies({ ...sandboxed, inPlace: true })).toBe('None=1');
	});

	test('a WebSocket of a sandboxed frame says null', async () => {
		await using session = sessionOf();
		const socket = new WebSocket(`${mirror.urlFor('www.mirror.test').replace('https:', 'wss:')}/websocket`, [], {
			session,
			initiator: { url: page(), parent: page(), opaque: true },
		});
		await new Promise((done) => {
			socket.onopen = done;
			socket.onerror = done;
		});
		socket.close();
		expect(Object.fromEntries(mirror.requests.at(-1)?.headers ?? [])).toMatchObject({ Origin: 'null' });
	});
});

describe('what is no initiator is refused before a byte is sent', () => {
	const loop: { url: string; parent?: unknown } = { url: 'https://a.test/' };
	loop.parent = loop;
	test.each<[string, unknown, string]>([
		['no URL', 'somewhere', '"initiator"'],
		['a number', 5, '"initiator"'],
		['null', null, '"initiator"'],
		['a scheme without an origin', 'file:///etc/passwd', '"initiator"'],
		['a script', 'javascript:alert(1)', '"initiator"'],
		['no url', {}, '"initiator.url"'],
		['an unknown key', { url: 'https://a.test/', origin: 'x' }, '"origin"'],
		['an unknown client', { url: 'https://a.test/', client: 'robot' }, '"initiator.client"'],
		['opaque as text', { url: 'https://a.test/', opaque: 'yes' }, '"initiator.opaque"'],
		['a bad parent', { url: 'https://a.test/', parent: 'x' }, '"initiator.parent"'],
		['about:srcdoc without a parent', 'about:srcdoc', '"initiator.parent"'],
		['a frame in a worker', { url: 'https://a.test/', parent: { url: 'https://a.test/', client: 'worker' } }, 'worker'],
		['a worker at about:blank', { url: 'about:blank', client: 'worker', parent: 'https://a.test/' }, '"initiator.url"'],
		['a style sheet at data:', { url: 'https://a.test/', styleSheet: 'data:text/css,' }, '"initiator.styleSheet"'],
		['a document around itself', loop, 'deep'],
	])('%s', async (_, initiator, name) => {
		await using session = sessionOf();
		const before = mirror.requests.length;
		const call = session.fetch(`${mirror.url}/anything`, { initiator } as FetchInit);
		await expect(call).rejects.toMatchObject({ code: 'ERR_INVALID_OPTION', message: expect.stringContaining(name) });
		expect(mirror.requests.length).toBe(before);
	});
});
