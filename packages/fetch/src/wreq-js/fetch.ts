/** Requests of wreq-js. */
import { fetch as ownFetch } from '../fetch.ts';
import { signalOfRequest } from '../options/request-input.ts';
import type { WiretwinResponse } from '../response/wiretwin-response.ts';
import type { FetchInit, TimeoutOptions } from '../types/options.ts';
import {
	chosenProfile,
	connectionKeys,
	defaultFields,
	refuseUnknownPromise,
	transportOptions,
} from './connection-options.ts';
import { Headers } from './headers.ts';
import { readBody, readMethod } from './request-body.ts';
import { abortError, RequestError, requestError } from './request-error.ts';
import { RequestEvents } from './request-events.ts';
import { Response } from './response.ts';
import { type SessionParts, sessionById, sessionParts } from './session.ts';
import { partsOf, type TransportParts } from './transport.ts';
import type { BodyInit, RequestDiagnostics, RequestInit, RequestOptions } from './types.ts';

/** Limit of a request that states none, milliseconds: that of wreq-js. */
const DEFAULT_TIMEOUT = 30_000;

const requestKeys = [
	'method',
	'headers',
	'body',
	'duplex',
	'signal',
	'redirect',
	'transport',
	'timeout',
	'cookieMode',
	'session',
	'sessionId',
	'disableDefaultHeaders',
	'compress',
	'captureDiagnostics',
	'onRequestEvent',
] satisfies ReadonlyArray<keyof RequestInit>;

/** Sends a request; without a session it shares nothing with another one. */
export async function fetch(input: string | URL | Request, init: RequestInit = {}): Promise<Response> {
	const startedAt = performance.now();
	const signal = init.signal === undefined && input instanceof Request ? signalOfRequest(input) : init.signal;
	try {
		return await send(input, init, signal ?? undefined, startedAt);
	} catch (error) {
		if (signal?.aborted) throw abortError(signal.reason);
		// What the standard calls a TypeError of the body's stays one.
		throw error instanceof TypeError && error.constructor === TypeError ? error : requestError(error);
	}
}

async function send(
	input: string | URL | Request,
	init: RequestInit,
	signal: AbortSignal | undefined,
	startedAt: number,
): Promise<Response> {
	if (typeof input === 'string' && input.trim() === '') throw new RequestError('URL is required');
	refuseUnknownPromise(init, requestKeys, 'the options of fetch');
	const session = chosenSession(init);
	const transport = chosenTransport(init, session);
	const timeout = readTimeout(init.timeout) ?? session?.timeout ?? DEFAULT_TIMEOUT;
	const method = init.method === undefined && input instanceof Request ? input.method : readMethod(init.method);
	const call = await callOf(input, init, method, {
		...transport?.timeouts,
		...(timeout > 0 ? { total: timeout } : {}),
	});
	if (signal) call.signal = signal;
	if (transport && !transport.isKeptOpen) call.newConnection = true;
	const url = input instanceof Request ? input.url : String(input);
	const events = init.onRequestEvent && new RequestEvents(init.onRequestEvent, url);
	if (events) call.onRequestEvent = events.take;
	let own: WiretwinResponse;
	try {
		own = await dispatch(input, call, init, session, transport);
	} catch (error) {
		events?.failed(error);
		throw error;
	}
	const wantsDiagnostics = init.captureDiagnostics ?? session?.captureDiagnostics ?? false;
	const response = new Response(own, {
		diagnostics: wantsDiagnostics ? diagnosticsOf(own, startedAt) : null,
		isHead: method === 'HEAD',
		isDecoded: call.decompress !== false,
	});
	const { status, contentLength } = response;
	events?.answered({ hop: own.redirects.length, status, url: own.url, contentLength });
	return response;
}

function dispatch(
	input: string | URL | Request,
	call: FetchInit,
	init: RequestInit,
	session: SessionParts | undefined,
	transport: TransportParts | undefined,
): Promise<WiretwinResponse> {
	if (session) return session.own.fetch(input, transport ? { ...call, transport: transport.own } : call);
	const { defaultHeaders, ...rest } = call;
	const once = { ...rest, ...(defaultHeaders === undefined ? {} : { defaultHeaders }) };
	return ownFetch(input, transport ? { ...once, transport: transport.own } : { ...once, ...transportOptions(init) });
}

/** The part of the call that is the same with a session and without. */
async function callOf(
	input: string | URL | Request,
	init: RequestInit,
	method: string,
	timeout: TimeoutOptions,
): Promise<FetchInit> {
	const { redirect, disableDefaultHeaders, compress } = init;
	if (redirect !== undefined && !['follow', 'manual', 'error'].includes(redirect))
		throw new RequestError(`Redirect mode ${JSON.stringify(redirect)} is not supported`);
	const body = await readBody(init.body);
	if (body !== undefined && body !== null && (method === 'GET' || method === 'HEAD'))
		throw new RequestError(`Request with ${method} method cannot have a body`);
	const headers = headersOf(input, init);
	return {
		method,
		timeout,
		...fieldsOf(headers, disableDefaultHeaders === true),
		...(body === undefined ? {} : { body }),
		...(redirect === undefined ? {} : { redirect }),
		...(compress === false ? { decompress: false } : {}),
	};
}

/** With the browser's fields each has its place among them; alone they keep the caller's order and case. */
function fieldsOf(headers: Record<string, string> | undefined, alone: boolean): FetchInit {
	if (alone) return { exactHeaders: Object.entries(headers ?? {}) };
	return headers === undefined ? {} : { headers };
}

/** Fields of the transport, then of `emulation`, then of the call. */
function headersOf(input: string | URL | Request, init: RequestInit): Record<string, string> | undefined {
	const given = init.headers ?? (input instanceof Request ? [...input.headers] : undefined);
	const below = init.transport === undefined ? undefined : partsOf(init.transport).fields;
	const emulated = init.session === undefined ? defaultFields(init) : undefined;
	if (given === undefined && below === undefined && emulated === undefined) return undefined;
	const merged = new Headers(below as Record<string, string> | undefined);
	for (const list of [emulated, given]) {
		if (list !== undefined) for (const [name, value] of new Headers(list)) merged.set(name, value);
	}
	return Object.assign(Object.create(null), merged.toObject());
}

function chosenSession(init: RequestInit): SessionParts | undefined {
	const { session, sessionId, cookieMode } = init;
	if (session !== undefined && sessionId !== undefined)
		throw new RequestError('Give "session" or "sessionId", not both');
	if (session === undefined && sessionId === undefined) {
		if (cookieMode === 'session') throw new RequestError('cookieMode "session" requires "session" or "sessionId"');
		return undefined;
	}
	if (sessionId !== undefined && cookieMode === 'ephemeral')
		throw new RequestError('cookieMode "ephemeral" cannot be combined with "sessionId"');
	const parts = sessionParts(session ?? sessionById(String(sessionId)));
	if (parts.own.closed) throw new RequestError('Session has been closed');
	return parts;
}

function chosenTransport(init: RequestInit, session: SessionParts | undefined): TransportParts | undefined {
	const { transport } = init;
	if (transport === undefined) {
		if (session) refuseChanges(init, session);
		return undefined;
	}
	const parts = partsOf(transport);
	if (parts.own.closed) throw new RequestError('Transport has been closed');
	const beside = connectionKeys.filter((key) => init[key] !== undefined);
	if (beside.length > 0)
		throw new RequestError(`"transport" cannot be combined with ${beside.join(', ')}: these are the transport's`);
	return parts;
}

/** A session speaks like one browser through one proxy for as long as it lives. */
function refuseChanges(init: RequestInit, { connection, own }: SessionParts): void {
	const { profile } = own.transport;
	const isOther: { readonly [key in (typeof connectionKeys)[number]]: () => boolean } = {
		browser: () =>
			chosenProfile(init.browser, profile.os).document !== chosenProfile(connection.browser, profile.os).document,
		os: () => init.os !== profile.os,
		emulation: () => true,
		proxy: () => init.proxy !== connection.proxy,
		insecure: () => init.insecure !== (connection.insecure ?? false),
		trustStore: () => init.trustStore !== (connection.trustStore ?? 'combined'),
	};
	for (const key of connectionKeys) {
		if (init[key] === undefined || !isOther[key]()) continue;
		throw new RequestError(
			`Session ${key} cannot be changed after creation; give this request a "transport" of createTransport()`,
		);
	}
}

function diagnosticsOf(own: WiretwinResponse, startedAt: number): RequestDiagnostics {
	const { localAddress, localPort, remoteAddress, remotePort, tls } = own.connection;
	const elapsed = Math.round(performance.now() - startedAt);
	const chain = tls?.peerCertificates();
	return {
		totalDurationMs: elapsed,
		headersDurationMs: elapsed,
		status: own.status,
		localAddr: endpoint(localAddress, localPort),
		remoteAddr: endpoint(remoteAddress, remotePort),
		tlsPeerCertificatePresent: chain !== undefined && chain.length > 0,
		...(chain === undefined ? {} : { tlsPeerCertificateChainLength: chain.length }),
	};
}

function endpoint(address: string, port: number): string {
	return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Milliseconds; 0 = none. */
export function readTimeout(timeout: number | undefined): number | undefined {
	if (timeout === undefined) return undefined;
	if (typeof timeout !== 'number' || !Number.isFinite(timeout) || timeout < 0)
		throw new RequestError('Timeout must be 0 (no timeout) or a positive number');
	return timeout;
}

/** `fetch` with the method GET. */
export function get(url: string | URL | Request, init: Omit<RequestInit, 'method'> = {}): Promise<Response> {
	return fetch(url, { ...init, method: 'GET' });
}

/** `fetch` with the method POST. */
export function post(
	url: string | URL | Request,
	body?: BodyInit | null,
	init: Omit<RequestInit, 'method' | 'body'> = {},
): Promise<Response> {
	return fetch(url, { ...init, method: 'POST', ...(body === undefined ? {} : { body }) });
}

/** @deprecated As in wreq-js: call `fetch`. */
export async function request(options: RequestOptions): Promise<Response> {
	const { url, ...init } = options ?? {};
	if (!url) throw new RequestError('URL is required');
	return fetch(url, init);
}
