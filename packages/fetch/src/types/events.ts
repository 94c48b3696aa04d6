import type { RequestSummary } from '../errors/wiretwin-error.ts';
import type { ConnectionInfo, Timings } from './response.ts';

/**
 * One step of a request. `id` counts calls of `fetch`, `hop` the redirects within one. `headers` are complete, cookies
 * and authorization included: treat them as secret.
 */
export type RequestEvent = { readonly id: number; readonly hop: number; readonly request: RequestSummary } & (
	| { readonly type: 'start'; readonly headers: readonly string[] }
	/** `headers` are those that go out over this connection; `start` could not know its protocol. */
	| { readonly type: 'connected'; readonly connection: ConnectionInfo; readonly headers: readonly string[] }
	| {
			readonly type: 'head';
			readonly status: number;
			/** Reason phrase; `''` over HTTP/2. */
			readonly statusText: string;
			readonly headers: readonly string[];
			readonly connection: ConnectionInfo;
			readonly timings: Timings;
	  }
	/** Nothing was sent: the browser went on to `location` by itself, as to https because the host had asked for it. */
	| { readonly type: 'redirect'; readonly status: number; readonly location: string; readonly reason: 'HSTS' | 'DNS' }
	/**
	 * Nothing was sent: a kept answer is shown. `headers` are the answer's, `sent` those that the request would have had, `bytes` the
	 * length of its body. Of one that is asked for again there are `start`, `head` and so on, and its answer is 304.
	 */
	| {
			readonly type: 'cached';
			readonly status: number;
			readonly statusText: string;
			readonly headers: readonly string[];
			readonly httpVersion: ConnectionInfo['httpVersion'];
			readonly bytes: number;
			readonly sent: readonly string[];
	  }
	/** `bytes` of the decoded body have been read so far. */
	| { readonly type: 'progress'; readonly bytes: number }
	/** `waitedMs`: how long reading has waited for bytes of the body, without the reader's own pauses. */
	| { readonly type: 'done'; readonly bytes: number; readonly timings: Timings; readonly waitedMs: number }
	| { readonly type: 'error'; readonly error: unknown; readonly timings: Timings; readonly waitedMs: number }
);
