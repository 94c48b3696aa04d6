// The table that every adapter passes, over both ways in which Crawlee sends a request.
import { Readable } from 'node:stream';
import {
	type ConformanceDriver,
	type DriverRequest,
	type DriverResponse,
	describeConformance,
	type RequestBody,
} from '@wiretwin/adapter-conformance';
import type { Session, SessionOptions } from 'wiretwin';
import { WiretwinHttpClient, type WiretwinHttpClientOptions } from '../src/index.ts';

/** The one jar among Crawlee's options that follows the rules of browsers: the session's. */
const jarOf = (session: Session) => ({
	getCookieString: (url: string) => session.cookieHeader(url),
	setCookie: (line: string, url: string) => session.storeSetCookie(url, [line]),
});

function toHttpRequest({ url, method = 'GET', headers, body, signal, timeoutMs, follow = false }: DriverRequest) {
	return {
		url,
		method,
		headers: { ...headers },
		followRedirect: follow,
		maxRedirects: 20,
		...(body === undefined ? {} : { body: toBody(body) }),
		...(signal ? { signal } : {}),
		...(timeoutMs === undefined ? {} : { timeout: { request: timeoutMs } }),
	};
}

function toBody(body: RequestBody): string | Buffer | Readable {
	if (typeof body === 'string') return body;
	return body instanceof Uint8Array ? Buffer.from(body) : Readable.from(body, { objectMode: false });
}

type Headers = Record<string, string | string[] | undefined>;

function shown(status: number, headers: Headers, body: AsyncIterable<Uint8Array>): DriverResponse {
	const all = (name: string) => [headers[name.toLowerCase()] ?? []].flat();
	return { status, header: (name) => all(name)[0] ?? null, setCookies: () => all('set-cookie'), body };
}

/** Crawlee has the jar; an archive would be of one visitor. */
function ownPart({ cookieJar: _jar, har: _har, ...options }: SessionOptions): WiretwinHttpClientOptions {
	return options as WiretwinHttpClientOptions;
}

function open(
	options: SessionOptions,
	send: (client: WiretwinHttpClient, request: DriverRequest) => Promise<DriverResponse>,
) {
	const client = new WiretwinHttpClient(ownPart(options));
	return {
		request: (request: DriverRequest) => send(client, request),
		exchanges: () => client.stats().exchanges,
		close: () => client.close(),
	};
}

const equivalent = () => ({ kind: 'navigate' as const });

const streams: ConformanceDriver = {
	name: "Crawlee's stream",
	// Crawlee puts the cookies of its session into the head itself, and takes them out of the answer; each of its sessions
	// gets one of ours (hints: client.test.ts).
	lacks: ['cookies', 'session'],
	equivalent,
	open: (_session, options) =>
		open(options, async (client, request) => {
			const { statusCode, headers, stream } = await client.stream(toHttpRequest(request));
			return shown(statusCode, headers, stream);
		}),
};

const whole: ConformanceDriver = {
	name: "Crawlee's sendRequest",
	lacks: ['stream', 'session'],
	equivalent,
	open: (session, options) =>
		open(options, async (client, request) => {
			const response = await client.sendRequest({
				...toHttpRequest(request),
				cookieJar: jarOf(session),
				responseType: 'buffer' as const,
			});
			return shown(response.statusCode, response.headers, Readable.from([response.body]));
		}),
};

for (const driver of [streams, whole]) describeConformance(driver);
