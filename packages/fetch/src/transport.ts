import {
	createNativeTransport,
	isNativeError,
	type NativeRequest,
	type NativeTransport,
	type NativeTransportOptions,
} from '@wiretwin/core-native';
import { createHeaderEngine, type HeaderEngine, type Profile } from '@wiretwin/profiles';
import { cookieHost, isAddress } from './cookies/site.ts';
import { StateError } from './errors/classes.ts';
import { fromCreationError } from './errors/from-native.ts';
import { type RequestSummary, summarize } from './errors/wiretwin-error.ts';
import { afterLookup, type Question, withAddresses } from './exchange/after-lookup.ts';
import { Exchange } from './exchange/exchange.ts';
import { type ExchangeDefaults, mergeFields, mergeTimeouts, noDefaults } from './exchange/exchange-defaults.ts';
import { type PreparedRequest, toNativeRequest } from './exchange/native-request.ts';
import { Waits } from './exchange/waits.ts';
import { mergeHeaders, readHeaders } from './headers/caller-headers.ts';
import { normalizeMethod } from './headers/check.ts';
import { askerOfExchange } from './initiator/asker-of-exchange.ts';
import { NameLookup } from './lookup/name-lookup.ts';
import { checkExchange } from './options/checks.ts';
import { type NormalizedProxy, normalizeProxy } from './options/proxy.ts';
import { normalizeRequestTls, type RequestTls } from './options/request-tls.ts';
import { checkTarget, parseTarget } from './options/target.ts';
import type { NormalizedTimeouts } from './options/timeouts.ts';
import { type NormalizedTransport, normalizeTransport } from './options/transport-options.ts';
import type { CheckServerIdentity } from './tls/peer-certificate.ts';
import type { ExchangeHandler, ExchangeRequest } from './types/exchange.ts';
import type { TransportOptions } from './types/options.ts';

/** Pools kept for proxies and TLS options of single requests. */
const maxExtraPools = 100;

/** Connections, TLS tickets, proxy and profile, without cookies. Made by `createTransport`. */
export class Transport {
	/** The browser that it speaks like. */
	readonly profile: Profile;
	readonly #options: NormalizedTransport;
	readonly #engine: HeaderEngine;
	#main: NativeTransport | undefined;
	/** For hosts that `proxy.noProxy` names. */
	#direct: NativeTransport | undefined;
	/** One pool for each proxy and each TLS of a request: the engine takes it only when a transport is made. */
	readonly #extras = new Map<string, NativeTransport>();
	readonly #names: NameLookup | undefined;
	/** What waits for an answer of a `lookup`. */
	readonly #waits = new Waits();
	#closed = false;
	#trust: string | undefined;

	/** @internal Use `createTransport`. */
	constructor(options: NormalizedTransport) {
		this.#options = options;
		this.profile = options.profile;
		this.#names = options.lookup && new NameLookup(options.lookup);
		this.#engine = createHeaderEngine(options.profile, options.locale === undefined ? {} : { locale: options.locale });
	}

	/** `close()` was called. */
	get closed(): boolean {
		return this.#closed;
	}

	/**
	 * @internal Whom it believes: the same text for transports that believe the same servers, `''` for what all do. What a server
	 * has left behind that not everybody would believe is shown to nobody else.
	 */
	get trust(): string {
		this.#trust ??= trustOf(this.#options);
		return this.#trust;
	}

	/** Refuses addresses that are not public (`denyPrivateAddresses`); who could go around it has to ask. */
	get deniesPrivateAddresses(): boolean {
		return this.#options.native.denyPrivateAddresses !== undefined;
	}

	/**
	 * Sends one request: no redirects, cookies or retries. For adapters; see docs/internals/adapters-seam.md.
	 * Throws for wrong arguments and a closed transport; every later failure goes to `handler.onError`.
	 */
	exchange(request: ExchangeRequest, handler: ExchangeHandler): Exchange {
		checkExchange(request, handler);
		return this.exchangeWith(noDefaults, request, handler);
	}

	/** @internal The same with what a session says of all its requests. */
	exchangeWith(defaults: ExchangeDefaults, request: ExchangeRequest, handler: ExchangeHandler): Exchange {
		const url = request.url instanceof URL ? checkTarget(request.url) : parseTarget(request.url);
		const proxy = request.proxy === undefined ? undefined : normalizeProxy(request.proxy);
		const tls = request.tls === undefined ? undefined : normalizeRequestTls(request.tls, this.#options.native, url);
		const method = normalizeMethod(request.method ?? 'GET');
		const timeouts = mergeTimeouts(defaults.timeouts, request);
		const { headers, cookie } = mergeFields(defaults, request);
		const names = request.lookup === undefined ? this.#names : NameLookup.of(request.lookup);
		// A signal ends the exchange, which then waits no longer.
		const lookUp = this.#question(names, url, method, timeouts, undefined, proxy ?? this.#proxyOf(url));
		return this.run(
			{
				url,
				method,
				headers,
				kind: request.kind ?? 'fetch',
				layout: request.layout ?? {},
				cookie,
				anonymous: this.#isAnonymous(request),
				client: askerOfExchange(request),
				browserHeaders: request.browserHeaders ?? defaults.browserHeaders,
				body: request.body ?? null,
				contentType: request.contentType,
				contentLength: request.contentLength,
				timeouts,
				decompress: request.decompress ?? defaults.decompress,
				dictionary: undefined,
				maxResponseBytes: request.maxResponseBytes ?? defaults.maxResponseBytes,
				newConnection: request.newConnection ?? false,
				connectOnly: request.connectOnly ?? false,
				upgrade: request.upgrade ?? false,
				protocols: request.protocols,
				phases: handler.onPhase !== undefined,
				checkServerIdentity: request.checkServerIdentity,
			},
			request.signal,
			handler,
			lookUp,
			proxy,
			tls,
		);
	}

	/** @internal Sends what is already checked. */
	run(
		prepared: PreparedRequest,
		signal: AbortSignal | undefined,
		handler: ExchangeHandler,
		addresses?: readonly string[] | Question,
		proxy?: NormalizedProxy,
		tls?: RequestTls,
	): Exchange {
		const summary = summarize(prepared.method, prepared.url);
		if (this.#closed) throw closedError(summary);
		// Who is asked for no answer needs no proof of who he is: the request that follows asks for it.
		prepared.checkServerIdentity = prepared.connectOnly
			? undefined
			: allOf(this.#options.checkServerIdentity, prepared.checkServerIdentity);
		const request = this.#laidOut(prepared);
		const native = this.#pool(prepared.url, request.host, request.port, proxy, tls);
		const check = ofServer(prepared.checkServerIdentity, tls?.native.serverName);
		if (typeof addresses === 'function') {
			return new Exchange(afterLookup(native, addresses), request, summary, signal, handler, check);
		}
		const addressed = addresses ? withAddresses(request, addresses) : request;
		return new Exchange(native, addressed, summary, signal, handler, check);
	}

	/** @internal All fields of a request as they would be sent: name, value, ... */
	fieldsOf(prepared: PreparedRequest): readonly string[] {
		return this.#laidOut(prepared).headers;
	}

	#laidOut(prepared: PreparedRequest): NativeRequest {
		const { acceptLanguage } = this.#options;
		if (acceptLanguage !== undefined && prepared.browserHeaders) {
			prepared.headers = mergeHeaders(readHeaders({ 'accept-language': acceptLanguage }), prepared.headers);
		}
		return toNativeRequest(this.#engine, prepared, this.profile);
	}

	/** @internal Asks the caller's `lookup` for a host that this transport would resolve itself; `undefined` = no need. */
	lookUp(
		url: URL,
		method: string,
		timeouts: NormalizedTimeouts,
		signal: AbortSignal | undefined,
		running: Waits,
		proxy?: NormalizedProxy,
	): Promise<readonly string[]> | undefined {
		return this.#question(this.#names, url, method, timeouts, signal, proxy ?? this.#proxyOf(url))?.(running);
	}

	/** @internal Forgets what name servers have said. */
	forgetNames(): void {
		for (const native of this.#all()) native.forgetNames();
	}

	/** @internal TLS session tickets, opaque and secret. For `session.export()`, which seals them. */
	exportTickets(): Uint8Array {
		return this.#main?.exportTickets() ?? new Uint8Array(0);
	}

	/**
	 * @internal Puts tickets of `exportTickets()` back. Only for bytes that nobody else can have written: a ticket says
	 * whose certificate was verified, and is believed.
	 */
	importTickets(tickets: Uint8Array): void {
		if (tickets.byteLength > 0) this.#mainTransport().importTickets(tickets);
	}

	/** Open sockets and running requests. */
	stats(): { connections: number; exchanges: number } {
		const total = { connections: 0, exchanges: 0 };
		for (const native of this.#all()) {
			const { connections, exchanges } = native.stats();
			total.connections += connections;
			total.exchanges += exchanges;
		}
		return total;
	}

	/** Aborts what runs and closes the connections. Idempotent. */
	async close(): Promise<void> {
		this.#closed = true;
		this.#waits.end(() => closedError(undefined));
		await Promise.all(this.#all().map((native) => native.close()));
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await this.close();
	}

	/** How to ask a lookup of the caller's, if there is one and names are resolved here at all. */
	#question(
		names: NameLookup | undefined,
		url: URL,
		method: string,
		timeouts: NormalizedTimeouts,
		signal: AbortSignal | undefined,
		proxy: NormalizedProxy | undefined,
	): Question | undefined {
		if (!names) return undefined;
		const host = cookieHost(url);
		// Every proxy but socks4 and socks5 resolves names itself.
		const remote = proxy && !/^socks[45]$/.test(proxy.native.kind) && !proxy.bypass(host, Number(url.port));
		if (remote || isAddress(host)) return undefined;
		const { resolve } = this.#options.native;
		if (resolve && (host in resolve || `${host}:${url.port}` in resolve)) return undefined;
		return (asking) => names.addresses(host, summarize(method, url), timeouts, signal, [asking, this.#waits]);
	}

	#isAnonymous({ kind = 'fetch', layout }: ExchangeRequest): boolean {
		if (kind === 'preflight') return true;
		return (layout?.credentials ?? this.profile.document.headers.kinds[kind]?.credentials) === 'omit';
	}

	#all(): NativeTransport[] {
		return [this.#main, this.#direct, ...this.#extras.values()].filter((native) => native !== undefined);
	}

	/** `given`: the proxy of this request, instead of the transport's. */
	#pool(
		url: URL,
		host: string,
		port: number,
		given: NormalizedProxy | undefined,
		tls: RequestTls | undefined,
	): NativeTransport {
		const proxy = given ?? this.#proxyOf(url);
		if (tls) {
			const through = proxy?.bypass(host, port) ? undefined : proxy?.native;
			const key = `${tls.key} ${through ? JSON.stringify(through) : ''}`;
			return this.#extra(key, () => (through ? { ...tls.native, proxy: through } : tls.native));
		}
		if (proxy !== this.#options.proxy) return proxy ? this.#through(proxy, host, port) : this.#directly();
		return proxy?.bypass(host, port) ? this.#directly() : this.#mainTransport();
	}

	#through({ native: proxy, bypass }: NormalizedProxy, host: string, port: number): NativeTransport {
		const { native: options } = this.#options;
		if (bypass(host, port)) return this.#directly();
		return this.#extra(JSON.stringify(proxy), () => ({ ...options, proxy }));
	}

	/** A pool that differs from the main one; the one used last is the last to go. */
	#extra(key: string, options: () => NativeTransportOptions): NativeTransport {
		const native = this.#extras.get(key) ?? create(options());
		this.#extras.delete(key);
		this.#extras.set(key, native);
		this.#retire(native);
		return native;
	}

	/** Options that change all the time must not pile up pools: the oldest idle ones go. */
	#retire(keep: NativeTransport): void {
		for (const [key, native] of this.#extras) {
			if (this.#extras.size <= maxExtraPools) return;
			if (native === keep || native.stats().exchanges > 0) continue;
			this.#extras.delete(key);
			void native.close();
		}
	}

	#proxyOf(url: URL): NormalizedProxy | undefined {
		return url.protocol === 'http:' ? this.#options.httpProxy : this.#options.proxy;
	}

	#directly(): NativeTransport {
		this.#direct ??= create(this.#options.native);
		return this.#direct;
	}

	#mainTransport(): NativeTransport {
		this.#main ??= this.#throughProxy();
		return this.#main;
	}

	#throughProxy(): NativeTransport {
		const { proxy, native } = this.#options;
		return create(proxy ? { ...native, proxy: proxy.native } : native);
	}
}

/**
 * Makes connections of one kind that several sessions may share, each with its own cookies.
 * @example const transport = createTransport({ browser: 'firefox', proxy: 'socks5h://127.0.0.1:9050' });
 */
export function createTransport(options: TransportOptions = {}): Transport {
	return new Transport(normalizeTransport(options));
}

/** Both checks as one: what either refuses is refused. */
function allOf(
	first: CheckServerIdentity | undefined,
	second: CheckServerIdentity | undefined,
): CheckServerIdentity | undefined {
	return first && second ? (...server) => first(...server) ?? second(...server) : (first ?? second);
}

/** A check that is told the name that the certificate had to carry, as by Node. */
function ofServer(check: CheckServerIdentity | undefined, name: string | undefined): CheckServerIdentity | undefined {
	return check && name ? (_host, ...server) => check(name, ...server) : check;
}

function trustOf({ native, checkServerIdentity }: NormalizedTransport): string {
	const { insecure = false, ca, trustStore = 'bundled' } = native;
	const isChecked = checkServerIdentity !== undefined;
	if (!insecure && ca === undefined && trustStore === 'bundled' && !isChecked) return '';
	const { createHash } = process.getBuiltinModule('node:crypto');
	const roots = ca?.map((pem) => Buffer.from(pem).toString('base64'));
	return createHash('sha256')
		.update(JSON.stringify([insecure, roots, trustStore, isChecked]))
		.digest('base64');
}

function create(options: NativeTransportOptions): NativeTransport {
	try {
		return createNativeTransport(options);
	} catch (error) {
		throw isNativeError(error) ? fromCreationError(error) : error;
	}
}

function closedError(request: RequestSummary | undefined): StateError {
	const where = request === undefined ? '' : `: ${request.method} ${request.url}`;
	return new StateError(`The transport is closed (ERR_TRANSPORT_CLOSED)${where}`, {
		code: 'ERR_TRANSPORT_CLOSED',
		phase: 'input',
		request,
	});
}
