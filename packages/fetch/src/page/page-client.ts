import { type CacheMode, type RequestKind, workerPolicy } from '@wiretwin/profiles';
import { InvalidArgumentError } from '../errors/classes.ts';
import { isNavigation } from '../exchange/kinds.ts';
import { booleanOption, refuse } from '../options/checks.ts';
import { checkKind } from '../options/fetch-init.ts';
import { parseReferrerPolicy } from '../redirect/referrer.ts';
import type { WiretwinResponse } from '../response/wiretwin-response.ts';
import type { Session } from '../session.ts';
import type { ReferrerPolicy } from '../types/fetch-terms.ts';
import type { Initiator } from '../types/initiator.ts';
import type { FetchInit } from '../types/options.ts';
import type { LoadOptions, PageInit, WorkerOptions } from '../types/page.ts';

/** What a page, frame or worker is to its requests. */
export type ClientFacts = {
	session: Session;
	initiator: Initiator;
	/** What its relative URLs are relative to. */
	base: URL | undefined;
	response: WiretwinResponse | undefined;
	referrerPolicy: ReferrerPolicy | undefined;
	/** Of the page that started a worker. */
	pagePolicy?: ReferrerPolicy | undefined;
	/** How its markup asks the cache. */
	cache?: CacheMode | undefined;
};

const scriptKinds = { worker: 'worker', 'shared-worker': 'sharedworker', 'service-worker': 'serviceworker' } as const;

/** What asks: a page, a frame or a worker, with all that its requests say of it. It parses no HTML and runs no script. */
export class PageClient {
	readonly session: Session;
	/** Who it is, for `initiator` of other calls: of a WebSocket, of an adapter. */
	readonly initiator: Initiator;
	/** Answer with the document or script, its body unread; `undefined` where nothing was asked for. */
	readonly response: WiretwinResponse | undefined;
	/** What its `Referrer-Policy` says. */
	readonly referrerPolicy: ReferrerPolicy | undefined;
	readonly #base: URL | undefined;
	readonly #pagePolicy: ReferrerPolicy | undefined;
	/** @internal How what is part of it asks the cache: `cache` of its frames and of what it loads. */
	protected readonly parts: Pick<FetchInit, 'cache'>;

	/** @internal Use `session.open`, `page.frame` and `page.worker`. */
	constructor({ session, initiator, base, response, referrerPolicy, pagePolicy, cache }: ClientFacts) {
		this.session = session;
		this.initiator = initiator;
		this.response = response;
		this.referrerPolicy = referrerPolicy;
		this.#base = base;
		this.#pagePolicy = pagePolicy;
		this.parts = cache === undefined ? {} : { cache };
	}

	/** Where it is, after redirects. */
	get url(): string {
		return String(this.initiator.url);
	}

	/**
	 * What `fetch()` of its script sends. Relative URLs are relative to it. `kind` may be another way of a script: `xhr`,
	 * `beacon`, `eventsource`.
	 */
	fetch(input: string | URL | Request, init: PageInit & Pick<FetchInit, 'kind'> = {}): Promise<WiretwinResponse> {
		return this.send(init.kind ?? 'fetch', input, init);
	}

	/**
	 * Loads what its markup, style sheets or imports name.
	 * @example await page.load('image', '/logo.png');
	 * @example await page.load('font', fontUrl, { styleSheet: 'https://cdn.example/style.css' });
	 */
	async load(kind: RequestKind, url: string | URL, init: LoadOptions = {}): Promise<WiretwinResponse> {
		checkKind(kind, this.session.transport.profile.document.headers.kinds);
		if (isNavigation(kind)) refuse('kind', 'one that loads something: click(), submit() and frame() open documents');
		const { styleSheet, ...rest } = init;
		const named = styleSheet === undefined ? {} : { styleSheet: this.resolve(styleSheet) };
		return this.send(kind, url, { ...this.parts, ...rest }, { ...this.initiator, ...named });
	}

	/** Starts a worker: asks for its script, unless `send: false`, and stands for it in what it asks for. */
	async worker(url: string | URL, options: WorkerOptions = {}): Promise<PageClient> {
		const { client = 'worker', send, ...init } = options;
		if (!Object.hasOwn(scriptKinds, client)) refuse('client', `one of ${Object.keys(scriptKinds).join(', ')}`);
		const script = this.resolve(url);
		const isAsked = booleanOption(send, 'send', true) && /^https?:$/.test(script.protocol);
		const response = isAsked ? await this.send(scriptKinds[client], script, init) : undefined;
		const initiator: Initiator = { url: response?.url ?? script.href, client, parent: this.initiator };
		const { session, referrerPolicy: pagePolicy } = this;
		return new PageClient({ session, initiator, ...this.facts(script, response), pagePolicy });
	}

	/** @internal What its requests of a kind state. */
	policyFor(kind: RequestKind): ReferrerPolicy | undefined {
		const { headers } = this.session.transport.profile.document;
		const policies = { own: this.referrerPolicy, page: this.#pagePolicy };
		return workerPolicy(headers, kind, this.initiator.client, policies);
	}

	/** A URL, relative to the client. Throws `ERR_INVALID_URL`. */
	protected resolve(url: string | URL): URL {
		const text = String(url);
		if (URL.canParse(text, this.#base?.href)) return new URL(text, this.#base);
		throw new InvalidArgumentError('The URL is not valid.', 'ERR_INVALID_URL');
	}

	/** Base and policy of what is at a URL. */
	protected facts(
		url: URL,
		response: WiretwinResponse | undefined,
	): Pick<ClientFacts, 'base' | 'response' | 'referrerPolicy'> {
		const inherits = url.protocol === 'about:';
		return {
			base: inherits ? this.#base : new URL(response?.url ?? url),
			response,
			referrerPolicy: inherits ? this.referrerPolicy : policyOf(response),
		};
	}

	protected async send(
		kind: RequestKind,
		input: string | URL | Request,
		init: PageInit,
		initiator: Initiator = this.initiator,
	): Promise<WiretwinResponse> {
		if ('initiator' in init) refuse('initiator', 'absent: it is the page');
		const target = typeof input === 'string' || input instanceof URL ? this.resolve(input) : input;
		const referrerPolicy = this.policyFor(kind);
		return this.session.fetch(target, { ...(referrerPolicy ? { referrerPolicy } : {}), ...init, kind, initiator });
	}
}

/** The policy that an answer states for what it brings. */
export function policyOf(response: WiretwinResponse | undefined): ReferrerPolicy | undefined {
	const stated = response?.headers.get('referrer-policy');
	return stated ? parseReferrerPolicy([stated]) : undefined;
}
