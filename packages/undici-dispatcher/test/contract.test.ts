import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { noReply } from '@wiretwin/mirror';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTransport } from 'wiretwin';
import { type DispatchController, type DispatchOptions, wiretwinDispatcher } from '../src/index.ts';
import { type Site, startSite } from './support/site.ts';

let site: Site;
beforeAll(async () => {
	site = await startSite();
});
afterAll(() => site[Symbol.asyncDispose]());

it.each([undefined, 'chrome', { browser: 'chrome' }])('%j is no session', (source) => {
	expect(() => wiretwinDispatcher(source as never)).toThrow(
		expect.objectContaining({ code: 'UND_ERR_INVALID_ARG', message: expect.stringContaining('createSession') }),
	);
});
it('an option that it does not have is refused by name', () => {
	expect(() => wiretwinDispatcher(site.session, { cookie: false } as never)).toThrow(/"cookie"/);
	expect(() => wiretwinDispatcher(site.session, { cookies: undefined })).not.toThrow();
	for (const options of [null, 'chrome']) {
		expect(() => wiretwinDispatcher(site.session, options as never)).toThrow(
			expect.objectContaining({ code: 'UND_ERR_INVALID_ARG' }),
		);
	}
});

const get = (url: string): DispatchOptions => {
	const { origin, pathname, search } = new URL(url);
	return { origin, path: pathname + search, method: 'GET' };
};

/** Runs a dispatch with a handler of either generation and gives the names of its calls in order. */
function calls(
	generation: 'legacy' | 'controller',
	options: DispatchOptions,
	own: Record<string, (...args: never[]) => unknown> = {},
	dispatcher = site.dispatcher,
): Promise<string[]> {
	return new Promise((resolve) => {
		const seen: string[] = [];
		const ends = ['onComplete', 'onError', 'onResponseEnd', 'onResponseError'];
		const names =
			generation === 'legacy'
				? ['onConnect', 'onHeaders', 'onData', 'onComplete', 'onError']
				: ['onRequestStart', 'onResponseStart', 'onResponseData', 'onResponseEnd', 'onResponseError'];
		const handler = Object.fromEntries(
			names.map((name) => [
				name,
				(...args: never[]) => {
					seen.push(
						name
							.replace('Response', '')
							.replace('onRequestStart', 'onConnect')
							.replace('onStart', 'onHeaders')
							.replace('onEnd', 'onComplete'),
					);
					const result = own[name]?.(...args);
					if (ends.includes(name)) setImmediate(() => resolve(seen));
					return result;
				},
			]),
		);
		dispatcher.dispatch(options, handler);
	});
}

describe.each(['legacy', 'controller'] as const)('handlers: %s', (generation) => {
	it('are called in order, the end once', async () => {
		expect(await calls(generation, get(site.at('/echo')))).toEqual(['onConnect', 'onHeaders', 'onData', 'onComplete']);
		expect(await calls(generation, get(site.at('/status/204')))).toEqual(['onConnect', 'onHeaders', 'onComplete']);
	});

	it('that abort at the start send nothing', async () => {
		const before = site.mirror.requests.length;
		const seen = await calls(generation, get(site.at('/echo')), {
			onConnect: (abort: (reason: Error) => void) => abort(new Error('no')),
			onRequestStart: (controller: DispatchController) => controller.abort(new Error('no')),
		});
		expect(seen).toEqual(['onConnect', 'onError']);
		expect(site.mirror.requests.length).toBe(before);
	});

	it('that throw end their own request', async () => {
		const boom = () => {
			throw new Error('boom');
		};
		expect(await calls(generation, get(site.at('/echo')), { onHeaders: boom, onResponseStart: boom })).toEqual([
			'onConnect',
			'onHeaders',
			'onError',
		]);
		expect(await calls(generation, get(site.at('/echo')), { onData: boom, onResponseData: boom })).toEqual([
			'onConnect',
			'onHeaders',
			'onData',
			'onError',
		]);
	});

	it('that pause get nothing until they resume', async () => {
		let got = 0;
		const pausedAt = Promise.withResolvers<() => void>();
		const pending = calls(generation, get(site.at('/bytes/100000')), {
			onHeaders: (_status: number, _headers: unknown, resume: () => void) => {
				pausedAt.resolve(resume);
				return false;
			},
			onResponseStart: (controller: DispatchController) => {
				controller.pause();
				pausedAt.resolve(() => controller.resume());
			},
			onData: (chunk: Buffer) => {
				got += chunk.length;
				return true;
			},
			onResponseData: (_: unknown, chunk: Buffer) => {
				got += chunk.length;
			},
		});
		const resume = await pausedAt.promise;
		for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
		expect(got).toBe(0);
		resume();
		expect((await pending).at(-1)).toBe('onComplete');
		expect(got).toBe(100_000);
	});
});

/** Head and body of its answers come in one read. */
async function startAtOnce(): Promise<AsyncDisposable & { url: string }> {
	const server = createServer((_request, response) => response.end('done'));
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
		[Symbol.asyncDispose]: async () => {
			server.closeAllConnections();
			server.close();
		},
	};
}

it('a handler that pauses and resumes within its callback gets what follows after it', async () => {
	await using server = await startAtOnce();
	let inside = false;
	const seen: string[] = [];
	const names = await calls('controller', get(server.url), {
		onResponseStart: (controller: DispatchController) => {
			inside = true;
			controller.pause();
			controller.resume();
			inside = false;
		},
		onResponseData: () => seen.push(inside ? 'inside' : 'after'),
	});
	expect(names).toEqual(['onConnect', 'onHeaders', 'onData', 'onComplete']);
	expect(seen).toEqual(['after']);
});

it('a handler that pauses with the last piece is told of the end once it resumes', async () => {
	await using server = await startAtOnce();
	let resumed = false;
	let toldAfter: boolean | undefined;
	await calls('controller', get(server.url), {
		onResponseData: (controller: DispatchController) => {
			controller.pause();
			setImmediate(() => {
				resumed = true;
				controller.resume();
			});
		},
		onResponseEnd: () => {
			toldAfter = resumed;
		},
	});
	expect(toldAfter).toBe(true);
});

it("wrong arguments reach the handler with undici's code", async () => {
	const wrong: Partial<DispatchOptions>[] = [
		{ path: 'no-slash' },
		{ path: '//other.example/', origin: undefined },
		{ path: 'https://other.example/' },
		{ method: 5 as never },
		{ headersTimeout: -1 },
		{ headers: ['odd'] },
		{ headers: { 'content-length': 'x' } },
		{ body: 5 },
	];
	for (const change of wrong) {
		let error: unknown;
		await calls(
			'controller',
			{ ...get(site.at('/echo')), method: 'POST', ...change },
			{
				onResponseError: (_: unknown, given: unknown) => {
					error = given;
				},
			},
		);
		expect(error).toMatchObject({ code: 'UND_ERR_INVALID_ARG' });
	}
	expect(() => site.dispatcher.dispatch(get(site.at('/')), null as never)).toThrow(/handler/);
});

it('close waits for what runs and refuses more; destroy aborts; the session goes on', async () => {
	const closing = site.dispatcherWith({});
	const running = calls('controller', get(site.at('/echo')), {}, closing);
	const closed = closing.close();
	expect((await calls('controller', get(site.at('/echo')), {}, closing)).at(-1)).toBe('onError');
	expect((await running).at(-1)).toBe('onComplete');
	await closed;
	expect([closing.closed, closing.destroyed]).toEqual([true, false]);

	await using own = await startSite(() => noReply);
	const pending = calls('legacy', get(own.at('/')), {}, own.dispatcher);
	await own.mirror.waitForRequest();
	await own.dispatcher.destroy();
	expect((await pending).at(-1)).toBe('onError');
	expect((await site.session.fetch(site.at('/echo'))).status).toBe(200);
});

it('works over a bare transport, without cookies', async () => {
	await using own = await startSite(() => ({ headers: [['set-cookie', 'a=1']], body: 'ok' }));
	await using transport = createTransport({ ca: own.mirror.caPem });
	const dispatcher = wiretwinDispatcher(transport, { kind: 'navigate' });
	const response = await fetch(own.mirror.url, { dispatcher });
	expect(await response.text()).toBe('ok');
	expect(own.mirror.requests[0]?.headers.find(([name]) => name === 'sec-fetch-mode')?.[1]).toBe('navigate');
});

it('N03 loading the package leaves the built-in fetch and the global dispatcher alone (nodejs/undici#5858)', async () => {
	const program = `
		const { createServer } = await import('node:http');
		const { gzipSync } = await import('node:zlib');
		const globals = () => [1, 2].map((version) => globalThis[Symbol.for('undici.globalDispatcher.' + version)]);
		await fetch('data:,'); // Node sets its own dispatcher when its fetch is first used
		const before = globals();
		const { wiretwinDispatcher } = await import('@wiretwin/undici-dispatcher');
		const same = globals().every((each, index) => each === before[index]);
		const server = createServer((request, response) => {
			if (request.url === '/start') response.writeHead(302, { location: '/end' }).end();
			else response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('decoded ' + request.headers['user-agent']));
		}).listen(0, '127.0.0.1');
		await new Promise((resolve) => server.once('listening', resolve));
		const url = 'http://127.0.0.1:' + server.address().port + '/start';
		const plain = await (await fetch(url)).text();
		const results = [same, plain];
		if (process.argv[1] !== 'none') {
			const { createSession } = await import('wiretwin');
			const undici = await import(process.argv[1]);
			const session = createSession();
			undici.setGlobalDispatcher(wiretwinDispatcher(session));
			for (const each of [fetch, undici.fetch]) results.push((await (await each(url)).text()).replace(/Mozilla.*/, 'browser'));
			await session.close();
		}
		console.log(JSON.stringify(results));
		process.exit(0);
	`;
	for (const undici of ['none', 'undici6', 'undici7', 'undici']) {
		const args = [
			'--conditions=wiretwin-source',
			'--disable-warning=ExperimentalWarning',
			'--input-type=module',
			'-e',
			program,
			undici,
		];
		const { stdout } = await promisify(execFile)(process.execPath, args, {
			cwd: import.meta.dirname,
			env: { ...process.env, NODE_OPTIONS: '' },
		});
		const global = undici === 'none' ? [] : ['decoded browser', 'decoded browser'];
		expect(JSON.parse(stdout)).toEqual([true, 'decoded node', ...global]);
	}
});
