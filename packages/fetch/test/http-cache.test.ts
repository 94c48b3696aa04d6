import { type Mirror, type MirrorRequest, startMirror } from '@wiretwin/mirror';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSession, type FetchInit, type RequestEvent, type SessionOptions } from '../src/index.ts';
import { BytesSource } from '../src/response/body-source.ts';
import { StoringSource } from '../src/response/storing-source.ts';

const host = 'www.mirror.test';
let mirror: Mirror;
beforeAll(async () => {
	mirror = await startMirror({
		handler: ({ url, header }: MirrorRequest) => {
			const headers = [...url.searchParams].filter(([name]) => !name.startsWith('_')) as Array<[string, string]>;
			const etag = url.searchParams.get('etag');
			if (etag !== null && header('if-none-match') === etag) return { status: 304, headers };
			const status = Number(url.searchParams.get('_status') ?? 200);
			return { status, headers, body: 'x'.repeat(Number(url.searchParams.get('_length') ?? 4)) };
		},
	});
});
afterAll(() => mirror.close());

const at = (path: string, query = 'cache-control=max-age%3D100', name = host) =>
	`${mirror.urlFor(name)}${path}?${query}`;
const asked = (path: string) => mirror.requests.filter((request) => request.path.startsWith(`${path}?`)).length;
const session = (options: SessionOptions = {}) => {
	const resolve = { [host]: '127.0.0.1', 'api.mirror.test': '127.0.0.1', 'other.example': '127.0.0.1' };
	return createSession({
		browser: 'chrome_156',
		ca: mirror.caPem,
		trustStore: 'none',
		resolve,
		cache: true,
		...options,
	});
};

describe('a session with a cache', () => {
	it('asks once for what is fresh, and says where it is from', async () => {
		await using one = session();
		const first = await one.fetch(at('/fresh'));
		expect([await first.text(), first.fromCache]).toEqual(['xxxx', undefined]);
		const second = await one.fetch(at('/fresh'));
		expect([await second.text(), second.fromCache, second.status]).toEqual(['xxxx', 'fresh', 200]);
		expect(second.headers.get('cache-control')).toBe('max-age=100');
		expect(asked('/fresh')).toBe(1);
	});

	it.each([
		['chromium_156', 2],
		['firefox_153', 1],
	] as const)('%s: what a sandboxed frame asks for goes to the server %i times of two', async (browser, times) => {
		await using one = session({ browser });
		const page = at('/page');
		const url = at(`/sandboxed-${browser}`, 'cache-control=max-age%3D100&access-control-allow-origin=*');
		const init = { kind: 'fetch', initiator: { url: page, opaque: true, parent: { url: page } } } as const;
		for (let visit = 0; visit < 2; visit++) await (await one.fetch(url, init)).text();
		expect(asked(`/sandboxed-${browser}`)).toBe(times);
	});

	it.each(['chromium_156', 'firefox_153'] as const)(
		'%s: keeps the documents that a sandboxed frame asks for',
		async (browser) => {
			await using one = session({ browser });
			const page = at('/page');
			for (const kind of ['iframe', 'navigate'] as const) {
				const path = `/document-${kind}-${browser}`;
				const init = { kind, initiator: { url: page, opaque: true, parent: { url: page } } };
				for (let visit = 0; visit < 2; visit++)
					await (await one.fetch(at(path, 'cache-control=max-age%3D100'), init)).text();
				expect([kind, asked(path)]).toEqual([kind, 1]);
			}
		},
	);

	it('asks again with the validators, and shows what it has', async () => {
		await using one = session();
		const url = at('/again', 'etag=%22a%22&cache-control=no-cache');
		await (await one.fetch(url)).text();
		const second = await one.fetch(url);
		expect([second.status, await second.text(), second.fromCache]).toEqual([200, 'xxxx', 'revalidated']);
		expect(second.remoteAddress).toBe('127.0.0.1');
		expect(asked('/again')).toBe(2);
	});

	it('shows what it asks for again meanwhile, once at a time', async () => {
		await using one = session();
		const events: RequestEvent[] = [];
		await using watched = session({ onRequestEvent: (event) => events.push(event) });
		const url = (path: string) => at(path, 'etag=%22a%22&cache-control=max-age%3D0,stale-while-revalidate%3D100');
		await (await one.fetch(url('/swr'), { kind: 'fetch' })).text();
		const renewed = mirror.waitForRequest(
			({ path, headers }) => path.startsWith('/swr?') && headers.some(([name]) => name === 'if-none-match'),
		);
		const both = await Promise.all([0, 1].map(() => one.fetch(url('/swr'), { kind: 'fetch' })));
		expect(both.map(({ fromCache }) => fromCache)).toEqual(['fresh', 'fresh']);
		expect((await renewed).headers).toContainEqual(['priority', 'u=4, i']);
		expect(asked('/swr')).toBe(2);
		// A document is waited for.
		const page = await one.fetch(url('/swr'));
		expect(page.fromCache).toBe('revalidated');
		await (await watched.fetch(url('/swr-watched'), { kind: 'fetch' })).text();
		const seen = events.length;
		await (await watched.fetch(url('/swr-watched'), { kind: 'fetch' })).text();
		const [shown, behind] = events.slice(seen);
		expect([shown?.type, behind?.type, behind?.id]).toEqual(['cached', 'start', (shown?.id ?? 0) + 1]);
	});

	it('gives a part of what it has whole', async () => {
		await using one = session();
		const url = at('/part', 'etag=%22a%22&cache-control=max-age%3D100&_length=10');
		await (await one.fetch(url, { kind: 'fetch' })).text();
		const part = async (range: string) => {
			const answer = await one.fetch(url, { kind: 'fetch', headers: { range } });
			return [answer.status, await answer.text(), answer.headers.get('content-range'), answer.fromCache];
		};
		expect(await part('bytes=2-4')).toEqual([206, 'xxx', 'bytes 2-4/10', 'fresh']);
		expect(await part('bytes=-4')).toEqual([206, 'xxxx', 'bytes 6-9/10', 'fresh']);
		expect(await part('bytes=100-')).toEqual([200, 'xxxxxxxxxx', null, 'fresh']);
		expect(await part('bytes=-0')).toEqual([200, 'xxxxxxxxxx', null, 'fresh']);
		expect(asked('/part')).toBe(1);
		expect((await part('bytes=0-1,3-4'))[3]).toBeUndefined();
		await using other = session({ browser: 'firefox_153' });
		await (await other.fetch(url, { kind: 'fetch' })).text();
		expect((await other.fetch(url, { kind: 'fetch', headers: { range: 'bytes=2-4' } })).fromCache).toBeUndefined();
	});

	it('is told of in events and in the archive', async () => {
		const events: RequestEvent[] = [];
		await using one = session({ har: true, onRequestEvent: (event) => events.push(event) });
		const url = at('/watched', 'cache-control=max-age%3D100&content-type=text/plain');
		await (await one.fetch(url)).text();
		await (await one.fetch(url)).text();
		const shown = events.at(-1);
		expect(shown).toMatchObject({ type: 'cached', status: 200, bytes: 4, httpVersion: '2', hop: 0 });
		expect(shown?.type === 'cached' && shown.sent.includes('User-Agent')).toBe(true);
		const [first, second] = one.har().log.entries;
		expect(first?._fromCache).toBeUndefined();
		expect(second).toMatchObject({
			_fromCache: 'memory',
			time: 0,
			request: { url, method: 'GET' },
			response: { status: 200, bodySize: 0, content: { size: 4, mimeType: 'text/plain' } },
		});
		expect(second?.connection).toBeUndefined();
	});

	it('is asked for, and can be asked alone', async () => {
		await using none = session({ cache: false });
		await (await none.fetch(at('/none'))).text();
		await (await none.fetch(at('/none'))).text();
		expect(asked('/none')).toBe(2);
		const alone = { cache: 'only-if-cached', mode: 'same-origin', kind: 'fetch' } as const;
		await expect(none.fetch(at('/none'), alone)).rejects.toMatchObject({ code: 'ERR_INVALID_OPTION' });
		await using one = session();
		await expect(one.fetch(at('/none'), alone)).rejects.toMatchObject({ code: 'ERR_NOT_CACHED' });
		await (await one.fetch(at('/none'))).text();
		expect((await one.fetch(at('/none'), { ...alone, initiator: at('/page') })).fromCache).toBe('fresh');
		for (const cache of [1, 'yes', { maxByte: 1 }, { maxBytes: -1 }]) {
			expect(() => session({ cache: cache as never })).toThrow(expect.objectContaining({ code: 'ERR_INVALID_OPTION' }));
		}
	});

	it('gives each reader bytes of his own, and keeps nothing of a body that was given up', async () => {
		await using one = session();
		const first = new Uint8Array(await (await one.fetch(at('/own'))).arrayBuffer());
		first.fill(0);
		const second = await (await one.fetch(at('/own'))).arrayBuffer();
		structuredClone(second, { transfer: [second] });
		expect(await (await one.fetch(at('/own'))).text()).toBe('xxxx');
		const left = await one.fetch(at('/left', 'cache-control=max-age%3D100&_length=300000'));
		await left.body?.cancel();
		expect((await one.fetch(at('/left', 'cache-control=max-age%3D100&_length=300000'))).fromCache).toBeUndefined();
	});

	it('gives each reader bytes of his own of what came in pieces, too', async () => {
		await using one = session();
		const url = at('/pieces', 'cache-control=max-age%3D100&_length=300000');
		for (let reader = 0; reader < 2; reader++) {
			for await (const piece of (await one.fetch(url)).body as AsyncIterable<Uint8Array>) piece.fill(0);
		}
		const third = await one.fetch(url);
		expect([third.fromCache, await third.text()]).toEqual(['fresh', 'x'.repeat(300_000)]);
	});

	it('has a limit of bytes, and one for a single answer', async () => {
		await using one = session({ cache: { maxBytes: 100_000 } });
		const fetchBytes = async (path: string, length: number) => {
			const response = await one.fetch(at(path, `cache-control=max-age%3D100&_length=${length}`));
			expect((await response.arrayBuffer()).byteLength).toBe(length);
			return response.fromCache;
		};
		await fetchBytes('/large', 13_000);
		expect(await fetchBytes('/large', 13_000)).toBeUndefined();
		for (let index = 0; index < 10; index++) await fetchBytes(`/part${index}`, 12_000);
		expect(await fetchBytes('/part9', 12_000)).toBe('fresh');
		expect(await fetchBytes('/part0', 12_000)).toBeUndefined();
	});

	it('keeps redirects, and follows them without asking', async () => {
		await using one = session();
		const url = at(
			'/moved',
			'location=%2Fend%3Fcache-control%3Dmax-age%253D100&cache-control=max-age%3D100&_status=302',
		);
		await (await one.fetch(url)).text();
		const again = await one.fetch(url);
		expect(again.redirects).toMatchObject([{ status: 302 }]);
		expect(again.fromCache).toBe('fresh');
		expect([asked('/moved'), asked('/end')]).toEqual([1, 1]);
	});

	it('keeps what pages of one site have got from those of another', async () => {
		await using one = session();
		const from = (page: string): FetchInit => ({ kind: 'image', initiator: page });
		for (const page of [at('/page'), at('/page'), mirror.urlFor('other.example')]) {
			await (await one.fetch(at('/shared'), from(page))).text();
		}
		expect(asked('/shared')).toBe(2);
	});

	it.each([
		['chrome_156', 1],
		['firefox_153', 2],
	])('%s asks %i times for what one page asks for with credentials and without', async (browser, times) => {
		await using one = session({ browser });
		const path = `/credentials-${browser}`;
		for (const credentials of ['include', 'same-origin', 'omit'] as const) {
			const init = { kind: 'fetch', initiator: mirror.urlFor('other.example'), credentials } as const;
			await (await one.fetch(at(path), init)).text();
		}
		expect(asked(path)).toBe(times);
	});

	it('forgets: Clear-Site-Data, forget(), unsafe requests; a fork shares it', async () => {
		await using one = session();
		const get = async (path: string, init: FetchInit = {}) => {
			const response = await one.fetch(at(path), init);
			await response.text();
			return response.fromCache;
		};
		await get('/kept');
		await (await one.fetch(at('/clear', 'clear-site-data=%22cache%22'))).text();
		expect(await get('/kept')).toBeUndefined();
		one.forget('cache');
		expect(await get('/kept')).toBeUndefined();
		expect(await get('/kept')).toBe('fresh');
		await get('/kept', { method: 'POST', body: 'x' });
		expect(await get('/kept')).toBeUndefined();
		await using fork = one.fork();
		expect((await fork.fetch(at('/kept'))).fromCache).toBe('fresh');
	});

	it('takes no part in what is not decoded', async () => {
		await using one = session();
		await (await one.fetch(at('/raw'), { decompress: false })).text();
		expect((await one.fetch(at('/raw'))).fromCache).toBeUndefined();
	});

	it('checks the integrity of what it has', async () => {
		await using one = session();
		await (await one.fetch(at('/checked'))).text();
		const wrong = { integrity: `sha256-${'A'.repeat(43)}=` };
		await expect(one.fetch(at('/checked'), wrong)).rejects.toMatchObject({ code: 'ERR_BODY_INTEGRITY' });
	});
});

describe('a body that is kept while it is read', () => {
	it('is stored once, whichever way it is read, and not if it is too long or given up', async () => {
		const bytes = () => new BytesSource(Buffer.from('abcdef'));
		const stored: string[] = [];
		const keep = { store: (body: Uint8Array) => void stored.push(Buffer.from(body).toString()) };
		const one = new StoringSource(bytes(), 6, keep);
		while ((await one.read()) !== null);
		await new StoringSource(bytes(), 6, keep).readAll();
		await new StoringSource(bytes(), 5, keep).readAll();
		const left = new StoringSource(bytes(), 6, keep);
		left.cancel();
		await left.readAll();
		expect(stored).toEqual(['abcdef', 'abcdef']);
	});
});
