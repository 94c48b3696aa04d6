import { DelayedError, type Job, Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import type { SessionOptions } from 'wiretwin';
import { SessionBusyError, SessionStore } from './session-store.ts';

/** One page to fetch with one session. */
export type Visit = { session: string; url: string; form?: Record<string, string> };
/** What came of it, and who did it. */
export type Visited = { worker: string; status: number; body: string; resumed: boolean };
/** Where Redis listens. */
export type Connection = { host: string; port: number };

/** How long a visit waits for a session that another worker has, milliseconds. */
const busyDelayMs = 20;
const queueName = 'visits';

/** The queue of visits; BullMQ retries what fails. */
export function visitQueue(connection: Connection): Queue<Visit, Visited> {
	return new Queue(queueName, { connection, defaultJobOptions: { attempts: 3, removeOnComplete: 1000 } });
}

/** A worker: any number of them, on any number of machines. */
export function startWorker(name: string, connection: Connection, options: SessionOptions): Worker<Visit, Visited> {
	const redis = new Redis({ ...connection, maxRetriesPerRequest: null });
	const store = new SessionStore(redis);
	const worker = new Worker<Visit, Visited>(
		queueName,
		async (job, token) => {
			try {
				return await visit(job.data, name, store, options);
			} catch (error) {
				if (error instanceof SessionBusyError) await delay(job, token);
				throw error;
			}
		},
		{ connection, concurrency: 4 },
	);
	worker.on('closed', () => void redis.quit());
	return worker;
}

async function visit(
	{ session: id, url, form }: Visit,
	worker: string,
	store: SessionStore,
	options: SessionOptions,
): Promise<Visited> {
	return store.use(
		id,
		async (session, signal) => {
			const body = form && new URLSearchParams(form);
			const response = await session.fetch(url, { signal, ...(body ? { method: 'POST', body } : {}) });
			const resumed = response.connection.tls?.resumed ?? false;
			return { worker, status: response.status, body: await response.text(), resumed };
		},
		options,
	);
}

/** Puts the job back without using one of its attempts up. */
async function delay(job: Job, token: string | undefined): Promise<never> {
	await job.moveToDelayed(Date.now() + busyDelayMs, token);
	throw new DelayedError();
}
