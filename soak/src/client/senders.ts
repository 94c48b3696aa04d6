import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { pipeline, Readable } from 'node:stream';
import { WiretwinHttpClient } from '@wiretwin/crawlee-client';
import { createGot } from '@wiretwin/got-adapter';
import { wiretwinAgent } from '@wiretwin/http-agent';
import { createKy } from '@wiretwin/ky-adapter';
import { wiretwinDispatcher } from '@wiretwin/undici-dispatcher';
import got from 'got';
import ky from 'ky';
import * as undici from 'undici';
import type { Session, SessionOptions } from 'wiretwin';

/** A request in words that every client knows. */
export type Sending = {
	url: string;
	body?: Uint8Array | AsyncIterable<Uint8Array>;
	signal?: AbortSignal;
	/** Follow redirects; those that cannot, do not. */
	follow?: boolean;
};

/** What came; the body is read by who wants it. */
export type Answer = { status: number; body: AsyncIterable<Uint8Array> };

/** A way to send. */
export type Sender = (request: Sending) => Promise<Answer>;

/** Those that follow redirects. */
export const following: ReadonlySet<string> = new Set(['fetch', 'got', 'ky', 'undici fetch', 'Crawlee stream']);

/** Milliseconds; only a hang gets there. */
const LIMIT_MS = 120_000;
const patient = Object.fromEntries(
	['resolve', 'connect', 'proxy', 'tls', 'head', 'idle'].map((phase) => [phase, LIMIT_MS]),
);

/** Every adapter over one session. Crawlee makes its own connections, with the same options. */
export function sendersOver(session: Session, options: SessionOptions) {
	const agent = wiretwinAgent(session);
	// undici's own limits are those of a machine that does nothing else.
	const dispatcher = wiretwinDispatcher(session, { timeouts: patient });
	const onGot = createGot(session, got);
	const onKy = createKy(session, ky, { kind: 'fetch' });
	const { timeout: _, ...connection } = options;
	const crawlee = new WiretwinHttpClient({ ...connection, isolateSessions: false } as never);
	const senders: Record<string, Sender> = {
		fetch: async ({ url, follow, ...init }) =>
			shown(await session.fetch(url, { ...initOf(init), ...redirectOf(follow) })),
		got: (request) => viaGot(onGot, request),
		ky: async ({ url, follow, body, signal }) =>
			shown(
				await onKy(url, {
					...initOf({ body: body && !(body instanceof Uint8Array) ? ReadableStream.from(body) : body, signal }),
					...redirectOf(follow),
					throwHttpErrors: false,
					retry: 0,
					timeout: false,
				} as never),
			),
		'undici request': async ({ url, follow: _follow, ...init }) => {
			const { statusCode, body } = await undici.request(url, { ...initOf(init), dispatcher } as never);
			return { status: statusCode, body };
		},
		'undici fetch': async ({ url, follow, ...init }) =>
			shown(
				(await undici.fetch(url, {
					...initOf(init),
					...redirectOf(follow),
					duplex: 'half',
					dispatcher,
				} as never)) as unknown as Response,
			),
		agent: (request) => viaNode(agent, request),
		'Crawlee stream': async ({ url, follow, ...init }) => {
			const { statusCode, stream } = await crawlee.stream({
				url,
				...crawleeInit(init),
				followRedirect: follow === true,
				maxRedirects: 20,
			});
			return { status: statusCode, body: stream };
		},
		'Crawlee request': async ({ url, follow: _follow, ...init }) => {
			const { statusCode, body } = await crawlee.sendRequest({
				url,
				...crawleeInit(init),
				followRedirect: false,
				responseType: 'buffer' as const,
			});
			return { status: statusCode, body: Readable.from([body]) };
		},
	};
	return { senders, stats: () => crawlee.stats(), close: () => crawlee.close() };
}

/** The head and body of a `Response`. */
export function shown(response: Pick<Response, 'status' | 'body'>): Answer {
	return { status: response.status, body: (response.body ?? new Blob([]).stream()) as AsyncIterable<Uint8Array> };
}

function redirectOf(follow: boolean | undefined) {
	return { redirect: follow === true ? ('follow' as const) : ('manual' as const) };
}

function initOf<Body>({ body, signal }: { body?: Body | undefined; signal?: AbortSignal | undefined }) {
	return {
		method: body === undefined ? 'GET' : 'POST',
		...(body === undefined ? {} : { body }),
		...(signal ? { signal } : {}),
	};
}

function crawleeInit({ body, signal }: Omit<Sending, 'url' | 'follow'>) {
	const bytes = body instanceof Uint8Array ? Buffer.from(body) : body && Readable.from(body, { objectMode: false });
	return { ...initOf({ body: bytes, signal }), headers: {} };
}

function viaGot(client: typeof got, { url, body, signal, follow = false }: Sending): Promise<Answer> {
	return new Promise((resolve, reject) => {
		const stream = client.stream(url, {
			method: body === undefined ? 'GET' : 'POST',
			followRedirect: follow,
			throwHttpErrors: false,
			retry: { limit: 0 },
			...(body === undefined ? {} : { body: body instanceof Uint8Array ? Buffer.from(body) : (body as never) }),
			...(signal ? { signal } : {}),
		});
		stream.once('error', reject);
		stream.once('response', (response: IncomingMessage) => {
			resolve({ status: response.statusCode ?? 0, body: stream });
		});
	});
}

function viaNode(agent: http.Agent, { url, body, signal }: Sending): Promise<Answer> {
	return new Promise((resolve, reject) => {
		const request = (url.startsWith('https:') ? https : http).request(url, {
			agent,
			method: body === undefined ? 'GET' : 'POST',
			...(signal ? { signal } : {}),
		});
		request.on('response', (response) => resolve({ status: response.statusCode ?? 0, body: response }));
		request.on('error', reject);
		if (body === undefined || body instanceof Uint8Array) request.end(body);
		else pipeline(body, request, (error) => error && reject(error));
	});
}
