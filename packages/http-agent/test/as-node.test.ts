// What Node's own agent does with the same server, and ours after it.
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { noReply } from '@wiretwin/mirror';
import { describe, expect, test } from 'vitest';
import type { Session } from 'wiretwin';
import { wiretwinAgent, wiretwinAgents, wiretwinRequest } from '../src/index.ts';
import { responseOf, startNodeServer, startStage, textOf } from './support.ts';

/** The order in which request, response and socket close. */
function closes(
	request: ClientRequest,
	onResponse: (response: IncomingMessage) => void = (response) => response.resume(),
): Promise<string[]> {
	const seen: string[] = [];
	const note = (name: string) => () => void seen.push(name);
	return new Promise((resolve) => {
		request.on('error', note('request error')).on('close', note('request close'));
		request.on('socket', (socket) =>
			socket.on('close', note('socket close')).on('close', () => setImmediate(() => resolve(seen))),
		);
		request.on('response', (response) => {
			response.on('end', note('end')).on('error', note('response error')).on('close', note('response close'));
			onResponse(response);
		});
		request.end();
	});
}

const exits: ReadonlyArray<
	readonly [
		name: string,
		path: string,
		options: http.RequestOptions,
		onResponse: ((response: IncomingMessage) => void) | undefined,
	]
> = [
	['an answer that closes', '/close', {}, undefined],
	['HEAD', '/close', { method: 'HEAD' }, undefined],
	['a response that its user destroys', '/long', {}, (response) => response.once('data', () => response.destroy())],
	[
		'a response that its user destroys with an error',
		'/long',
		{},
		(response) => response.once('data', () => response.destroy(new Error('mine'))),
	],
];

describe('order of close events', () => {
	test.each(exits)('%s', async (_, path, options, onResponse) => {
		await using server = await startNodeServer((request, response) => {
			if (request.url === '/long') response.write('first');
			else response.setHeader('connection', 'close').end('done');
		});
		await using stage = await startStage();
		const run = (agent: http.Agent) => closes(http.request(`${server.url}${path}`, { ...options, agent }), onResponse);
		const expected = await run(new http.Agent());
		expect(expected.at(-1)).toBe('socket close');
		expect(await run(stage.agent)).toEqual(expected);
	});
});

describe('a stream that the server resets is a lost connection to who asked for no HTTP/2', () => {
	test.each([
		['agent', https.request],
		['wiretwinRequest', wiretwinRequest],
	] as const)('%s', async (_, send) => {
		await using stage = await startStage(({ control, url }) => {
			control.resetStream(url.pathname === '/refused' ? 7 : 2);
			return noReply;
		});
		for (const path of ['/reset', '/refused']) {
			const request = (send as typeof https.request)(new URL(`${stage.mirror.url}${path}`), {
				agent: wiretwinAgent(stage.session),
			});
			const error = await new Promise<NodeJS.ErrnoException>((resolve) => request.on('error', resolve).end());
			expect([error.code, (error.cause as NodeJS.ErrnoException).code]).toEqual([
				'ECONNRESET',
				path === '/refused' ? 'ERR_H2_REFUSED_STREAM' : 'ERR_H2_STREAM_RESET',
			]);
		}
	});
});

describe('fields of an answer', () => {
	const heads: readonly string[] = [
		'X-A: 1\r\nContent-Length: 4\r\nX-B: 2\r\n\r\nbody',
		'Content-Length: 4\r\nX-A: 1\r\n\r\nbody',
		'X-A: 1\r\nTransfer-Encoding: chunked\r\nX-B: 2\r\n\r\n4\r\nbody\r\n0\r\n\r\n',
	];
	test.each(heads)('%j', async (head) => {
		const server = net.createServer((socket) => {
			socket.on('error', () => undefined).on('data', () => socket.write(`HTTP/1.1 200 OK\r\n${head}`));
		});
		server.listen(0, '127.0.0.1');
		await once(server, 'listening');
		await using stage = await startStage();
		const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
		const fields = async (send: unknown, agent: http.Agent) => {
			const response = await responseOf((send as typeof http.request)(url, { agent }));
			expect(await textOf(response)).toBe('body');
			return response.rawHeaders;
		};
		const node = new http.Agent();
		const expected = await fields(http.request, node);
		expect(await fields(http.request, stage.agent)).toEqual(expected);
		expect(await fields(wiretwinRequest, stage.agent)).toEqual(expected);
		node.destroy();
		server.close();
	});
});

test.each([
	['agent', http.request],
	['wiretwinRequest', wiretwinRequest],
] as const)("a caller's Connection: close ends the connection with its answer: %s", async (_, send) => {
	await using server = await startNodeServer((request, response) => response.end(String(request.socket.remotePort)));
	await using stage = await startStage();
	const ports = async (agent: http.Agent, request: typeof http.request) => {
		const seen: string[] = [];
		for (const connection of [undefined, 'close', 'Keep-Alive, Close', undefined]) {
			const headers = connection === undefined ? {} : { connection };
			seen.push(await textOf(await responseOf(request(new URL(server.url), { agent, headers }))));
		}
		return seen;
	};
	const [first, second, third] = await ports(stage.agent, send as typeof http.request);
	expect(new Set([first, second, third]).size).toBe(3);
});

describe('as http.globalAgent', () => {
	async function withGlobal<T>(session: Session, work: () => Promise<T>): Promise<T> {
		const before = [http.globalAgent, https.globalAgent] as const;
		const agents = wiretwinAgents(session);
		http.globalAgent = agents.http;
		https.globalAgent = agents.https as unknown as https.Agent;
		try {
			return await work();
		} finally {
			[http.globalAgent, https.globalAgent] = before;
		}
	}

	test('a socketPath is left to Node', async () => {
		const folder = await mkdtemp(join(tmpdir(), 'wiretwin-'));
		const path = join(folder, 'socket');
		const server = http.createServer((request, response) => response.end(request.headers['user-agent'] ?? 'none'));
		server.listen(path);
		await once(server, 'listening');
		await using stage = await startStage();
		const text = await withGlobal(stage.session, async () =>
			textOf(await responseOf(http.request({ socketPath: path, path: '/' }))),
		);
		expect(text).toBe('none');
		server.closeAllConnections();
		server.close();
		await rm(folder, { recursive: true });
	});

	test("agent: false is a connection of the request's own, still a browser's", async () => {
		await using stage = await startStage();
		const url = `${stage.mirror.url}/echo`;
		await withGlobal(stage.session, async () => {
			for (let count = 0; count < 2; count++) await textOf(await responseOf(https.request(url, { agent: false })));
			await textOf(await responseOf(https.request(url)));
		});
		expect(stage.mirror.requests.map(({ headers }) => headers.some(([name]) => name === 'sec-ch-ua'))).toEqual([
			true,
			true,
			true,
		]);
		expect(new Set(stage.mirror.requests.map(({ connectionId }) => connectionId)).size).toBe(3);
	});
});
