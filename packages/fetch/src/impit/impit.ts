/** The class of impit. */
import { InvalidArgumentError } from '../errors/classes.ts';
import { follow } from '../exchange/follow.ts';
import { normalizeCall } from '../options/fetch-init.ts';
import { refusePromising } from '../options/neighbour-options.ts';
import { createSession, type Session } from '../session.ts';
import type { BodyInput, FetchInit, SessionOptions } from '../types/options.ts';
import { cookiesOf, isToughJar, noCookies } from './cookies.ts';
import { impitError } from './impit-error.ts';
import { ImpitResponse } from './response.ts';
import type { HeadersInput, ImpitOptions, RequestInit } from './types.ts';

/** Limit of a request that states none, milliseconds: that of impit. */
const DEFAULT_TIMEOUT = 30_000;
/** Redirects that impit follows. */
const DEFAULT_MAX_REDIRECTS = 20;
/**
 * Without `browser` nothing of a browser's is sent: the fields are those of impit's plain client, over connections of a
 * library that is no browser either.
 */
const PLAIN = { browser: 'okhttp', fields: { accept: '*/*', 'accept-encoding': 'gzip, deflate, br, zstd' } } as const;

/** Options of an instance. */
const instanceKeys: ReadonlySet<string> = new Set([
	'browser',
	'ignoreTlsErrors',
	'vanillaFallback',
	'proxyUrl',
	'timeout',
	'http3',
	'followRedirects',
	'maxRedirects',
	'cookieJar',
	'headers',
	'localAddress',
] satisfies ReadonlyArray<keyof ImpitOptions>);
/** Options of a call. */
const callKeys: ReadonlySet<string> = new Set([
	'method',
	'headers',
	'body',
	'timeout',
	'forceHttp3',
	'signal',
	'redirect',
] satisfies ReadonlyArray<keyof RequestInit>);
const ofInstance = { keys: instanceKeys, written: (option: string) => `the instance: new Impit({ ${option} })` };

type Field = { name: string; values: string[] };

/** One user agent: its connections, its headers, and its cookies if it has a jar. */
export class Impit {
	readonly #session: Session;
	readonly #options: ImpitOptions;
	readonly #cookies: ReturnType<typeof cookiesOf> | undefined;
	readonly #isPlain: boolean;

	/** @throws InvalidArgumentError for options that are wrong or cannot be had */
	constructor(options?: ImpitOptions | null) {
		this.#options = options ?? {};
		refusePromising(this.#options, instanceKeys, 'the options of Impit');
		refuseUnavailable(this.#options);
		const { browser, cookieJar } = this.#options;
		this.#isPlain = browser === undefined || browser === null;
		const isTough = cookieJar !== undefined && cookieJar !== null && isToughJar(cookieJar);
		if (!isTough) this.#cookies = cookieJar ? cookiesOf(cookieJar) : noCookies;
		this.#session = createSession(sessionOptions(this.#options, this.#isPlain));
		this.fetch = this.fetch.bind(this);
	}

	/** Sends a request. Rejects with an `ImpitError`, or with the signal's reason. */
	async fetch(resource: string | URL | Request, init: RequestInit = {}): Promise<ImpitResponse> {
		refusePromising(init, callKeys, 'the options of fetch', ofInstance);
		if (init.forceHttp3)
			throw refused('forceHttp3', 'HTTP/3 is not spoken; leave it out, the request then goes over HTTP/2');
		const { signal } = init;
		signal?.throwIfAborted();
		try {
			const call = normalizeCall(resource, this.#callInit(resource, init));
			const context = this.#session.context(call.method, call.url);
			return new ImpitResponse(await follow(call, this.#cookies ? { ...context, cookies: this.#cookies } : context));
		} catch (error) {
			throw impitError(error, this.#options.maxRedirects ?? DEFAULT_MAX_REDIRECTS);
		}
	}

	#callInit(resource: string | URL | Request, init: RequestInit): FetchInit {
		const request = resource instanceof Request ? resource : undefined;
		const method = init.method ?? request?.method ?? 'GET';
		const { followRedirects = true, timeout: limit = DEFAULT_TIMEOUT } = this.#options;
		const timeout = init.timeout ?? limit;
		const own = followRedirects ? undefined : 'manual';
		const redirect = init.redirect ?? (request && request.redirect !== 'follow' ? request.redirect : own);
		// As in impit, a body that a method has no place for is not sent.
		const body = method.toUpperCase() === 'GET' || method.toUpperCase() === 'HEAD' ? undefined : init.body;
		return {
			method,
			headers: this.#fields(init.headers ?? request?.headers),
			...(body === undefined || body === null ? {} : { body: body as BodyInput }),
			...(redirect === undefined ? {} : { redirect }),
			...(timeout > 0 ? { timeout } : {}),
			...(init.signal ? { signal: init.signal } : {}),
			...(this.#isPlain ? { defaultHeaders: false as const } : {}),
		};
	}

	/** The instance's fields under those of the call; an empty value takes the browser's field away. */
	#fields(given: HeadersInput | undefined): Record<string, string[] | null> {
		const fields = new Map<string, Field>();
		if (this.#isPlain) add(fields, PLAIN.fields);
		add(fields, this.#options.headers);
		add(fields, given);
		const result: Record<string, string[] | null> = Object.create(null);
		for (const { name, values } of fields.values())
			result[name] = values.every((value) => value === '') ? null : values;
		return result;
	}
}

/** Adds fields, which replace those of the same name in any case. */
function add(fields: Map<string, Field>, input: HeadersInput | undefined): void {
	if (input === undefined || input === null) return;
	const pairs = Symbol.iterator in input ? [...input] : Object.entries(input);
	const fresh = new Map<string, Field>();
	for (const [name, value] of pairs) {
		if (value === undefined || value === null) continue;
		const known = fresh.get(name.toLowerCase());
		if (known) known.values.push(String(value));
		else fresh.set(name.toLowerCase(), { name, values: [String(value)] });
	}
	for (const [key, field] of fresh) fields.set(key, field);
}

function sessionOptions(options: ImpitOptions, isPlain: boolean): SessionOptions {
	const { browser, ignoreTlsErrors, proxyUrl, maxRedirects, cookieJar, localAddress } = options;
	return {
		browser: isPlain || browser === undefined ? PLAIN.browser : browser,
		...(ignoreTlsErrors ? { insecure: true } : {}),
		...(proxyUrl ? { proxy: proxyUrl } : {}),
		maxRedirects: maxRedirects ?? DEFAULT_MAX_REDIRECTS,
		...(localAddress ? { localAddress } : {}),
		...(cookieJar && isToughJar(cookieJar) ? { cookieJar } : {}),
	};
}

function refuseUnavailable({ http3, vanillaFallback }: ImpitOptions): void {
	if (http3) throw refused('http3', 'HTTP/3 is not spoken; leave it out, requests then go over HTTP/2');
	if (vanillaFallback)
		throw refused(
			'vanillaFallback',
			'a request is never sent again with another fingerprint; leave it out, and make a second Impit without "browser" for such sites',
		);
}

function refused(option: string, why: string): InvalidArgumentError {
	return new InvalidArgumentError(`"${option}" cannot be had: ${why}.`, 'ERR_INVALID_OPTION');
}
