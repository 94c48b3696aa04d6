import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { mirrorHosts, startMirror } from '@wiretwin/mirror';
import { QueueEvents } from 'bullmq';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SessionBusyError, SessionLostError, SessionStore } from './session-store.ts';
import { type Connection, type Visited, visitQueue } from './visits.ts';

const stateKey = randomBytes(32).toString('base64');
let connection: Connection;
let server: ChildProcess;
let redis: Redis;

beforeAll(async () => {
	const probe = createServer().listen(0, '127.0.0.1');
	await once(probe, 'listening');
	connection = { host: '127.0.0.1', port: (probe.address() as AddressInfo).port };
	await new Promise((resolve) => probe.close(resolve));
	const settings = ['--port', String(connection.port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
	server = spawn('redis-server', settings, { stdio: ['ignore', 'pipe', 'inherit'] });
	let log = '';
	for await (const text of server.stdout ?? []) {
		log += String(text);
		if (log.includes('Ready to accept connections')) break;
	}
	redis = new Redis({ ...connection, maxRetriesPerRequest: null });
	expect(await redis.ping()).toBe('PONG');
});

afterAll(async () => {
	await redis?.quit();
	server?.kill();
});

/** The mirror, and how many requests with the same `sid` it ever saw at once. */
async function startSite() {
	const running = new Map<string, number>();
	let most = 0;
	const mirror = await startMirror({
		handler: async ({ url, record }) => {
			const user = url.searchParams.get('user');
			if (url.pathname === '/login') return { headers: [['set-cookie', `sid=of-${user}; Secure; HttpOnly`]] };
			if (url.pathname !== '/page') return undefined;
			// HTTP/2 has one field for each cookie.
			const cookies = record.headers.filter(([name]) => name === 'cookie').map(([, value]) => value);
			const cookie = cookies.join('; ');
			const sid = /sid=([^;]+)/.exec(cookie)?.[1] ?? 'none';
			running.set(sid, (running.get(sid) ?? 0) + 1);
			most = Math.max(most, running.get(sid) ?? 0);
			await new Promise((resolve) => setTimeout(resolve, 5));
			running.set(sid, (running.get(sid) ?? 1) - 1);
			const visits = Number(/visits=(\d+)/.exec(cookie)?.[1] ?? 0) + 1;
			return { headers: [['set-cookie', `visits=${visits}`]], body: cookie };
		},
	});
	return { mirror, most: () => most };
}

async function startWorkers(count: number, options: object): Promise<AsyncDisposable> {
	const programs = Array.from({ length: count }, (_, index) =>
		spawn(
			process.execPath,
			['--conditions=wiretwin-source', fileURLToPath(new URL('worker.ts', import.meta.url)), `worker-${index}`],
			{
				env: {
					...process.env,
					REDIS_PORT: String(connection.port),
					STATE_KEY: stateKey,
					SESSION_OPTIONS: JSON.stringify(options),
				},
				stdio: ['ignore', 'pipe', 'inherit'],
			},
		),
	);
	await Promise.all(programs.map((program) => once(program.stdout, 'data')));
	return {
		async [Symbol.asyncDispose]() {
			const exits = programs.map((program) => once(program, 'exit'));
			for (const program of programs) program.kill('SIGTERM');
			expect(await Promise.all(exits)).toEqual(programs.map(() => [0, null]));
		},
	};
}

describe('sessions that go from worker to worker', () => {
	it('each job goes on where the last one of its session ended, in whatever process, one at a time', async () => {
		const { mirror, most } = await startSite();
		const resolve = Object.fromEntries(mirrorHosts.map((host) => [host, ['127.0.0.1']]));
		const queue = visitQueue(connection);
		queue.setMaxListeners(100); // one for each job that is waited for
		const events = new QueueEvents(queue.name, { connection });
		await events.waitUntilReady();
		{
			await using _workers = await startWorkers(3, { browser: 'firefox', ca: mirror.caPem, resolve });
			const at = (path: string) => `${mirror.urlFor('www.mirror.test')}${path}`;
			const sessions = ['ada', 'grace'];
			const logins = sessions.map((session) =>
				queue.add('login', { session, url: at(`/login?user=${session}`), form: { password: 'x' } }),
			);
			for (const job of await Promise.all(logins)) await job.waitUntilFinished(events);
			const jobs = await queue.addBulk(
				Array.from({ length: 40 }, (_, index) => ({
					name: 'page',
					data: { session: sessions[index % 2] as string, url: at('/page') },
				})),
			);
			const visited: Visited[] = await Promise.all(jobs.map((job) => job.waitUntilFinished(events)));
			visited.forEach(({ status, body }, index) => {
				expect({ status, body }).toMatchObject({
					status: 200,
					body: expect.stringContaining(`sid=of-${sessions[index % 2]}`),
				});
			});
			expect(new Set(visited.map(({ worker }) => worker)).size).toBeGreaterThan(1);
			// The mirror's OpenSSL gives two tickets with a full handshake and none with a resumed one: two of three resume.
			expect(visited.filter(({ resumed }) => resumed).length).toBeGreaterThan(20);
			for (const odd of [0, 1]) {
				const counts = visited
					.filter((_, index) => index % 2 === odd)
					.map(({ body }) => Number(/visits=(\d+)/.exec(body)?.[1] ?? 0))
					.sort((a, b) => a - b);
				expect(counts, 'no visit was lost').toEqual(Array.from({ length: 20 }, (_, index) => index));
			}
			expect(most(), 'requests of one session at once').toBe(1);
		}
		await events.close();
		await queue.close();
		await mirror.close();
	});
});

describe('the store', () => {
	it('refuses a session that is in use, and gives it free again', async () => {
		const store = new SessionStore(redis, { prefix: 'one' });
		await store.use('s', async () => {
			await expect(store.use('s', async () => 0)).rejects.toBeInstanceOf(SessionBusyError);
		});
		expect(await store.use('s', async () => 'free')).toBe('free');
	});
	it('keeps what servers have set when the work fails', async () => {
		const store = new SessionStore(redis, { prefix: 'two' });
		const failing = store.use('s', async (session) => {
			session.setCookie('a', '1', 'https://shop.example/');
			throw new Error('later');
		});
		await expect(failing).rejects.toThrow('later');
		expect(await store.use('s', (session) => session.getCookies('https://shop.example/'))).toEqual({ a: '1' });
	});
	it('a worker that lost its lease is told, and cannot overwrite what its successor did', async () => {
		const store = new SessionStore(redis, { prefix: 'three', leaseMs: 60_000 });
		const slow = store.use('s', async (session) => {
			session.setCookie('by', 'slow', 'https://shop.example/');
			await redis.del('three:lease:s'); // what happens when the lease runs out
			await store.use('s', (next) => next.setCookie('by', 'next', 'https://shop.example/'));
		});
		await expect(slow).rejects.toBeInstanceOf(SessionLostError);
		expect(await store.use('s', (session) => session.getCookies('https://shop.example/'))).toEqual({ by: 'next' });
	});
	it('renews the lease while the work goes on, and aborts it when the lease is gone', async () => {
		const store = new SessionStore(redis, { prefix: 'four', leaseMs: 150 });
		const outcome = store.use('s', async (_session, signal) => {
			const before = await redis.get('four:lease:s');
			await expect.poll(() => redis.pttl('four:lease:s'), { interval: 5 }).toBeLessThan(110);
			await expect.poll(() => redis.pttl('four:lease:s'), { interval: 5 }).toBeGreaterThan(110);
			expect(await redis.get('four:lease:s')).toBe(before);
			await redis.del('four:lease:s');
			await once(signal, 'abort');
			signal.throwIfAborted();
		});
		await expect(outcome).rejects.toBeInstanceOf(SessionLostError);
	});
});
