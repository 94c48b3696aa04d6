// Node connects when it is asked for a request, not when it is told the first byte of it.
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import { closedPort } from '@wiretwin/adapter-conformance';
import { describe, expect, test } from 'vitest';
import { wiretwinRequest } from '../src/index.ts';
import { type Stage, startStage, textOf } from './support.ts';

const ways = [
	['agent', (url: URL) => (url.protocol === 'https:' ? https.request : http.request)],
	['wiretwinRequest', () => wiretwinRequest as unknown as typeof https.request],
] as const;
const mirrors = [
	['h2', {}],
	['http/1.1', { protocols: ['http/1.1'] }],
	['plain http', { tls: false }],
] as const;

describe.each(ways)('%s', (_, way) => {
	const post = (stage: Stage, options: https.RequestOptions = {}) => {
		const url = new URL(`${stage.mirror.url}/echo`);
		return way(url)(url, { agent: stage.agent, method: 'POST', ...options });
	};

	test.each(mirrors)('the socket of a request connects before there is a body, over %s', async (_name, mirror) => {
		await using stage = await startStage(undefined, { mirror: mirror as never });
		for (const isReused of [false, true]) {
			const request = post(stage);
			const [socket] = await once(request, 'socket');
			const events: string[] = [];
			for (const name of ['connect', 'ready', 'secureConnect']) socket.on(name, () => events.push(name));
			await once(socket, 'ready');
			expect(socket.connecting).toBe(false);
			expect([socket.remotePort, request.reusedSocket]).toEqual([Number(new URL(stage.mirror.url).port), isReused]);
			if (stage.mirror.url.startsWith('https:') && !events.includes('secureConnect'))
				await once(socket, 'secureConnect');
			expect(stage.mirror.requests).toHaveLength(isReused ? 1 : 0);
			const answered = once(request, 'response');
			request.write('first ');
			request.end('second');
			const [response] = await answered;
			expect(JSON.parse(await textOf(response)).body).toBe('first second');
		}
		expect(stage.mirror.connections).toHaveLength(1);
	});

	test('a dead port is told at once', async () => {
		await using stage = await startStage();
		const url = new URL(`https://127.0.0.1:${await closedPort()}/`);
		const request = way(url)(url, { agent: stage.agent, method: 'POST' });
		const [error] = await once(request, 'error');
		expect(error).toMatchObject({ code: 'ECONNREFUSED', syscall: 'connect' });
	});

	test('silence on the socket is told before the first byte', async () => {
		await using stage = await startStage();
		const request = post(stage, { timeout: 50 });
		await once(request, 'timeout');
		request.on('error', () => undefined).destroy();
		expect(stage.mirror.requests).toHaveLength(0);
	});

	test('a request given up while it connects leaves nothing', async () => {
		await using stage = await startStage();
		const request = post(stage).on('error', () => undefined);
		await once(request, 'socket');
		await new Promise((resolve) => setImmediate(resolve));
		const closed = new Promise((resolve) => request.on('close', resolve));
		request.destroy();
		await closed;
		for (let round = 0; stage.session.transport.stats().exchanges > 0; round++) {
			expect(round).toBeLessThan(200);
			await (await stage.session.fetch(`${stage.mirror.url}/bytes/1`)).text();
		}
	});

	test('connections that wait for nobody starve nobody', async () => {
		await using stage = await startStage(undefined, { mirror: { protocols: ['http/1.1'] } });
		const idle = Array.from({ length: 12 }, () => post(stage).on('error', () => undefined));
		await Promise.all(idle.map(async (request) => once((await once(request, 'socket'))[0], 'secureConnect')));
		expect((await stage.session.fetch(`${stage.mirror.url}/bytes/1`)).status).toBe(200);
		for (const request of idle) request.destroy();
	});

	test('a certificate that the client looks at himself is not secure before', async () => {
		await using stage = await startStage();
		let asked = 0;
		const request = post(stage, {
			checkServerIdentity: () => {
				asked++;
				return undefined;
			},
		});
		const [socket] = await once(request, 'socket');
		await once(socket, 'connect');
		expect([socket.secureConnecting, asked]).toEqual([true, 0]);
		const answered = once(request, 'response');
		request.end('body');
		await textOf((await answered)[0]);
		expect([socket.secureConnecting, asked]).toEqual([false, 1]);
	});

	test('requests whose head comes within the turn open nothing beside', async () => {
		await using stage = await startStage(undefined, { mirror: { protocols: ['http/1.1'] } });
		for (let count = 0; count < 5; count++) {
			const request = post(stage);
			const answered = once(request, 'response');
			request.end('body');
			await textOf((await answered)[0]);
		}
		expect(stage.mirror.connections).toHaveLength(1);
	});
});
