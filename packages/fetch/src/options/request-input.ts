import type { Profile } from '@wiretwin/profiles';
import { encodeForm } from '../body/multipart.ts';
import { type RequestBody, streamBody } from '../body/request-body.ts';
import { tagOf } from '../body/tag.ts';
import { StateError } from '../errors/classes.ts';

/** What is used of a `Request`, whichever realm or copy of undici made it. */
export type RequestLike = {
	readonly url: string;
	readonly method: string;
	readonly headers: Headers;
	readonly body: ReadableStream<Uint8Array> | null;
	readonly bodyUsed: boolean;
	readonly signal?: AbortSignal;
	readonly redirect?: string;
	readonly mode?: string;
	readonly credentials?: string;
	readonly cache?: string;
	readonly referrer?: string;
	readonly referrerPolicy?: string;
	readonly destination?: string;
	readonly integrity?: string;
	readonly keepalive?: boolean;
};

/** True for a Request of any realm. */
export function isRequest(value: unknown): value is RequestLike {
	return typeof value === 'object' && tagOf(value) === 'Request' && typeof (value as RequestLike).url === 'string';
}

/** Requests by their signals. */
const made = new WeakMap<AbortSignal, object>();

/** Node's Request follows the signal that it was given only as long as it is there: whoever has its signal keeps it. */
export function signalOfRequest<Signal>(request: { readonly signal?: Signal }): Signal | undefined {
	const { signal } = request;
	if (signal instanceof AbortSignal) made.set(signal, request);
	return signal;
}

/**
 * Takes the body of a Request, which shows every body as a stream and hides its length. What was made from memory is sent
 * with its length, a form with the browser's boundary, as the browser sends them; a stream of the caller's is streamed.
 * Which of them it is depends on the Request alone, never on time.
 */
export async function takeRequestBody(request: RequestLike, profile: Profile): Promise<RequestBody | null> {
	if (request.bodyUsed || request.body?.locked) {
		throw new StateError('The body of the Request was already used.', { code: 'ERR_BODY_USED', phase: 'input' });
	}
	if (request.body === null) return null;
	const made = madeFromMemory(request);
	if (!made) return streamBody(request.body);
	if (isNodeForm(request)) return encodeForm(await made.formData(), profile);
	// LIMIT: a Blob that stands for a file is read into memory here; outside of a Request it is streamed.
	return { kind: 'bytes', bytes: new Uint8Array(await made.arrayBuffer()), contentType: undefined };
}

/** A form of the caller's inside a Request: Node has written its own boundary into the type, which no browser has. */
export function isNodeForm({ headers }: RequestLike): boolean {
	return /^multipart\/form-data; ?boundary="?-*formdata-undici-/i.test(headers.get('content-type') ?? '');
}

/** The same Request with the body moved over, `undefined` if that is a stream of the caller's. */
function madeFromMemory(request: RequestLike): Request | undefined {
	const RequestClass = request.constructor as typeof Request;
	if (typeof RequestClass !== 'function' || !tellsSources(RequestClass)) return undefined;
	return withoutCors(RequestClass, request as Request);
}

const strict = new WeakMap<typeof Request, boolean>();

/** Whether a class keeps to the step that tells streams apart; copies of node-fetch, for example, do not. */
function tellsSources(RequestClass: typeof Request): boolean {
	let answer = strict.get(RequestClass);
	if (answer === undefined) {
		const init = { method: 'POST', duplex: 'half' } as const;
		try {
			const streamed = new RequestClass('http://localhost/', { ...init, body: new ReadableStream() });
			const text = new RequestClass('http://localhost/', { ...init, body: 'a' });
			answer = !withoutCors(RequestClass, streamed) && withoutCors(RequestClass, text) !== undefined;
		} catch {
			answer = false;
		}
		strict.set(RequestClass, answer);
	}
	return answer;
}

/**
 * The only place where the standard tells a program what a body was made from: a Request without CORS may not have a
 * stream (fetch: new Request(input, init), "source is null"). Its refusal leaves the body alone.
 */
function withoutCors(RequestClass: typeof Request, request: Request): Request | undefined {
	try {
		return new RequestClass(request, { mode: 'no-cors', method: 'POST', signal: null });
	} catch {
		return undefined;
	}
}
