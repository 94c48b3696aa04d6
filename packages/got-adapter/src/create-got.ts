import {
	type AgentOptions,
	sentHeaders,
	sentKind,
	type WiretwinAgent,
	wiretwinAgents,
	wiretwinRequest,
} from '@wiretwin/http-agent';
import got, { type Got } from 'got';
import type { Bindable, PageClient, RedirectChain, Session } from 'wiretwin';

/** Options of the adapter; everything about connections belongs to the session. */
export type GotAdapterOptions = Pick<AgentOptions, 'kind'>;

/** Options of the agent alone. */
export type GotAgentOptions = GotAdapterOptions & {
	/** The session's cookies go along, and what an answer sets is kept. @default false: got's own `cookieJar`, if any */
	cookies?: boolean;
};

/** The part of got that is used, so that an instance of any version can be extended. */
export type ExtendableGot = { extend(...options: never[]): unknown };

type Agents = { http: WiretwinAgent; https: WiretwinAgent };

/** The options of a request that the adapter looks at. */
type RequestOptions = {
	agent?: { http?: unknown; https?: unknown };
	cookieJar?: unknown;
};

/** Those of a redirected request that it changes. */
type RedirectOptions = RequestOptions & {
	method: string;
	headers: Record<string, unknown>;
};

/** Fields that a browser drops together with the body; got leaves those that its user set. */
const bodyFields = ['content-encoding', 'content-language', 'content-location', 'content-type'] as const;

/** The response that redirects, as far as the adapter looks at it. */
type RedirectResponse = { url?: unknown; req?: { method?: string; socket?: unknown } };

/**
 * got's `agent`: `got(url, { agent: wiretwinAgent(session) })`. Cookies stay got's own business here, unless the option
 * `cookies` says otherwise; `createGot` shares the session's.
 */
export function wiretwinAgent(target: Bindable, options: GotAgentOptions = {}): Agents {
	return wiretwinAgents(target, { ...options, cookies: options.cookies ?? false });
}

/**
 * A got that sends what a browser sends, of a session or of a page (`session.open`) that asks: connections, cookies and headers of the session; redirects, retries, hooks,
 * timeouts, streams and pagination of got.
 * @example const browser = createGot(session); await browser('https://example.com/').text();
 */
export function createGot(session: Session | PageClient, client?: undefined, options?: GotAdapterOptions): Got;
export function createGot<Client extends ExtendableGot>(
	session: Session | PageClient,
	client: Client,
	options?: GotAdapterOptions,
): Client;
export function createGot(
	target: Session | PageClient,
	client: ExtendableGot = got,
	options: GotAdapterOptions = {},
): unknown {
	const agents = (cookies: boolean): OwnAgents => ({
		agent: wiretwinAgents(target, { ...options, cookies }),
		undecoded: wiretwinAgents(target, { ...options, cookies, decompress: false }),
	});
	// The agent adds and takes cookies, because which ones depends on the request (who asks, method, redirects), and got tells
	// its jar the URL alone. A jar of the user's stands in their place.
	const own = agents(true);
	const strange = agents(false);
	const { agent } = own;
	const chains = new WeakMap<object, Chain>();
	const settings = {
		// The agent also leaves got's own user agent out; unsetting it here would cost got more than the request does.
		agent,
		// With an agent of ours it does without Node's ClientRequest; with any other it is Node's own function.
		request: wiretwinRequest,
		decompress: true,
		// The agent speaks HTTP/2 wherever the browser would. got's own HTTP/2 would go past it.
		http2: false,
		hooks: {
			init: [withoutOwnHttp2, (plain: PlainOptions) => chooseDecoding(plain, own)],
			beforeRequest: [(request: RequestOptions) => leaveCookies(request, own, strange)],
			beforeRedirect: [
				(redirect: RedirectOptions, response: RedirectResponse) => {
					const cookies = redirect.cookieJar === undefined;
					continueRedirect(redirect, response, cookies ? own : strange, { target, chains, cookies });
				},
			],
		},
	};
	return client.extend(settings as never);
}

/** The agents of an instance: bodies that the client is told not to decode go through the second pair. */
type OwnAgents = { agent: Agents; undecoded: Agents };

/** Options of one call, or of `extend`, before got merges them. */
type PlainOptions = { http2?: boolean; decompress?: boolean; agent?: unknown };

/** got does not tell its request function of `decompress`. */
function chooseDecoding(plain: PlainOptions, { agent, undecoded }: OwnAgents): void {
	if (plain.decompress === undefined || plain.agent !== undefined) return;
	plain.agent = plain.decompress ? agent : undecoded;
}

/** With a jar of the user's, cookies are not the session's business. */
function leaveCookies(request: RequestOptions, own: OwnAgents, strange: OwnAgents): void {
	if (request.cookieJar === undefined) return;
	if (request.agent?.https === own.agent.https) request.agent = strange.agent;
	else if (request.agent?.https === own.undecoded.https) request.agent = strange.undecoded;
}

/** `http2: true` of a single call is fulfilled by the agent. */
function withoutOwnHttp2(plain: PlainOptions): void {
	if (plain.http2) plain.http2 = false;
}

/** The requests that the agents of a redirected request continue. */
type Chain = { redirectedFrom: RedirectChain; kind: GotAdapterOptions['kind']; decompress: boolean };

/** A browser lays out a redirected request differently, so each hop goes through an agent that knows of those before. */
function continueRedirect(
	redirect: RedirectOptions,
	{ url: hop, req }: RedirectResponse,
	{ agent, undecoded }: OwnAgents,
	{ target, chains, cookies }: { target: Session | PageClient; chains: WeakMap<object, Chain>; cookies: boolean },
): void {
	const used = redirect.agent?.https;
	const before = chains.get(used as object);
	const isOwn = used === agent.https || used === undecoded.https;
	if ((!isOwn && !before) || !URL.canParse(String(hop))) return; // the user's own agent
	const url = new URL(String(hop));
	const method = req?.method ?? 'GET';
	const headers = sentHeaders(req);
	const last = headers && { method, headers };
	const chain: Chain = before
		? { ...before, redirectedFrom: { ...before.redirectedFrom, urls: [...before.redirectedFrom.urls, url], last } }
		: {
				kind: sentKind(req),
				decompress: used !== undecoded.https,
				redirectedFrom: { method, urls: [url], last },
			};
	if (redirect.method === 'GET' && req?.method !== 'GET') {
		for (const name of bodyFields) if (name in redirect.headers) delete redirect.headers[name];
	}
	redirect.agent = wiretwinAgents(target, { ...chain, cookies } as AgentOptions);
	chains.set(redirect.agent.https as object, chain);
}
