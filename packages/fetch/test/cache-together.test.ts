import { getEventListeners } from 'node:events';
import { type Mirror, type MirrorRequest, type Reply, startMirror } from '@wiretwin/mirror';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSession, type FetchInit, type Session, type SessionOptions } from '../src/index.ts';
import { BytesSource } from '../src/response/body-source.ts';
import { StoringSource } from '../src/response/storing-source.ts';

const host = 'www.mirror.test';
const browsers = ['chromium_156', 'firefox_153'] as const;
type Gates = { head: PromiseWithResolvers<void>; end: PromiseWithResolvers<void> };
/** What holds the first answer of a path back, and what happened, in order. */
const gates = new Map<string, Gates & { log: string[] }>();
let mirror: Mirror;

async function answer({ url, method }: MirrorRequest): Promise<Reply> {
	const slow = gates.get(url.pathname);
	if (slow === undefined) return { headers: [['cache-control', 'no-store']], body: 'other' };
	const number = slow.log.filter((line) => line.startsWith('asked')).length + 1;
	slow.log.push(`asked ${method}`);
	const headers = [...url.searchParams].filter(([name]) => name !== '_status') as Array<[string, string]>;
	const status = Number(url.searchParams.get('_status') ?? 200);
	if (number > 1) return { status, headers, body: `answer ${number}` };
	await slow.head.promise;
	slow.log.push('head');
	const body = async function* () {
		yield Buffer.from('answer ');
		await slow.end.promise;
		slow.log.push('end');
		yield Buffer.from('1');
	};
	return { status, headers, body: body() };
}

beforeAll(async () => {
	mirror = await startMirror({ handler: answer });
});
afterAll(() => mirror.close());

let count = 0;
const maxAge = 'cache-control=max-age%3D100';
const noStore = 'cache-control=no-store';

/** A session that has asked for what is slow, and for it a second time. */
function twice(browser: string, query: string, options: SessionOptions = {}) {
	const path = `/slow-${count++}`;
	const slow = { head: Promise.withResolvers<void>(), end: Promise.withResolvers<void>(), log: [] as string[] };
	gates.set(path, slow);
	const base = mirror.urlFor(host);
	const resolve = { [host]: '127.0.0.1' };
	const session: Session = createSession({
		browser,
		ca: mirror.caPem,
		trustStore: 'none',
		resolve,
		cache: true,
		...options,
	});
	const ask = (init: FetchInit = {}) =>
		session.fetch(`${base}${path}?${query}`, { kind: 'fetch', initiator: `${base}/`, ...init });
	/** What was sent before has come to the server, where it goes by one connection. */
	const settled = async () => void (await (await session.fetch(`${base}/other`)).text());
	return { ...slow, path, session, ask, settled };
}

const shown = async (response: Response & { fromCache?: string | undefined }) => [
	await response.text(),
	response.fromCache,
];

describe.each(browsers)('%s: two who ask for the same', (browser) => {
	it('are answered by one request', async () => {
		const { session, ask, settled, head, end, log } = twice(browser, maxAge);
		const both = [ask(), ask(), ask({ cache: 'only-if-cached', mode: 'same-origin' })];
		await settled();
		head.resolve();
		await settled();
		end.resolve();
		expect(await Promise.all(both.map(async (each) => shown(await each)))).toEqual([
			['answer 1', undefined],
			['answer 1', 'fresh'],
			['answer 1', 'fresh'],
		]);
		expect(log).toEqual(['asked GET', 'head', 'end']);
		await session.close();
	});

	it('do not depend on each other to read', async () => {
		const { session, ask, head, end } = twice(browser, maxAge);
		head.resolve();
		end.resolve();
		const first = await ask();
		expect(await shown(await ask())).toEqual(['answer 1', 'fresh']);
		expect(await first.text()).toBe('answer 1');
		await session.close();
	});

	it('are answered by two if nothing is kept, the second sent when that is known', async () => {
		const { session, ask, settled, head, end, log } = twice(browser, noStore);
		const both = [ask(), ask()] as const;
		await settled();
		head.resolve();
		const first = await both[0];
		if (browser === 'chromium_156') await both[1];
		else await settled();
		end.resolve();
		expect(await shown(await both[1])).toEqual(['answer 2', undefined]);
		expect(await first.text()).toBe('answer 1');
		expect(log).toEqual(
			browser === 'chromium_156'
				? ['asked GET', 'head', 'asked GET', 'end']
				: ['asked GET', 'head', 'end', 'asked GET'],
		);
		await session.close();
	});

	it('go one after the other, where there are more', async () => {
		const { session, ask, settled, head, end, log } = twice(browser, '_nothing=said');
		const all = [ask(), ask(), ask()] as const;
		await settled();
		head.resolve();
		const first = await all[0];
		end.resolve();
		const second = await all[1];
		expect(log.filter((line) => line === 'asked GET')).toHaveLength(2);
		for (const each of [first, second, await all[2]]) await each.text();
		expect(log.filter((line) => line === 'asked GET')).toHaveLength(3);
		await session.close();
	});

	it('go on to ask again with the validators of the first', async () => {
		const { session, ask, settled, head, end, path } = twice(browser, 'etag=%22v1%22');
		const both = [ask(), ask()] as const;
		await settled();
		head.resolve();
		end.resolve();
		for (const each of both) await (await each).text();
		const sent = mirror.requests.filter((request) => request.path.startsWith(`${path}?`));
		expect(sent.map((request) => request.headers.find(([name]) => name === 'if-none-match')?.[1])).toEqual([
			undefined,
			'"v1"',
		]);
		await session.close();
	});

	it('go their own ways if the first is given up, before its head or in its body', async () => {
		for (const opened of ['head', 'end'] as const) {
			const { session, ask, settled, head, log } = twice(browser, maxAge);
			const control = new AbortController();
			const both = [ask({ signal: control.signal }), ask()] as const;
			await settled();
			expect(log).toEqual(['asked GET']);
			if (opened === 'end') {
				head.resolve();
				await both[0];
			}
			control.abort();
			await expect(both[0].then((first) => first.text())).rejects.toMatchObject({ name: 'AbortError' });
			expect(await shown(await both[1])).toEqual(['answer 2', undefined]);
			await session.close();
		}
	});

	it('do not wait where the second goes by the cache', async () => {
		for (const cache of ['reload', 'no-store'] as const) {
			const { session, ask, head, end } = twice(browser, maxAge);
			const first = ask();
			expect(await (await ask({ cache })).text()).toBe('answer 2');
			head.resolve();
			end.resolve();
			await (await first).text();
			await session.close();
		}
	});

	it('wait with one listener for the signal that they share', async () => {
		const { session, ask, settled, head, end } = twice(browser, maxAge);
		const { signal } = new AbortController();
		const all = Array.from({ length: 12 }, () => ask({ signal }));
		await settled();
		expect(getEventListeners(signal, 'abort')).toHaveLength(1);
		head.resolve();
		end.resolve();
		for (const each of all) expect(await (await each).text()).toBe('answer 1');
		await session.close();
	});

	it('may give up waiting: an abort, a limit of time, the end of the session', async () => {
		const { session, ask, settled, log } = twice(browser, maxAge);
		const control = new AbortController();
		const first = ask();
		const aborted = ask({ signal: control.signal });
		const late = expect(ask({ timeout: { total: 50 } })).rejects.toMatchObject({ code: 'ERR_TIMEOUT_TOTAL' });
		const closed = ask();
		await settled();
		control.abort();
		await expect(aborted).rejects.toMatchObject({ name: 'AbortError' });
		await late;
		const ends = Promise.allSettled([first, closed]);
		await session.close();
		expect((await ends).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
		expect(log).toEqual(['asked GET']);
	});
});

it.each([
	['chromium_156', 1],
	['firefox_153', 2],
] as const)('%s asks %i times for what is asked for with credentials and without', async (browser, times) => {
	const { session, ask, settled, head, end, log } = twice(browser, maxAge);
	const both = [ask(), ask({ credentials: 'omit' })];
	await settled();
	head.resolve();
	end.resolve();
	for (const each of both) await (await each).text();
	expect(log.filter((line) => line === 'asked GET')).toHaveLength(times);
	await session.close();
});

it('nobody waits without a cache', async () => {
	const { session, ask, head, end } = twice('chromium_156', maxAge, { cache: false });
	const first = ask();
	expect(await (await ask()).text()).toBe('answer 2');
	head.resolve();
	end.resolve();
	await (await first).text();
	await session.close();
});

describe('a body that is read on for others', () => {
	class Pieces extends BytesSource {
		readonly #pieces = ['ab', 'cd', 'ef'];
		#watcher: ((failure: unknown) => void) | undefined;
		constructor() {
			super(new Uint8Array(0));
		}
		override get settled(): boolean {
			return this.#pieces.length === 0;
		}
		override async read(): Promise<Uint8Array | null> {
			const piece = this.#pieces.shift();
			if (piece !== undefined && this.#pieces.length === 0) this.#watcher?.(undefined);
			return piece === undefined ? null : Buffer.from(piece);
		}
		watch(watcher: (failure: unknown) => void): void {
			this.#watcher = watcher;
		}
	}

	it.each([
		[6, ['abcdef']],
		[3, []],
	])('comes to its reader whole and in order; is kept up to %i bytes', async (largest, kept) => {
		const stored: string[] = [];
		let over = 0;
		const storing = {
			store: (body: Uint8Array) => void stored.push(Buffer.from(body).toString()),
			over: () => void over++,
		};
		const one = new StoringSource(new Pieces(), largest, storing);
		const told: string[] = [];
		one.watch(() => void told.push('end'));
		one.drain();
		for (let part = await one.read(); part !== null; part = await one.read()) told.push(Buffer.from(part).toString());
		expect([told.filter((each) => each !== 'end').join(''), told.indexOf('end') >= 2]).toEqual(['abcdef', true]);
		expect([stored, over]).toEqual([kept, 1]);
	});
});
