// Options and hooks that are got's own work: they must not notice what is underneath.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { startSite } from '@wiretwin/adapter-conformance';
import type { Got } from 'got';
import { describe, expect, test } from 'vitest';
import { createGot, wiretwinAgent } from '../src/index.ts';
import { gotDriver, versions } from './got-driver.ts';

/** A port whose queue of connections is full: a stopped process listens there, so that connecting takes for ever. */
async function startFullPort(): Promise<AsyncDisposable & { port: number }> {
	const program = `const server = require('net').createServer();
		server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(server.address().port));`;
	const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
	const port = Number(String((await once(child.stdout, 'data'))[0]));
	child.kill('SIGSTOP');
	const open: Socket[] = [];
	// Linux queues one connection more than the backlog.
	for (let count = 0; count < 2; count++) {
		const socket = connect(port, '127.0.0.1').on('error', () => undefined);
		open.push(socket);
		await once(socket, 'connect');
	}
	return {
		port,
		async [Symbol.asyncDispose]() {
			for (const socket of open) socket.destroy();
			const gone = once(child, 'exit');
			child.kill('SIGKILL');
			await gone;
		},
	};
}

describe.each(versions)('%s over the adapter', (name, version) => {
	const start = (options?: Parameters<typeof startSite>[1]) => startSite(gotDriver(name, version), options);

	test('hooks around failures: init, beforeRetry, beforeError', async () => {
		await using site = await start();
		const seen: string[] = [];
		const client = createGot(site.session, version).extend({
			retry: { limit: 1, calculateDelay: ({ attemptCount }) => (attemptCount < 2 ? 1 : 0) },
			hooks: {
				init: [() => void seen.push('init')],
				beforeRetry: [(_error, count) => void seen.push(`retry ${count}`)],
				beforeError: [
					(error) => {
						seen.push(`error ${error.response?.statusCode}`);
						return error;
					},
				],
			},
		} as Parameters<Got['extend']>[0]);
		await expect(client(site.at('/status/503'))).rejects.toMatchObject({ code: 'ERR_NON_2XX_3XX_RESPONSE' });
		expect(seen).toEqual(['init', 'retry 1', 'error 503']);
		expect(site.mirror.requests.length).toBe(2);
	});

	test('responseType gives JSON and bytes', async () => {
		await using site = await start();
		const client = createGot(site.session, version);
		const json = await client<{ method: string }>(site.at('/echo'), { responseType: 'json' });
		const bytes = await client(site.at('/bytes/5'), { responseType: 'buffer' });
		expect([json.body.method, bytes.body.length]).toEqual(['GET', 5]);
	});

	test('a cache answers in place of the network', async () => {
		let calls = 0;
		await using site = await start({
			handler: () => ({ headers: [['cache-control', 'max-age=100']], body: `answer ${++calls}` }),
		});
		const cache = new Map() as never;
		const client = createGot(site.session, version);
		const first = await client(site.at('/'), { cache });
		const second = await client(site.at('/'), { cache });
		expect([first.body, second.body, second.isFromCache]).toEqual(['answer 1', 'answer 1', true]);
	});

	test("the session's own tough-cookie jar serves as got's", async () => {
		await using site = await start();
		const client = version.extend({
			agent: wiretwinAgent(site.session) as never,
			cookieJar: site.session.cookieJar as never,
		});
		await client(site.at('/cookies/set?a=1', 'www.mirror.test'));
		const seen = await client(site.at('/cookies', 'www.mirror.test')).json<{ cookies: object }>();
		expect(seen.cookies).toEqual({ a: '1' });
		expect(await site.session.getCookies(site.at('/', 'www.mirror.test'))).toEqual({ a: '1' });
	});

	test.skipIf(name !== 'got 14')('cancel() stops the request', async () => {
		await using site = await start();
		const request = createGot(site.session, version)(site.at('/hang'));
		const outcome = expect(request).rejects.toMatchObject({ code: 'ERR_CANCELED' });
		await site.mirror.waitForRequest();
		(request as unknown as { cancel(): void }).cancel();
		await outcome;
	});

	test('timeout.send fires while the server does not read', async () => {
		let release = () => {};
		const released = new Promise<void>((resolve) => {
			release = resolve;
		});
		await using site = await start({ handler: () => released.then(() => ({ body: 'late' })) });
		const options = { body: Buffer.alloc(64 * 1024 * 1024), timeout: { send: 100 }, retry: { limit: 0 } };
		const outcome = createGot(site.session, version).post(site.at('/'), options);
		await expect(outcome).rejects.toMatchObject({ code: 'ETIMEDOUT', event: 'send' });
		release();
	});

	test.skipIf(process.platform !== 'linux')('timeout.connect fires while a port takes no connection', async () => {
		await using site = await start();
		await using full = await startFullPort();
		const outcome = createGot(site.session, version)(`http://127.0.0.1:${full.port}/`, {
			timeout: { connect: 60 },
			retry: { limit: 0 },
		});
		await expect(outcome).rejects.toMatchObject({ code: 'ETIMEDOUT', event: 'connect' });
	});
});
