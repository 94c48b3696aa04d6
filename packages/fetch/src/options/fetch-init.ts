import type { LayoutRequest, RequestKind } from '@wiretwin/profiles';
import { type RequestBody, releaseSource } from '../body/request-body.ts';
import { InvalidArgumentError } from '../errors/classes.ts';
import { type CallerHeaders, chooseHeaders } from '../headers/caller-headers.ts';
import { checkFieldValue, normalizeMethod } from '../headers/check.ts';
import { destinations } from '../headers/destinations.ts';
import { noCorsHeaders } from '../headers/no-cors.ts';
import type { Client } from '../initiator/client.ts';
import { initiatorOption } from '../initiator/initiator-option.ts';
import type { Transport } from '../transport.ts';
import type { RedirectMode } from '../types/fetch-terms.ts';
import type { FetchInit } from '../types/options.ts';
import { booleanOption, choiceOption, countOption, objectOption, refuse, textOf } from './checks.ts';
import { refuseUnknown } from './near-match.ts';
import { nameHere } from './other-clients.ts';
import { type NormalizedProxy, normalizeProxy } from './proxy.ts';
import { isNodeForm, isRequest, type RequestLike, signalOfRequest } from './request-input.ts';
import { listenerOption, redirectOption, transportOption } from './session-options.ts';
import { parseCallTarget } from './target.ts';
import { type NormalizedTimeouts, normalizeTimeouts } from './timeouts.ts';
import { transportKeys } from './transport-options.ts';

/** Keys of `FetchInit`. */
export const initKeys = [
	'method',
	'headers',
	'exactHeaders',
	'proxy',
	'body',
	'signal',
	'redirect',
	'maxRedirects',
	'referrer',
	'referrerPolicy',
	'initiator',
	'mode',
	'credentials',
	'cache',
	'validators',
	'integrity',
	'destination',
	'kind',
	'userActivation',
	'priority',
	'sync',
	'preflightFor',
	'timeout',
	'transport',
	'defaultHeaders',
	'decompress',
	'maxResponseBytes',
	'newConnection',
	'onRequestEvent',
	'duplex',
	'keepalive',
	'window',
] as const;
const known: ReadonlySet<string> = new Set(initKeys);
const ofTransport: ReadonlySet<string> = new Set(transportKeys);

/** A call of `fetch`, checked. Absent parts are the session's. */
export type NormalizedCall = {
	url: URL;
	method: string;
	headers: CallerHeaders;
	/** Not extracted yet: the profile decides how forms are written. */
	body: unknown;
	/** The body came inside a Request. */
	request: RequestLike | undefined;
	/** Its type names a boundary of Node's, in the place of which comes the browser's. */
	nodeForm: boolean;
	/** What became of the body. */
	taken: RequestBody | null | undefined;
	init: FetchInit;
	/** Of a stored answer that is asked for again. */
	validators: LayoutRequest['validators'];
	/** Who asks, where the caller says more of it than `referrer` does. */
	initiator: Client | undefined;
	signal: AbortSignal | undefined;
	redirect: RedirectMode | undefined;
	maxRedirects: number | undefined;
	timeouts: NormalizedTimeouts | undefined;
	transport: Transport | undefined;
	browserHeaders: boolean | undefined;
	decompress: boolean | undefined;
	maxResponseBytes: number | undefined;
	newConnection: boolean;
	onRequestEvent: FetchInit['onRequestEvent'];
	/** Instead of the session's, for every hop. */
	proxy: NormalizedProxy | undefined;
	/** Redirects change the body but not the method: what `-X` of the command line asks for. */
	keepMethod?: boolean;
	/** Statuses after which a POST stays one: `--post302` and its kin. */
	keepPost?: ReadonlySet<number>;
};

/** The options of a call without any, which need no look at each of them. */
const nothing: FetchInit = Object.freeze({});

/** Checks the arguments of `fetch` before anything is sent. Throws `ERR_INVALID_*`. */
export function normalizeCall(input: unknown, init: FetchInit | undefined): NormalizedCall {
	const given = init ?? nothing;
	if (typeof given !== 'object') throw new InvalidArgumentError('The second argument of fetch must be an object.');
	if (given !== nothing) {
		refuseFixed(given);
		refuseUnknown(given, known, 'the options of fetch');
	}
	const request = isRequest(input) ? input : undefined;
	const url = parseCallTarget(request ? request.url : input);
	const method = normalizeMethod(textOf(given.method ?? request?.method ?? 'GET', 'The method'));
	const body = given.body !== undefined ? given.body : request?.body;
	if (body !== undefined && body !== null && (method === 'GET' || method === 'HEAD')) {
		throw new InvalidArgumentError(`A ${method} request cannot have a body.`);
	}
	const merged = request ? { ...requestInit(request), ...given } : given;
	if (merged !== nothing) {
		checkWords(merged);
		refuseImpossible(merged, method);
	}
	const headers = chooseHeaders(
		given.headers ?? (given.exactHeaders === undefined ? request?.headers : undefined),
		given.exactHeaders,
	);
	return {
		url,
		method,
		headers: merged.mode === 'no-cors' && !headers.verbatim ? noCorsHeaders(headers) : headers,
		body: body ?? null,
		request: given.body === undefined ? request : undefined,
		nodeForm:
			given.body === undefined &&
			request !== undefined &&
			request.body !== null &&
			given.headers === undefined &&
			isNodeForm(request),
		taken: undefined,
		init: merged,
		validators: validatorsOption(given.validators),
		initiator: initiatorOption(given.initiator),
		signal: signalOf(given.signal === undefined ? request && signalOfRequest(request) : given.signal),
		redirect: redirectOption(merged.redirect),
		maxRedirects: countOption(given.maxRedirects, 'maxRedirects', 0),
		timeouts: given.timeout === undefined ? undefined : normalizeTimeouts(given.timeout),
		transport: transportOption(given.transport),
		browserHeaders: defaultHeadersOption(given.defaultHeaders),
		decompress: given.decompress === undefined ? undefined : booleanOption(given.decompress, 'decompress', true),
		maxResponseBytes: countOption(given.maxResponseBytes, 'maxResponseBytes', 0),
		proxy: given.proxy === undefined ? undefined : normalizeProxy(given.proxy),
		newConnection: booleanOption(given.newConnection, 'newConnection', false),
		onRequestEvent: listenerOption(given.onRequestEvent),
	};
}

/** `browser`, `os`, `proxy` ... belong to connections, which outlive one request. */
function refuseFixed(given: object): void {
	for (const key of Object.keys(given)) {
		if (known.has(key) || (given as Record<string, unknown>)[key] === undefined) continue;
		const option = ofTransport.has(key) ? key : nameHere(key);
		if (option === undefined || known.has(option) || !ofTransport.has(option)) continue;
		const meant = option === key ? '' : `, which is meant by "${key}",`;
		throw new InvalidArgumentError(
			`"${option}"${meant} is fixed when a session is created and cannot change per request. ` +
				`To use another one here, pass transport: createTransport({ ${option}: ... }).`,
			'ERR_INVALID_OPTION',
		);
	}
}

/** What a Request adds; its constructor's defaults (`cors`, `same-origin`, `about:client`) say nothing and are left out. */
function requestInit(request: RequestLike): FetchInit {
	const init: Record<string, unknown> = { redirect: request.redirect };
	if (request.mode !== undefined && request.mode !== 'cors') init.mode = request.mode;
	if (request.credentials !== undefined && request.credentials !== 'same-origin')
		init.credentials = request.credentials;
	if (request.cache !== undefined && request.cache !== 'default') init.cache = request.cache;
	if (request.referrer !== undefined && request.referrer !== 'about:client') init.referrer = request.referrer;
	if (request.referrerPolicy) init.referrerPolicy = request.referrerPolicy;
	if (request.keepalive) init.keepalive = true;
	if (request.integrity) init.integrity = request.integrity;
	if (request.destination) init.destination = request.destination;
	return init as FetchInit;
}

function checkWords(init: FetchInit): void {
	choiceOption(init.mode, 'mode', ['navigate', 'cors', 'no-cors', 'same-origin']);
	choiceOption(init.credentials, 'credentials', ['include', 'same-origin', 'omit']);
	choiceOption(init.cache, 'cache', ['default', 'no-store', 'reload', 'no-cache', 'force-cache', 'only-if-cached']);
	choiceOption(init.priority, 'priority', ['high', 'low', 'auto']);
	choiceOption(init.referrerPolicy, 'referrerPolicy', [
		'',
		'no-referrer',
		'no-referrer-when-downgrade',
		'origin',
		'origin-when-cross-origin',
		'same-origin',
		'strict-origin',
		'strict-origin-when-cross-origin',
		'unsafe-url',
	]);
	choiceOption(init.destination, 'destination', destinations);
	if (
		init.referrer !== undefined &&
		typeof init.referrer !== 'string' &&
		!((init.referrer as unknown) instanceof URL)
	) {
		refuse('referrer', 'an http or https URL');
	}
	if (init.integrity !== undefined && typeof init.integrity !== 'string') refuse('integrity', 'a string');
	if (init.kind !== undefined && typeof init.kind !== 'string') refuse('kind', 'a kind of request');
	if (booleanOption(init.sync, 'sync', false) && init.kind !== 'xhr' && init.kind !== 'preflight')
		refuse('sync', `absent unless kind is 'xhr' or 'preflight'`);
	if (
		choiceOption(init.preflightFor, 'preflightFor', ['fetch', 'xhr', 'beacon']) !== undefined &&
		init.kind !== 'preflight'
	)
		refuse('preflightFor', `absent unless kind is 'preflight'`);
	if (init.userActivation !== undefined) booleanOption(init.userActivation, 'userActivation', false);
}

/** What no browser can be made to send (fetch: new Request(input, init)). */
function refuseImpossible({ cache, mode, window }: FetchInit, method: string): void {
	if (cache === 'only-if-cached' && mode !== 'same-origin') refuse('cache', `another unless mode is 'same-origin'`);
	if (mode === 'no-cors' && !['GET', 'HEAD', 'POST'].includes(method)) {
		refuse('mode', `another with ${method}: without CORS there are GET, HEAD and POST`);
	}
	if (window !== undefined && window !== null) refuse('window', 'null');
}

/** Lets go of the body of a call that failed before it was sent. */
export function releaseBody({ taken, request, body }: NormalizedCall, reason: unknown): void {
	if (taken === undefined) releaseSource(request ? request.body : body, reason);
	else if (taken?.kind === 'stream') taken.release?.(reason);
}

/** Refuses a kind that the profile does not know, naming those it does. */
export function checkKind(kind: RequestKind, kinds: { readonly [kind: string]: unknown }): void {
	if (!Object.hasOwn(kinds, kind)) refuse('kind', `one of ${Object.keys(kinds).join(', ')}`);
}

const validatorKeys: ReadonlySet<string> = new Set(['etag', 'lastModified']);

function validatorsOption(value: unknown): LayoutRequest['validators'] {
	if (value === undefined) return undefined;
	const given = objectOption(value, 'validators');
	refuseUnknown(given, validatorKeys, 'the option "validators"');
	const { etag, lastModified } = given;
	if (etag === undefined && lastModified === undefined)
		refuse('validators', 'one of "etag" and "lastModified" at least');
	return {
		...(etag === undefined ? {} : { etag: validator('etag', etag) }),
		...(lastModified === undefined ? {} : { lastModified: validator('lastModified', lastModified) }),
	};
}

function validator(name: string, value: unknown): string {
	if (typeof value !== 'string' || value === '') refuse(`validators.${name}`, 'the text of a field');
	return checkFieldValue(name, value);
}

function defaultHeadersOption(value: unknown): boolean | undefined {
	if (value === undefined) return undefined;
	return value === false ? false : refuse('defaultHeaders', '"false" or absent in a single request');
}

/** Signals of another realm work too: only the interface counts. */
function signalOf(signal: unknown): AbortSignal | undefined {
	if (signal === undefined || signal === null) return undefined;
	const candidate = signal as Partial<AbortSignal>;
	if (typeof candidate.aborted === 'boolean' && typeof candidate.addEventListener === 'function')
		return signal as AbortSignal;
	return refuse('signal', 'an AbortSignal');
}
