import {
	type Handler,
	type Mirror,
	type MirrorOptions,
	mirrorHosts,
	type RequestRecord,
	startMirror,
} from '@wiretwin/mirror';
import { createSession, type Session, type SessionOptions } from 'wiretwin';

/** A mirror with a session that trusts it and knows its names. */
export type SessionSite = AsyncDisposable & {
	mirror: Mirror;
	session: Session;
	/** What makes another session or transport trust the mirror. */
	trust: Pick<SessionOptions, 'ca' | 'resolve'>;
	at(path: string, host?: string): string;
	/** Last request to a path. */
	last(path: string): RequestRecord;
};

/** The host that `at` means unless it is told another. */
export const www = 'www.mirror.test';

/** For tests of one adapter's own features; `startSite` is the table's. */
export async function startSessionSite(
	handler?: Handler,
	options: MirrorOptions = {},
	sessionOptions: SessionOptions = {},
): Promise<SessionSite> {
	const mirror = await startMirror({ ...options, ...(handler ? { handler } : {}) });
	const trust = { ca: mirror.caPem, resolve: Object.fromEntries(mirrorHosts.map((host) => [host, '127.0.0.1'])) };
	const session = createSession({ ...trust, ...sessionOptions });
	return {
		mirror,
		session,
		trust,
		at: (path, host = www) => `${mirror.urlFor(host)}${path}`,
		last: (path) => {
			const found = mirror.requests.findLast((request) => request.path === path);
			if (!found) throw new Error(`no request to ${path}`);
			return found;
		},
		async [Symbol.asyncDispose]() {
			await session.close();
			await mirror.close();
		},
	};
}

/** Value of a field, `undefined` = not sent. */
export function field(request: RequestRecord, name: string): string | undefined {
	const values = request.headers.filter(([key]) => key.toLowerCase() === name).map(([, value]) => value);
	return values.length === 0 ? undefined : values.join(name === 'cookie' ? '; ' : ', ');
}

/** Names of the fields in wire order, without pseudo fields. */
export function names(request: RequestRecord): string[] {
	return request.headers.map(([name]) => name).filter((name) => !name.startsWith(':'));
}
