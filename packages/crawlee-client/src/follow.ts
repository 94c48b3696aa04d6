import { createSession, type Exchange, type RedirectChain, type ResponseHead, type Session } from 'wiretwin';
import type { CookieJarLike, HttpRequest, RedirectHandler, ResponseData, SimpleHeaders } from './contract.ts';
import { factsOf, type Hop, type HopEvents, sendHop } from './hop.ts';
import { responseData } from './response-data.ts';

/** got's. */
const defaultMaxRedirects = 10;
/** Bytes of a redirect's body that are read to keep the connection. */
const discardBytes = 64 * 1024;

/** The last response of a chain. */
export type Followed = { data: ResponseData; exchange: Exchange; head: ResponseHead };

/** What a chain works with. */
export type FollowContext = {
	session: Session;
	/** Read and written at every hop. */
	cookieJar: CookieJarLike | undefined;
	onRedirect: RedirectHandler | undefined;
	events: HopEvents;
};

/** Sends a request and follows its redirects; `onRedirect` may change each next hop. */
export async function follow(first: Hop, request: HttpRequest, context: FollowContext): Promise<Followed> {
	const started = performance.now();
	const { total } = first.timeouts;
	const redirectUrls: URL[] = [];
	const max = request.maxRedirects ?? defaultMaxRedirects;
	for (let hop = first; ; ) {
		if (total !== undefined) hop.timeouts = { ...hop.timeouts, total: left(total, started) };
		const jar = context.cookieJar && jarFor(context.cookieJar, context.session);
		if (jar) await addCookies(hop, jar);
		const isLast = { value: false };
		const { head, exchange } = await sendHop(context.session, hop, finalEvents(context.events, isLast));
		const data = responseData(head, hop.url, redirectUrls);
		if (jar) await storeCookies(data, head.rawHeaders, hop, jar);
		const location = data.headers.location;
		if (typeof location !== 'string' || !follows(request, data)) {
			isLast.value = true;
			if (exchange.settled) context.events.onSettled();
			return { data, exchange, head };
		}
		exchange.discard(discardBytes);
		if (redirectUrls.length >= max)
			throw new Error(`Redirected more than ${max} times. Giving up on ${first.url.href}`);
		if (!URL.canParse(location, hop.url.href)) throw new Error(`The redirect of ${hop.url.href} leads nowhere`);
		hop = nextHop(hop, data.statusCode, new URL(location, hop.url), first, exchange.requestHeaders);
		const next = { url: hop.url as string | URL, headers: hop.headers };
		context.onRedirect?.({ ...data }, next);
		hop.url = new URL(next.url);
		hop.headers = next.headers;
		redirectUrls.push(hop.url);
	}
}

/** The transport is in use until the last exchange of the chain has ended, not the first. */
function finalEvents(events: HopEvents, isLast: { value: boolean }): HopEvents {
	return {
		onUploaded: events.onUploaded,
		onTrailers: (trailers) => events.onTrailers(trailers),
		onSettled: () => {
			if (isLast.value) events.onSettled();
		},
	};
}

function follows({ followRedirect = true }: HttpRequest, data: ResponseData): boolean {
	if (![301, 302, 303, 307, 308].includes(data.statusCode)) return false;
	return typeof followRedirect === 'function' ? followRedirect(data as never) : followRedirect;
}

/** Fetch standard, HTTP-redirect fetch: method and body change as in browsers; credentials stay with their origin. */
function nextHop(hop: Hop, status: number, url: URL, first: Hop, sent: readonly string[]): Hop {
	const toGet =
		((status === 301 || status === 302) && hop.method === 'POST') ||
		(status === 303 && hop.method !== 'GET' && hop.method !== 'HEAD');
	const dropped = new Set(['host', 'content-length']);
	if (toGet)
		for (const name of ['content-type', 'content-encoding', 'content-language', 'content-location', 'origin'])
			dropped.add(name);
	if (url.origin !== hop.url.origin) for (const name of ['authorization', 'cookie']) dropped.add(name);
	const headers: SimpleHeaders = {};
	for (const [name, value] of Object.entries(hop.headers)) if (!dropped.has(name.toLowerCase())) headers[name] = value;
	const body = toGet ? null : hop.body;
	if (body !== null && !(body instanceof Uint8Array)) {
		throw new Error(`The body of ${first.url.href} is a stream and cannot be sent again after a ${status}`);
	}
	const redirectedFrom: RedirectChain = {
		method: first.method,
		urls: hop.redirectedFrom ? [...hop.redirectedFrom.urls, hop.url] : [hop.url],
		last: { method: hop.method, headers: sent },
	};
	return { ...hop, url, headers, body, method: toGet ? 'GET' : hop.method, redirectedFrom };
}

/** Sessions over a visitor's connections whose cookies are those of a jar of tough-cookie. */
const jars = new WeakMap<object, { transport: Session['transport']; session: Session }>();

/**
 * A jar of tough-cookie gets what a browser would keep, and gives what it would send, as the session's own does; of anything
 * else only the two methods are known.
 */
function jarFor(jar: CookieJarLike, { transport }: Session): CookieJarLike | Session {
	if (typeof (jar as { store?: { findCookies?: unknown } }).store?.findCookies !== 'function') return jar;
	const known = jars.get(jar);
	if (known?.transport === transport) return known.session;
	const session = createSession({ transport, cookieJar: jar as never });
	jars.set(jar, { transport, session });
	return session;
}

async function addCookies(hop: Hop, jar: CookieJarLike | Session): Promise<void> {
	const cookie = await ('cookieHeader' in jar
		? jar.cookieHeader(hop.url, factsOf(hop).cookies)
		: jar.getCookieString(hop.url.href));
	const own = Object.keys(hop.headers).some((name) => name.toLowerCase() === 'cookie');
	if (!own && typeof cookie === 'string' && cookie !== '') hop.headers = { ...hop.headers, Cookie: cookie };
}

async function storeCookies(
	{ headers, url }: ResponseData,
	rawHeaders: readonly string[],
	hop: Hop,
	jar: CookieJarLike | Session,
): Promise<void> {
	if ('storeCookies' in jar) {
		await jar.storeCookies(hop.url, rawHeaders, factsOf(hop).cookies);
		return;
	}
	for (const line of [headers['set-cookie'] ?? []].flat()) {
		// A cookie that the jar refuses is the server's mistake; the page is still worth having.
		try {
			await jar.setCookie(line, url);
		} catch {}
	}
}

function left(totalMs: number, started: number): number {
	return Math.max(1, Math.ceil(totalMs - (performance.now() - started)));
}
