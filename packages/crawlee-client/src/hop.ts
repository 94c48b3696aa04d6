import {
	type Exchange,
	type ExchangeRequest,
	type PageFacts,
	pageFacts,
	type RedirectChain,
	type ResponseHead,
	type Session,
} from 'wiretwin';
import type { SimpleHeaders } from './contract.ts';

/** One request of a chain of redirects. */
export type Hop = {
	url: URL;
	method: string;
	headers: SimpleHeaders;
	body: Uint8Array | AsyncIterable<unknown> | null;
	kind: NonNullable<ExchangeRequest['kind']>;
	/** The requests before, on every hop but the first. */
	redirectedFrom: RedirectChain | undefined;
	timeouts: NonNullable<ExchangeRequest['timeouts']>;
	signal: AbortSignal | undefined;
};

/** What a hop is told while it runs. */
export type HopEvents = {
	onUploaded(bytes: number): void;
	onSettled(): void;
	onTrailers(trailers: readonly string[]): void;
};

/** Sends one hop and resolves with the head; the body stays in the exchange. */
export function sendHop(
	session: Session,
	hop: Hop,
	events: HopEvents,
): Promise<{ head: ResponseHead; exchange: Exchange }> {
	return new Promise((resolve, reject) => {
		const { headers, cookie, contentLength } = split(hop.headers);
		const streams = hop.body !== null && !(hop.body instanceof Uint8Array);
		const exchange = session.exchange(
			{
				url: hop.url,
				method: hop.method,
				headers,
				kind: hop.kind,
				layout: factsOf(hop).layout,
				timeouts: hop.timeouts,
				body: streams ? 'stream' : (hop.body as Uint8Array | null),
				...(cookie === undefined ? {} : { cookie }),
				...(streams && contentLength !== undefined ? { contentLength } : {}),
				...(hop.signal ? { signal: hop.signal } : {}),
			},
			{
				onHead: (head) => resolve({ head, exchange }),
				onEnd: (trailers) => {
					events.onTrailers(trailers);
					events.onSettled();
				},
				onError: (error) => {
					events.onSettled();
					reject(error);
				},
			},
		);
		if (streams) void upload(exchange, hop.body as AsyncIterable<unknown>, events);
		else if (hop.body instanceof Uint8Array) events.onUploaded(hop.body.byteLength);
	});
}

async function upload(exchange: Exchange, source: AsyncIterable<unknown>, events: HopEvents): Promise<void> {
	try {
		for await (const piece of source) {
			const bytes = piece instanceof Uint8Array ? piece : Buffer.from(String(piece));
			await exchange.write(bytes);
			events.onUploaded(bytes.byteLength);
		}
		exchange.end();
	} catch (error) {
		exchange.abort(error); // settled already if it was the exchange that failed
	}
}

/** The page of a crawled request is what its `referer` names; an address that Crawlee found counts as typed. */
export function factsOf({ url, method, kind, redirectedFrom, headers }: Hop): PageFacts {
	const referer = Object.entries(headers).find(([name]) => name.toLowerCase() === 'referer')?.[1];
	return pageFacts({ url, method, kind, referer: [referer].flat()[0], redirectedFrom });
}

/** Fields for the wire; Cookie goes where the browser puts it, and lengths are the connection's own business. */
function split(given: SimpleHeaders): {
	headers: Record<string, string | string[]>;
	cookie: string | undefined;
	contentLength: number | undefined;
} {
	const headers: Record<string, string | string[]> = {};
	let cookie: string | undefined;
	let contentLength: number | undefined;
	for (const [name, value] of Object.entries(given)) {
		if (value === undefined) continue;
		const lower = name.toLowerCase();
		if (lower === 'cookie') cookie = [value].flat().join('; ');
		else if (lower === 'content-length') contentLength = Number(value);
		else headers[name] = value;
	}
	return { headers, cookie: cookie || undefined, contentLength };
}
