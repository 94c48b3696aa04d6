import dns from 'node:dns';
import { once } from 'node:events';
import http from 'node:http';
import { describe, expect, test, vi } from 'vitest';
import { wiretwinRequest } from '../src/index.ts';
import { responseOf, startNodeServer, startStage, textOf } from './support.ts';

type Lookup = NonNullable<http.RequestOptions['lookup']>;

describe.each([
	['http.request', http.request],
	['wiretwinRequest', wiretwinRequest as unknown as typeof http.request],
] as const)('the options lookup and family of %s', (_, send) => {
	const begin = async () => ({
		stage: await startStage(),
		server: await startNodeServer((request, response) => response.end(request.headers.host)),
	});

	test('decide where the request goes, asked as by a socket of Node', async () => {
		const { stage, server } = await begin();
		await using _stage = stage;
		await using _server = server;
		const { port } = new URL(server.url);
		const url = new URL(`http://elsewhere.test:${port}/`);
		const lookups: Lookup[] = [
			vi.fn<Lookup>((_host, _options, answer) => answer(null, [{ address: '127.0.0.1', family: 4 }])),
			vi.fn<Lookup>((_host, _options, answer) => answer(null, '127.0.0.1', 4)),
		];
		for (const lookup of lookups) {
			const response = await responseOf(send(url, { agent: stage.agent, lookup, family: 4 }));
			expect(await textOf(response)).toBe(`elsewhere.test:${port}`);
			expect(vi.mocked(lookup).mock.calls.map((call) => call.slice(0, 2))).toEqual([
				['elsewhere.test', { all: true, family: 4, hints: 0 }],
			]);
		}
	});

	test('fail the request with the very error of the lookup', async () => {
		const { stage, server } = await begin();
		await using _stage = stage;
		await using _server = server;
		const reason = Object.assign(new Error('this address is none of your business'), { code: 'EBLOCKED' });
		const lookup: Lookup = (_host, _options, answer) => answer(reason, []);
		const request = send(new URL('http://elsewhere.test/'), { agent: stage.agent, lookup });
		request.end();
		expect(await once(request, 'error')).toEqual([reason]);
		const wrong = send(new URL('http://elsewhere.test/'), { agent: stage.agent, family: 6, lookup: dns.lookup });
		wrong.end();
		expect(await once(wrong, 'error')).toEqual([
			expect.objectContaining({
				code: expect.stringMatching(/^E/),
				syscall: 'getaddrinfo',
				hostname: 'elsewhere.test',
			}),
		]);
	});

	test('are refused where they cannot be called', async () => {
		await using stage = await startStage();
		const call = () => send(new URL('http://elsewhere.test/'), { agent: stage.agent, lookup: 'dns' as never });
		expect(call).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' }));
	});
});
