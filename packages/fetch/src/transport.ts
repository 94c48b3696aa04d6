import {
	createNativeTransport,
	isNativeError,
	type NativeTransport,
	type NativeTransportOptions,
} from '@wiretwin/core-native';
import { createHeaderEngine, type HeaderEngine, type Profile } from '@wiretwin/profiles';
import { StateError } from './errors/classes.ts';
import { fromCreationError } from './errors/from-native.ts';
import { summarize } from './errors/wiretwin-error.ts';
import { Exchange } from './exchange/exchange.ts';
import { type PreparedRequest, toNativeRequest } from './exchange/native-request.ts';
import { mergeHeaders, readHeaders } from './headers/caller-headers.ts';
import { normalizeMethod } from './headers/check.ts';
import { parseTarget } from './options/target.ts';
import { type NormalizedTransport, normalizeTransport } from './options/transport-options.ts';
import type { ExchangeHandler, ExchangeRequest } from './types/exchange.ts';
import type { TransportOptions } from './types/options.ts';

/** Connections, TLS tickets, proxy and profile, without cookies. Made by `createTransport`. */
export class Transport {
	/** The browser that it speaks like. */
	readonly profile: Profile;
	readonly #options: NormalizedTransport;
	readonly #engine: HeaderEngine;
	#main: NativeTransport | undefined;
	/** For hosts that `proxy.noProxy` names. */
	#direct: NativeTransport | undefined;
	#closed = false;

	/** @internal Use `createTransport`. */
	constructor(options: NormalizedTransport) {
		this.#options = options;
		this.profile = options.profile;
		this.#engine = createHeaderEngine(options.profile, options.locale === undefined ? {} : { locale: options.locale });
	}

	/** `close()` was called. */
	get closed(): boolean {
		return this.#closed;
	}

	/**
	 * Sends one request: no redirects, cookies or retries. For adapters; see docs/internals/adapters-seam.md.
	 * Throws for wrong arguments and a closed transport; every later failure goes to `handler.onError`.
	 */
	exchange(request: ExchangeRequest, handler: ExchangeHandler): Exchange {
		const url = parseTarget(request.url);
		return this.run(
			{
				url,
				method: normalizeMethod(request.method ?? 'GET'),
				headers: readHeaders(request.headers),
				kind: request.kind ?? 'fetch',
				layout: request.layout ?? {},
				cookie: request.cookie ?? '',
				browserHeaders: request.browserHeaders ?? true,
				body: request.body ?? null,
				contentType: request.contentType,
				contentLength: request.contentLength,
				timeouts: request.timeouts ?? {},
				decompress: request.decompress ?? true,
				maxResponseBytes: request.maxResponseBytes,
				newConnection: request.newConnection ?? false,
				upgrade: request.upgrade ?? false,
				protocols: request.protocols,
				phases: handler.onPhase !== undefined,
			},
			request.signal,
			handler,
		);
	}

	/** @internal Sends what is already checked. */
	run(prepared: PreparedRequest, signal: AbortSignal | undefined, handler: ExchangeHandler): Exchange {
		const summary = summarize(prepared.method, prepared.url);
		if (this.#closed) {
			throw new StateError(`The transport is closed (ERR_TRANSPORT_CLOSED): ${summary.method} ${summary.url}`, {
				code: 'ERR_TRANSPORT_CLOSED',
				phase: 'input',
				request: summary,
			});
		}
		const { acceptLanguage } = this.#options;
		if (acceptLanguage !== undefined && prepared.browserHeaders) {
			prepared.headers = mergeHeaders(readHeaders({ 'accept-language': acceptLanguage }), prepared.headers);
		}
		const request = toNativeRequest(this.#engine, prepared);
		return new Exchange(this.#native(request.host, request.port), request, summary, signal, handler);
	}

	/** TLS session tickets, opaque and secret. */
	exportTickets(): Uint8Array {
		return this.#main?.exportTickets() ?? new Uint8Array(0);
	}

	/** Puts tickets of `exportTickets()` back. */
	importTickets(tickets: Uint8Array): void {
		if (tickets.byteLength > 0) this.#mainTransport().importTickets(tickets);
	}

	/** Open sockets and running requests. */
	stats(): { connections: number; exchanges: number } {
		const main = this.#main?.stats();
		const direct = this.#direct?.stats();
		return {
			connections: (main?.connections ?? 0) + (direct?.connections ?? 0),
			exchanges: (main?.exchanges ?? 0) + (direct?.exchanges ?? 0),
		};
	}

	/** Aborts what runs and closes the connections. Idempotent. */
	async close(): Promise<void> {
		this.#closed = true;
		await Promise.all([this.#main?.close(), this.#direct?.close()]);
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await this.close();
	}

	#native(host: string, port: number): NativeTransport {
		const { proxy, native } = this.#options;
		if (!proxy?.bypass(host, port)) return this.#mainTransport();
		this.#direct ??= create(native);
		return this.#direct;
	}

	#mainTransport(): NativeTransport {
		const { proxy, native } = this.#options;
		this.#main ??= create(proxy ? { ...native, proxy: proxy.native } : native);
		return this.#main;
	}
}

/**
 * Makes connections of one kind that several sessions may share, each with its own cookies.
 * @example const transport = createTransport({ browser: 'firefox', proxy: 'socks5h://127.0.0.1:9050' });
 */
export function createTransport(options: TransportOptions = {}): Transport {
	return new Transport(normalizeTransport(options));
}

function create(options: NativeTransportOptions): NativeTransport {
	try {
		return createNativeTransport(options);
	} catch (error) {
		throw isNativeError(error) ? fromCreationError(error) : error;
	}
}
