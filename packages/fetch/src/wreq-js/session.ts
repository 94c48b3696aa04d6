/** Sessions of wreq-js. */
import { randomUUID } from 'node:crypto';
import { createSession as createOwn, type Session as OwnSession } from '../session.ts';
import type { CookieInput } from '../types/cookies.ts';
import {
	type ConnectionInit,
	connectionKeys,
	defaultFields,
	refuseUnknownPromise,
	transportOptions,
} from './connection-options.ts';
import { fetch, readTimeout } from './fetch.ts';
import { Headers } from './headers.ts';
import { RequestError, translated } from './request-error.ts';
import type { Response } from './response.ts';
import type {
	CreateSessionOptions,
	RequestInit,
	SessionCookie,
	SessionHandle,
	SessionWebSocketOptions,
} from './types.ts';
import { openSocket, type WebSocket } from './web-socket.ts';

/** What a session of this module is made of. */
export type SessionParts = {
	readonly own: OwnSession;
	readonly timeout: number | undefined;
	readonly captureDiagnostics: boolean;
	/** What it was made with; a request may repeat it, not change it. */
	readonly connection: ConnectionInit;
};

const sessionKeys = ['sessionId', 'defaultHeaders', 'timeout', 'captureDiagnostics'] satisfies ReadonlyArray<
	keyof CreateSessionOptions
>;
const parts = new WeakMap<Session, SessionParts>();
/** Those that are open, for calls that name one by its id. */
const open = new Map<string, Session>();

/** Cookies, defaults and connections that belong together. Made by `createSession`. */
export class Session implements SessionHandle {
	readonly id: string;

	/** @internal Use `createSession`. */
	constructor(id: string, given: SessionParts) {
		this.id = id;
		parts.set(this, given);
		open.set(id, this);
		this.fetch = this.fetch.bind(this);
	}

	get closed(): boolean {
		return sessionParts(this).own.closed;
	}

	fetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
		return fetch(input, { ...init, session: this });
	}

	/** Removes every cookie, at once. */
	async clearCookies(): Promise<void> {
		openParts(this).own.clearCookies();
	}

	/** Names and values of the cookies that a request to `url` would carry. */
	getCookies(url: string | URL): Record<string, string> {
		const { own } = openParts(this);
		return translated(() => ({ ...own.getCookies(url) }));
	}

	/** Every cookie that has not expired. */
	getAllCookies(): SessionCookie[] {
		const { own } = openParts(this);
		return translated(() =>
			own.getAllCookies().map(({ name, value, secure, httpOnly, domain, path, sameSite, expiresAtMs }) => ({
				name,
				value,
				secure,
				httpOnly,
				domain,
				path,
				...(sameSite === undefined
					? {}
					: { sameSite: sameSite.toLowerCase() as NonNullable<SessionCookie['sameSite']> }),
				...(expiresAtMs === undefined ? {} : { expiresAtMs }),
			})),
		);
	}

	setCookie(name: string, value: string, url: string | URL): void {
		const { own } = openParts(this);
		translated(() => own.setCookie(name, value, url));
	}

	/** Sets cookies as `getAllCookies()` lists them. `url` stands for the domain of those that name none. */
	setCookies(records: Iterable<CookieInput>, url?: string | URL): void {
		const { own } = openParts(this);
		translated(() => own.setCookies(records, url));
	}

	/** A WebSocket with this session's cookies and connections, once it is open. */
	websocket(
		url: string | URL | (SessionWebSocketOptions & { url: string }),
		options?: SessionWebSocketOptions,
	): Promise<WebSocket> {
		return openSocket(url, options, openParts(this).own);
	}

	async close(): Promise<void> {
		open.delete(this.id);
		await sessionParts(this).own.close();
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await this.close();
	}
}

/** @throws RequestError unless `session` is one of `createSession` of this module */
export function sessionParts(session: unknown): SessionParts {
	const found = typeof session === 'object' && session !== null ? parts.get(session as Session) : undefined;
	if (found === undefined) throw new RequestError('"session" must be one of createSession() of this module');
	return found;
}

function openParts(session: Session): SessionParts {
	const found = sessionParts(session);
	if (found.own.closed) throw new RequestError('Session has been closed');
	return found;
}

/** The open session of that id. */
export function sessionById(id: string): Session {
	const found = open.get(id);
	if (found === undefined) throw new RequestError(`No session with the id ${JSON.stringify(id)} is open`);
	return found;
}

/** @throws RequestError for options that are wrong or cannot be had */
export async function createSession(options: CreateSessionOptions = {}): Promise<Session> {
	refuseUnknownPromise(options, sessionKeys, 'the options of createSession');
	const { sessionId, defaultHeaders, captureDiagnostics = false } = options;
	const id = sessionId ?? randomUUID();
	if (open.has(id)) throw new RequestError(`A session with the id ${JSON.stringify(id)} is open`);
	const timeout = readTimeout(options.timeout);
	const connection: ConnectionInit = Object.fromEntries(
		connectionKeys.flatMap((key) => (options[key] === undefined ? [] : [[key, options[key]]])),
	);
	const fields = new Headers(defaultFields(connection));
	for (const [name, value] of new Headers(defaultHeaders)) fields.set(name, value);
	const own = translated(() => createOwn({ ...transportOptions(connection), defaultHeaders: fields.toObject() }));
	return new Session(id, { own, timeout, captureDiagnostics, connection });
}

/** Runs `work` with a session and closes it afterwards, also when `work` throws. */
export async function withSession<T>(
	work: (session: Session) => Promise<T> | T,
	options: CreateSessionOptions = {},
): Promise<T> {
	const session = await createSession(options);
	try {
		return await work(session);
	} finally {
		await session.close();
	}
}
