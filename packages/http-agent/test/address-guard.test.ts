// Ways of Node's own past a session: closed when it denies private addresses.
import { once } from 'node:events';
import http from 'node:http';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { wiretwinRequest } from '../src/index.ts';
import { startNodeServer, startStage } from './support.ts';

const guarded = { session: { denyPrivateAddresses: { allow: ['127.0.0.1'] } } } as const;

test.each([
	['agent', http.request],
	['wiretwinRequest', wiretwinRequest as unknown as typeof http.request],
] as const)("%s refuses a socket of the caller's", async (_, send) => {
	let asked = 0;
	await using server = await startNodeServer((_request, response) => {
		asked++;
		response.end();
	});
	const { port } = new URL(server.url);
	await using stage = await startStage(undefined, guarded);
	const ways: http.RequestOptions[] = [
		{ socketPath: '/var/run/docker.sock' },
		{ createConnection: () => connect(Number(port), '127.0.0.1') },
	];
	for (const way of ways) {
		const request = send({ host: '127.0.0.1', port, agent: stage.agent, ...way });
		request.end();
		const [error] = await once(request, 'error');
		expect(error).toMatchObject({ code: 'ERR_ADDRESS_DENIED' });
	}
	expect(asked).toBe(0);
	await using free = await startStage();
	const request = send({ host: '127.0.0.1', port, agent: free.agent, ...ways[1] });
	request.end();
	await once(request, 'response');
	expect(asked).toBe(1);
});
