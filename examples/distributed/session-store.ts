import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { createSession, type Session, type SessionOptions } from 'wiretwin';

/** Another worker has the session; try again later. */
export class SessionBusyError extends Error {
	override readonly name = 'SessionBusyError';
}

/** The lease ran out while the session was in use: what was done with it since is not stored. */
export class SessionLostError extends Error {
	override readonly name = 'SessionLostError';
}

export type SessionStoreOptions = {
	/** In front of every key. @default 'wiretwin' */
	prefix?: string;
	/** A worker that dies holds its session this long, milliseconds. @default 10_000 */
	leaseMs?: number;
	/** A session that nobody uses is forgotten after this long, milliseconds. @default 24 hours */
	expireMs?: number;
};

/** Only the holder may prolong the lease. */
const renewScript = `
if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('pexpire', KEYS[1], ARGV[2]) end
return 0`;

/** State and lease change together, and only for the holder: a worker that was too slow cannot undo its successor's work. */
const returnScript = `
if redis.call('get', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[2] ~= '' then redis.call('set', KEYS[2], ARGV[2], 'px', ARGV[3]) end
return redis.call('del', KEYS[1])`;

/**
 * Sessions in Redis or Valkey, each in use by one worker at a time. What is stored holds cookies: it is as secret as a
 * password, so protect the database and its connection accordingly. TLS tickets go along sealed if `options` have a
 * `stateKey`: who can write to the database can then not make a worker believe in a server.
 */
export class SessionStore {
	readonly #redis: Redis;
	readonly #prefix: string;
	readonly #leaseMs: number;
	readonly #expireMs: number;

	constructor(
		redis: Redis,
		{ prefix = 'wiretwin', leaseMs = 10_000, expireMs = 86_400_000 }: SessionStoreOptions = {},
	) {
		this.#redis = redis;
		this.#prefix = prefix;
		this.#leaseMs = leaseMs;
		this.#expireMs = expireMs;
	}

	/**
	 * Runs `work` with the session called `id`, made with `options` when there is none yet, and stores how it left it,
	 * also when `work` throws: cookies that a server has set are set. Throws `SessionBusyError` when it is in use.
	 * @param work Gets a signal that aborts when the lease is lost.
	 */
	async use<T>(
		id: string,
		work: (session: Session, signal: AbortSignal) => T | Promise<T>,
		options: SessionOptions = {},
	): Promise<T> {
		const lease = `${this.#prefix}:lease:${id}`;
		const key = `${this.#prefix}:state:${id}`;
		const holder = randomUUID();
		if ((await this.#redis.set(lease, holder, 'PX', this.#leaseMs, 'NX')) !== 'OK') {
			throw new SessionBusyError(`session "${id}" is in use`);
		}
		const lost = new AbortController();
		const renewal = setInterval(() => void this.#renew(lease, holder, lost), this.#leaseMs / 3);
		let state = '';
		try {
			const stored = await this.#redis.get(key);
			const session = createSession(stored === null ? options : { ...options, state: stored });
			try {
				return await work(session, lost.signal);
			} finally {
				try {
					state = JSON.stringify(await session.export());
				} finally {
					await session.close();
				}
			}
		} finally {
			clearInterval(renewal);
			const returned = await this.#redis.eval(returnScript, 2, lease, key, holder, state, this.#expireMs);
			if (returned !== 1) lost.abort(new SessionLostError(`the lease of session "${id}" ran out`));
			lost.signal.throwIfAborted();
		}
	}

	async #renew(lease: string, holder: string, lost: AbortController): Promise<void> {
		try {
			if ((await this.#redis.eval(renewScript, 1, lease, holder, this.#leaseMs)) === 1) return;
			lost.abort(new SessionLostError('the lease of the session ran out'));
		} catch {
			// Redis cannot be reached at the moment. The next renewal may; else the lease runs out, which the return notices.
		}
	}
}
