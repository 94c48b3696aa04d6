import type { FetchInit } from 'wiretwin';

/** What goes to `session.fetch`. */
type Call = { input: string | URL | Request; init: FetchInit };

/**
 * `accept` values that ky sets for its shortcuts (`.text()`, `.blob()`, `.formData()`) and no page does: the browser's
 * own goes out instead. `application/json` stays, because servers choose by it.
 */
const shortcutAccepts: ReadonlySet<string> = new Set(['text/*', '*/*', 'multipart/form-data']);

/** Boundary of a form that Node's `Request` has encoded; no browser writes one like it. */
const nodeForm = /^multipart\/form-data; boundary=----formdata-undici-[0-9]+$/;

/** Takes out of a Request what its maker put in without being asked, so that the browser's own takes its place. */
export async function readRequest(
	input: string | URL | Request,
	init: FetchInit,
	defaultKind: FetchInit['kind'] | undefined,
): Promise<Call> {
	if (!isRequest(input)) return { input, init: defaultKind && !init.kind ? { ...init, kind: defaultKind } : init };
	const { headers } = input;
	const accept = headers.get('accept');
	// `*/*` is what a script of the page sends; ky says so for `.bytes()`, `.blob()` and the like.
	const isScript = accept === '*/*' || accept?.includes('json');
	const kind = init.kind ?? defaultKind ?? (isScript ? 'fetch' : undefined);
	const call: FetchInit = kind === undefined || init.kind !== undefined ? init : { ...init, kind };
	const type = headers.get('content-type');
	if (type !== null && nodeForm.test(type) && init.body === undefined) return readForm(input, call);
	const changes: FetchInit = {};
	if (accept !== null && shortcutAccepts.has(accept)) changes.headers = without(headers, 'accept');
	return { input, init: { ...changes, ...call } };
}

/** Requests by their signals, which Node ends with them: whoever has the signal keeps its Request. */
const made = new WeakMap<AbortSignal, Request>();

/** Forms are encoded again, as the browser does it. */
async function readForm(request: Request, init: FetchInit): Promise<Call> {
	const accept = request.headers.get('accept');
	const headers = without(request.headers, 'content-type');
	if (accept !== null && shortcutAccepts.has(accept)) headers.delete('accept');
	const { method, redirect, signal } = request;
	made.set(signal, request);
	const kind = init.kind ?? 'fetch';
	return {
		input: request.url,
		init: { method, redirect, signal, headers, ...factsOf(request), ...init, kind, body: await request.formData() },
	};
}

/** Members of a Request that say something about the page; the defaults of its constructor say nothing. */
function factsOf(request: Request): FetchInit {
	const facts: FetchInit = {};
	if (request.mode !== 'cors' && request.mode !== undefined) facts.mode = request.mode;
	if (request.credentials !== 'same-origin') facts.credentials = request.credentials;
	if (request.cache !== 'default') facts.cache = request.cache;
	if (request.referrer !== 'about:client') facts.referrer = request.referrer;
	if (request.referrerPolicy) facts.referrerPolicy = request.referrerPolicy;
	return facts;
}

function without(headers: Headers, name: string): Headers {
	const copy = new Headers(headers);
	copy.delete(name);
	return copy;
}

/** By tag: a Request of another realm or copy of undici counts too. */
function isRequest(input: unknown): input is Request {
	return Object.prototype.toString.call(input) === '[object Request]';
}
