import { getEventListeners } from 'node:events';
import { Worker } from 'node:worker_threads';
import { noReply, sharedAuthority, startFault, startMirror } from '@wiretwin/mirror';
import { describe, expect, test } from 'vitest';
import { createSession, fetch } from 'wiretwin';
import { browsers, eventually, underInvariants, used, useWorld } from './support/world.ts';

useWorld();

const ca = sharedAuthority().caPem;

describe.each(browsers)('C03 C05 %s', (browser) => {
	test('C03 10,000 requests share one signal: each rejects with the reason once, no listener is left', async () => {
		await using mirror = await startMirror({ handler: () => noReply });
		await underInvariants({ browser }, async ({ session }) => {
			const controller = new AbortController();
			const reason = new Error('enough');
			const counts = { rejected: 0, other: 0 };
			const requests = Array.from({ length: 10_000 }, () =>
				session.fetch(mirror.url, { signal: controller.signal }).then(
					() => counts.other++,
					(error) => (error === reason ? counts.rejected++ : counts.other++),
				),
			);
			await eventually(() => expect(mirror.requests.length).toBeGreaterThan(50)); // the server allows about 100 streams
			controller.abort(reason);
			await Promise.all(requests);
			expect(counts).toEqual({ rejected: 10_000, other: 0 });
			expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
		});
	});

	test('C03 an aborted request leaves its siblings on the connection alone', async () => {
		await using mirror = await startMirror({ handler: ({ url }) => (url.pathname === '/hang' ? noReply : undefined) });
		await underInvariants({ browser }, async ({ session }) => {
			const controller = new AbortController();
			const doomed = Array.from({ length: 20 }, () =>
				session.fetch(`${mirror.url}/hang`, { signal: controller.signal }).catch((error: Error) => error.name),
			);
			const siblings = Array.from({ length: 20 }, () => session.fetch(`${mirror.url}/slow/50`));
			await eventually(() => expect(mirror.requests).toHaveLength(40));
			controller.abort();
			expect(new Set(await Promise.all(doomed))).toEqual(new Set(['AbortError']));
			for (const sibling of await Promise.all(siblings)) expect((await sibling.bytes()).length).toBeGreaterThan(0);
			expect(used(mirror.connections)).toHaveLength(1);
		});
	});

	test('C03 before the start and after the end', async () => {
		await using mirror = await startMirror();
		await underInvariants({ browser }, async ({ session }) => {
			const reason = new Error('early');
			await expect(session.fetch(mirror.url, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
			expect(mirror.connections).toHaveLength(0);
			const controller = new AbortController();
			const response = await session.fetch(mirror.url, { signal: controller.signal });
			const body = await response.text();
			controller.abort();
			expect(body.length).toBeGreaterThan(0);
			expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
		});
	});

	test.each(['body', 'h2-body'])(
		'C05 %s: many reads fail in the same tick when the session closes',
		async (variant) => {
			await using fault = await startFault('C02', { variant });
			const session = createSession({ browser, ca });
			const responses = await Promise.all(
				[1, 2, 3].map((index) => session.fetch(`${fault.url}/${index}`, { newConnection: true })),
			);
			const reads = responses.map((response) =>
				response.text().then(
					() => 'ended',
					(error: { code: string }) => error.code,
				),
			);
			const clone = await session.fetch(`${fault.url}/4`, { newConnection: true });
			const halves = [clone.clone(), clone].map((half) =>
				half.text().then(
					() => 'ended',
					(error: { code: string }) => error.code,
				),
			);
			await eventually(() => expect(fault.log.connections).toHaveLength(4));
			await Promise.all([session.close(), session.close()]);
			expect(await Promise.all([...reads, ...halves])).toEqual(new Array(5).fill('ERR_SESSION_CLOSED'));
			expect(session.transport.stats()).toEqual({ connections: 0, exchanges: 0 });
			await expect(session.fetch(fault.url)).rejects.toMatchObject({ code: 'ERR_SESSION_CLOSED', phase: 'input' });
		},
	);

	test('C05 a one-shot fetch whose body is given up closes its connection', async () => {
		await using fault = await startFault('C02', { variant: 'h2-body' });
		const response = await fetch(fault.url, { browser, ca });
		await response.body?.cancel();
		await eventually(() => expect(fault.log.connections[0]?.closed).not.toBeNull());
	});
});

describe('C05 N02 threads that end with requests in flight', () => {
	test.each([
		['exit', 7],
		['throw', 1],
		['terminate', 1],
	])('C05 N02 %s', async (how, expected) => {
		await using fault = await startFault('C02', { variant: 'body' });
		const worker = new Worker(new URL('support/thread-program.ts', import.meta.url), {
			workerData: { ca, url: fault.url, how },
			execArgv: ['--conditions=wiretwin-source', '--disable-warning=ExperimentalWarning'],
		});
		const errors: Error[] = [];
		worker.on('error', (error: Error) => errors.push(error));
		const ended = new Promise((resolve) => worker.on('exit', resolve));
		const running = new Promise((resolve) => worker.once('message', resolve));
		expect(await Promise.race([running, ended])).toBe('running');
		if (how === 'terminate') void worker.terminate();
		expect(await ended).toBe(expected);
		expect(errors.map((error) => error.message)).toEqual(how === 'throw' ? ['on purpose'] : []);
		await eventually(() => expect(fault.log.connections.every((connection) => connection.closed !== null)).toBe(true));
	});
});
