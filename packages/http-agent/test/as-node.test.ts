// What Node's own agent does with the same server, and ours after it.
import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { noReply } from '@wiretwin/mirror';
import { describe, expect, test } from 'vitest';
import { wiretwinAgent, wiretwinRequest } from '../src/index.ts';
import { startNodeServer, startStage } from './support.ts';

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
