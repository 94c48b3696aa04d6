import {
	type Bindable,
	bindingOf,
	type ExchangeRequest,
	type Initiator,
	type PageFactsInput,
	type RedirectChain,
	type Session,
	type Transport,
} from 'wiretwin';
import { expectedServer, type IdentityCheck } from './server-identity.ts';

/** What a browser does when it sends a request; chooses the fields and their order. */
export type RequestKind = NonNullable<ExchangeRequest['kind']>;

/** A request of a client, as the choice of its kind may see it. */
export type KindInput = {
	readonly method: string;
	readonly url: string;
	/** First value of a field that the client set, any case; `undefined` if it did not. */
	header(name: string): string | undefined;
	readonly hasBody: boolean;
};

/** Options of an agent. All connection options (proxy, certificates, limits) belong to the session or transport. */
export type AgentOptions = {
	/**
	 * Send the session's cookies with requests that carry no `Cookie` of their own, and store those of responses.
	 * Turn it off for a client with a jar of its own. @default true for a session; a transport has none
	 */
	cookies?: boolean;
	/**
	 * What the browser would be doing. @default from the request: `navigate` for GET and HEAD and `form` for a posted form,
	 * as long as the client names no `accept` but one for pages; else `fetch`. Of a page (`session.open`) `fetch`
	 */
	kind?: RequestKind | ((request: KindInput) => RequestKind);
	/**
	 * `false`: bodies as they were sent, `content-encoding` with them, for a client that is told to decode nothing.
	 * @default true: what the client cannot decode itself is decoded
	 */
	decompress?: boolean;
	/**
	 * The requests continue this chain of redirects, for adapters that see their client follow one; name the `kind` of the
	 * first request as well. @default none: every request begins anew
	 */
	redirectedFrom?: RedirectChain;
	/**
	 * Node's option of the same name, for every request: it is asked about the certificate of each connection, also of one
	 * that is used again, before a byte of the request is sent. An `Error` that it returns ends the request. A request may
	 * bring another one, then both have to agree. @default none: the session's own check of chain and name
	 */
	checkServerIdentity?: IdentityCheck;
};

/** Where an agent's requests go. */
export type Exchanger = Pick<Session, 'exchange'> | Pick<Transport, 'exchange'>;

/** The part of a session that cookies need. */
type CookieSource = Pick<Session, 'cookieHeader' | 'storeCookies'>;

/** Checked options. */
export type AgentSettings = {
	exchanger: Exchanger;
	cookies: CookieSource | undefined;
	kind: ((request: KindInput) => RequestKind) | undefined;
	redirectedFrom: RedirectChain | undefined;
	checkServerIdentity: IdentityCheck | undefined;
	/** Whatever the client can decode itself. */
	decompress: boolean;
	/** The session bounds decoded bytes, which only who decodes can count. */
	countsDecoded: boolean;
	/** Each connection serves one request. */
	closes: boolean;
	/** Who asks, of an agent of a page. */
	initiator: Initiator | undefined;
	/** What that page states. */
	referrerPolicy: PageFactsInput['referrerPolicy'];
	/** The browser that its requests are of. */
	profile: Transport['profile'];
	/** Nothing may go around `denyPrivateAddresses`. */
	guarded: boolean;
};

const optionNames: ReadonlySet<string> = new Set([
	'checkServerIdentity',
	'cookies',
	'decompress',
	'kind',
	'redirectedFrom',
]);

/** Checks what an agent is made of. Throws `TypeError` with code `ERR_INVALID_ARG` or `ERR_INVALID_OPTION`. */
export function normalizeAgentOptions(given: Bindable, options: AgentOptions): AgentSettings {
	const { source: target, initiator, referrerPolicy } = bindingOf(given as Session | Transport);
	if (typeof target !== 'object' || target === null || typeof target.exchange !== 'function') {
		throw invalid('An agent needs a session (createSession) or a transport (createTransport).', 'ERR_INVALID_ARG');
	}
	if (typeof options !== 'object' || options === null) throw invalid('The options of an agent are an object.');
	for (const name of Object.keys(options)) {
		if (!optionNames.has(name)) {
			throw invalid(`Option "${name}" is not one of an agent; connection options belong to the session.`);
		}
	}
	const { cookies, kind = initiator && 'fetch', redirectedFrom } = options;
	const isSession = 'cookieHeader' in target;
	const transport = 'transport' in target ? target.transport : target;
	if (cookies === true && !isSession) throw invalid('Option "cookies" needs a session; a transport has no cookies.');
	return {
		exchanger: target,
		cookies: isSession && cookies !== false ? target : undefined,
		kind: typeof kind === 'string' ? () => kind : kind,
		redirectedFrom,
		checkServerIdentity: expectedServer(options).check,
		decompress: options.decompress ?? true,
		countsDecoded: 'maxResponseBytes' in target && target.maxResponseBytes !== undefined,
		closes: false,
		initiator,
		referrerPolicy,
		profile: transport.profile,
		guarded: transport.deniesPrivateAddresses,
	};
}

function invalid(message: string, code = 'ERR_INVALID_OPTION'): TypeError {
	return Object.assign(new TypeError(message), { code });
}
