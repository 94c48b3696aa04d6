import { type Mirror, sharedAuthority, startMirror } from '@wiretwin/mirror';
import { afterAll, beforeAll, expect } from 'vitest';
import { createSession, type RequestEvent, type Session, type SessionOptions } from 'wiretwin';
import { eventually, standstill } from '../../../packages/mirror/test/support/eventually.ts';
import { secretsShownBy } from './canaries.ts';

export { eventually, standstill };

/** Profiles of two engines: their windows, SETTINGS and header blocks differ. */
export const browsers = ['chrome_156', 'firefox_153'] as const;
export type Browser = (typeof browsers)[number];

/** Where the healthy server is reached, past any proxy of the session. */
const HEALTHY_HOST = 'localhost';
/** Longest wait for an answer; far above what a busy machine needs. */
const LIMIT_MS = 20_000;

let healthy: Mirror | undefined;
const stray: unknown[] = [];
const note = (error: unknown) => {
	stray.push(error);
};

/** Starts what every test of a file needs: a server that behaves, and ears for rejections that nobody handles. */
export function useWorld(): void {
	beforeAll(async () => {
		healthy = await startMirror();
		process.on('unhandledRejection', note).on('uncaughtException', note);
	});
	afterAll(async () => {
		process.off('unhandledRejection', note).off('uncaughtException', note);
		await healthy?.close();
	});
}

/** A session whose peers are watched. */
export type Watched = {
	session: Session;
	/** Events of all its requests. */
	events: RequestEvent[];
	/** Errors that the test has seen; they are searched for secrets. */
	errors: unknown[];
};

/** Makes a session that trusts the mirror, runs `work`, and then checks what holds after every fault. */
export async function underInvariants(
	options: SessionOptions,
	work: (watched: Watched) => Promise<void>,
): Promise<void> {
	const events: RequestEvent[] = [];
	const session = createSession({
		ca: sharedAuthority().caPem,
		timeout: LIMIT_MS,
		resolve: { [HEALTHY_HOST]: '127.0.0.1' },
		...options,
		onRequestEvent: (event) => events.push(event),
	});
	const watched = { session, events, errors: [] };
	try {
		await work(watched);
		await eventually(() => expect(session.transport.stats().exchanges).toBe(0));
		const next = await session.fetch(`https://${HEALTHY_HOST}:${healthy?.port}/echo`);
		expect((await next.json()) as unknown).toMatchObject({ method: 'GET' });
		// The engine counts an exchange as over before its last event has crossed into JavaScript.
		await eventually(() => expectSettledOnce(events));
		const failures = events.filter((event) => event.type === 'error').map((event) => event.error);
		expect([...watched.errors, ...failures].flatMap(secretsShownBy)).toEqual([]);
	} finally {
		await session.close();
	}
	expect(session.transport.stats()).toEqual({ connections: 0, exchanges: 0 });
	await new Promise((resolve) => setImmediate(resolve)); // rejections are reported when the microtasks are done
	expect(stray.splice(0)).toEqual([]);
}

/** Every request that started has ended once, and nothing was reported after its end. */
export function expectSettledOnce(events: readonly RequestEvent[]): void {
	const ends = Map.groupBy(events, (event) => `${event.id}.${event.hop}`);
	for (const [id, steps] of ends) {
		const isEnd = (event: RequestEvent) => event.type === 'done' || event.type === 'error';
		expect(steps.filter(isEnd), `ends of request ${id}`).toHaveLength(1);
	}
}

/** Port of the server that behaves. */
export function healthyPort(): number {
	return healthy?.port ?? 0;
}

/** Connections that carried a request: to a server it does not know a browser begins more than HTTP/2 needs. */
export function used<Connection extends { requests: readonly unknown[] }>(all: readonly Connection[]): Connection[] {
	return all.filter(({ requests }) => requests.length > 0);
}
