import { createSession, type Session, type SessionOptions, StateError } from 'wiretwin';

/** What decides which connections a request may use. */
export type VisitorKey = {
	/** The Crawlee session: one visitor. Visitors share no connection and no TLS ticket. */
	visitor: object | undefined;
	proxyUrl: string | undefined;
	insecure: boolean;
};

type Entry = { session: Session; running: number };

/**
 * A session of ours by visitor and proxy, for its connections and its memory of client hints; cookies are Crawlee's. The
 * longest unused ones are closed beyond a limit; none while it carries a request.
 */
export class Visitors {
	readonly #options: SessionOptions;
	readonly #max: number;
	readonly #entries = new Map<string, Entry>();
	readonly #visitors = new WeakMap<object, number>();
	#lastVisitor = 0;
	#closed = false;

	constructor(options: SessionOptions, max: number) {
		this.#options = options;
		this.#max = max;
	}

	/** Gives a session and counts its use; `release` must be called once the request is over. Throws after `close`. */
	acquire(key: VisitorKey): { session: Session; release: () => void } {
		if (this.#closed) {
			throw new StateError('The client is closed (ERR_SESSION_CLOSED).', {
				code: 'ERR_SESSION_CLOSED',
				phase: 'input',
				request: undefined,
			});
		}
		const name = JSON.stringify([this.#visitorNumber(key.visitor), key.proxyUrl ?? '', key.insecure]);
		const entry = this.#entries.get(name) ?? { session: this.#create(key), running: 0 };
		// Put at the end: a Map keeps the order of insertion, so its first entry is the longest unused.
		this.#entries.delete(name);
		this.#entries.set(name, entry);
		entry.running++;
		let released = false;
		return {
			session: entry.session,
			release: () => {
				if (released) return;
				released = true;
				entry.running--;
				this.#trim();
			},
		};
	}

	/** What is open and what runs. */
	stats(): { transports: number; connections: number; exchanges: number } {
		const total = { transports: this.#entries.size, connections: 0, exchanges: 0 };
		for (const { session } of this.#entries.values()) {
			const { connections, exchanges } = session.transport.stats();
			total.connections += connections;
			total.exchanges += exchanges;
		}
		return total;
	}

	/** Aborts what runs, closes everything and refuses from now on. */
	async close(): Promise<void> {
		this.#closed = true;
		const entries = [...this.#entries.values()];
		this.#entries.clear();
		await Promise.all(entries.map(({ session }) => session.close()));
	}

	#create({ proxyUrl, insecure }: VisitorKey): Session {
		return createSession({
			...this.#options,
			...(proxyUrl === undefined ? {} : { proxy: proxyUrl }),
			...(insecure ? { insecure: true } : {}),
		});
	}

	#visitorNumber(visitor: object | undefined): number {
		if (visitor === undefined) return 0;
		const known = this.#visitors.get(visitor);
		if (known !== undefined) return known;
		this.#visitors.set(visitor, ++this.#lastVisitor);
		return this.#lastVisitor;
	}

	#trim(): void {
		for (const [name, entry] of this.#entries) {
			if (this.#entries.size <= this.#max) return;
			if (entry.running > 0) continue;
			this.#entries.delete(name);
			void entry.session.close();
		}
	}
}
