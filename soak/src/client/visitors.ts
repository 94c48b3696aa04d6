import { createSession, type RequestEvent, type Session, type SessionOptions } from 'wiretwin';
import { Impit } from 'wiretwin/impit';
import * as wreq from 'wiretwin/wreq-js';
import type { Peers } from '../plan.ts';
import type { Random } from '../random.ts';
import { type Sender, sendersOver, shown } from './senders.ts';

/** Connections that nobody uses go while others still run (faults have hundreds of servers), and a rest waits for it. */
const IDLE_MS = 2_000;
/** Far above what a busy machine needs; reaching it is a finding. */
const LIMIT_MS = 120_000;
/** Connections of those that need one for each answer they wait for. */
const MANY = 40;
/** Who visits: engines, protocols. */
const kinds: readonly SessionOptions[] = [
	{ browser: 'chrome' },
	{ browser: 'firefox' },
	{ browser: 'safari' },
	{ browser: 'okhttp' },
	{ browser: 'chrome', http1: true, maxConnectionsPerOrigin: MANY },
	{ browser: 'firefox', http1: true, maxConnectionsPerOrigin: MANY },
];

/** A session with all its adapters. */
export type Visitor = {
	session: Session;
	senders: Record<string, Sender>;
	/** It has been closed, so what it had under way may fail. */
	isGone(): boolean;
	/** Connections and exchanges, of Crawlee's client too. */
	stats(): { connections: number; exchanges: number };
	close(): Promise<void>;
};

/** Options with which a session knows the peers. */
export function trusting(peers: Peers): Pick<SessionOptions, 'ca' | 'idleTimeout' | 'timeout'> {
	return { ca: peers.ca, idleTimeout: IDLE_MS, timeout: LIMIT_MS };
}

/** The sessions that are kept. Now and then one is closed under its requests and another takes its place. */
export class Visitors {
	readonly #options: SessionOptions;
	readonly #present: Visitor[];
	/** Requests that have begun and not ended. */
	readonly #open = new Map<string, string>();
	/** Clients of the neighbours' APIs, which have sessions of their own. */
	readonly neighbours: Record<string, Sender>;

	constructor(peers: Peers) {
		this.#options = trusting(peers);
		this.#present = kinds.map((_, index) => this.#invite(index));
		const impit = new Impit({ browser: 'firefox', ignoreTlsErrors: true, timeout: LIMIT_MS });
		this.neighbours = {
			impit: async ({ url, body, signal }) =>
				shown(
					(await impit.fetch(url, {
						method: body === undefined ? 'GET' : 'POST',
						...(body === undefined ? {} : { body }),
						...(signal ? { signal } : {}),
					})) as unknown as Response,
				),
		};
	}

	/** Requests that have begun and not ended. */
	get open(): string[] {
		return [...this.#open.values()];
	}

	any(random: Random): Visitor {
		return random.of(this.#present);
	}

	/** Closes one and puts a new one in its place. */
	async replace(random: Random): Promise<void> {
		const index = random.below(this.#present.length);
		const gone = this.#present[index];
		this.#present[index] = this.#invite(index);
		await gone?.close();
	}

	stats(): { connections: number; exchanges: number } {
		const all = this.#present.map((visitor) => visitor.stats());
		const sum = (name: 'connections' | 'exchanges') => all.reduce((total, each) => total + each[name], 0);
		return { connections: sum('connections'), exchanges: sum('exchanges') };
	}

	async close(): Promise<void> {
		await Promise.all(this.#present.map((visitor) => visitor.close()));
	}

	#invite(index: number): Visitor {
		const open = this.#open;
		const onRequestEvent = ({ id, hop, type, request }: RequestEvent) => {
			const key = `${index} ${id} ${hop}`;
			if (type === 'start') open.set(key, `${request.method} ${request.url}`);
			else if (type === 'done' || type === 'error') open.delete(key);
		};
		const options = { ...this.#options, ...kinds[index], onRequestEvent };
		const session = createSession(options);
		const { senders, stats, close } = sendersOver(session, options);
		let gone = false;
		return {
			session,
			senders,
			isGone: () => gone,
			stats() {
				const [own, crawlee] = [session.transport.stats(), stats()];
				return {
					connections: own.connections + crawlee.connections,
					exchanges: own.exchanges + crawlee.exchanges,
				};
			},
			async close() {
				gone = true;
				await Promise.all([session.close(), close()]);
			},
		};
	}
}

/** A session of wreq-js for one request. */
export async function withWreq<T>(work: (sender: Sender) => Promise<T>): Promise<T> {
	const session = await wreq.createSession({ insecure: true, timeout: LIMIT_MS } as never);
	try {
		return await work(async ({ url }) => shown((await session.fetch(url)) as unknown as Response));
	} finally {
		await session.close();
	}
}
