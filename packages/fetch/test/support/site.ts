import {
	type Handler,
	type Mirror,
	type MirrorOptions,
	mirrorHosts,
	type RequestRecord,
	startMirror,
} from '@wiretwin/mirror';
import {
	createSession,
	createTransport,
	type Session,
	type SessionOptions,
	type Transport,
	type TransportOptions,
} from '../../src/index.ts';

/** A mirror with sessions that trust it and know its host names. */
export type Site = AsyncDisposable & {
	mirror: Mirror;
	/** `https://<host>:<port><path>` */
	at(path: string, host?: string): string;
	session(options?: SessionOptions): Session;
	transport(options?: TransportOptions): Transport;
	/** Connection options, for the one-shot `fetch`. */
	trust: Pick<TransportOptions, 'ca' | 'resolve'>;
};

export const www = 'www.mirror.test';
export const api = 'api.mirror.test';
export const other = 'other.example';

/** Starts a mirror; sessions made through it are closed with it. */
export async function startSite(handler?: Handler, options: MirrorOptions = {}): Promise<Site> {
	const mirror = await startMirror({ ...options, ...(handler ? { handler } : {}) });
	const open: Array<Session | Transport> = [];
	const trust = { ca: mirror.caPem, resolve: Object.fromEntries(mirrorHosts.map((host) => [host, '127.0.0.1'])) };
	const keep = <T extends Session | Transport>(made: T): T => {
		open.push(made);
		return made;
	};
	return {
		mirror,
		trust,
		at: (path, host = www) => `${mirror.urlFor(host)}${path}`,
		session: (given = {}) => keep(createSession(given.transport ? given : { ...trust, ...given })),
		transport: (given = {}) => keep(createTransport({ ...trust, ...given })),
		async [Symbol.asyncDispose]() {
			for (const each of open) await each.close();
			await mirror.close();
		},
	};
}

/** Value of a field, joined if repeated; `undefined` = not sent. */
export function field(request: RequestRecord | undefined, name: string): string | undefined {
	const values = (request?.headers ?? []).filter(([key]) => key.toLowerCase() === name).map(([, value]) => value);
	return values.length === 0 ? undefined : values.join(name === 'cookie' ? '; ' : ', ');
}

/** Paths of all requests so far. */
export function paths(mirror: Mirror): string[] {
	return mirror.requests.map((request) => `${request.method} ${request.path}`);
}
