/** Where in its life a request was when it failed; the same names as the parts of a `timeout`, plus `body` and `idle`. */
export type ErrorPhase =
	| 'input'
	| 'queue'
	| 'resolve'
	| 'connect'
	| 'proxy'
	| 'tls'
	| 'send'
	| 'head'
	| 'body'
	| 'redirect'
	| 'idle'
	| 'total';

/** What is safe to log about the request that failed: no userinfo, no header, no body. */
export type RequestSummary = {
	readonly method: string;
	/** Without credentials and fragment. */
	readonly url: string;
};

export type WiretwinErrorOptions = {
	code: string;
	phase: ErrorPhase;
	request?: RequestSummary | undefined;
	cause?: unknown;
	/** Node's spelling of the failure (`ECONNREFUSED`, `CERT_HAS_EXPIRED`), for code written against Node clients. */
	nodeCode?: string | undefined;
};

/**
 * Base of every error that this package throws. It extends `TypeError` because that is what the fetch standard rejects
 * with, so `catch` blocks written for another fetch keep working. `code` and `phase` are API; the message is not.
 */
export class WiretwinError extends TypeError {
	override readonly name: string = 'WiretwinError';
	/** `ERR_<AREA>_<WHAT>`. */
	readonly code: string;
	readonly phase: ErrorPhase;
	readonly request: RequestSummary | undefined;
	readonly nodeCode: string | undefined;

	constructor(message: string, options: WiretwinErrorOptions) {
		super(message, options.cause === undefined ? undefined : { cause: options.cause });
		this.code = options.code;
		this.phase = options.phase;
		this.request = options.request;
		this.nodeCode = options.nodeCode;
		brand(this, 'error');
	}
}

/**
 * Marks an error so that guards recognise it across realms and duplicate installs, where `instanceof` does not.
 * Not enumerable: a logged error shows only its facts.
 */
export function brand(error: object, kind: string): void {
	Object.defineProperty(error, brandSymbol(kind), { value: true, enumerable: false });
}

/**
 * Gives an error of ours the stack of whoever awaits: to be called where an `async` function goes on after the failure, whose
 * callers V8 knows. Where the failure was told there is only the event loop. Errors of others keep theirs.
 */
export function fromHere<E>(error: E): E {
	if (hasBrand(error, 'error')) Error.captureStackTrace(error as object, fromHere);
	return error;
}

/** True if `value` carries the brand, whichever copy of the package made it. */
export function hasBrand(value: unknown, kind: string): boolean {
	return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[brandSymbol(kind)] === true;
}

function brandSymbol(kind: string): symbol {
	return Symbol.for(`wiretwin.${kind}`);
}

/** Method and url of a request as they may appear in an error: userinfo and fragment removed. */
export function summarize(method: string, url: URL): RequestSummary {
	// An empty fragment has an empty `hash` too, but its `#` is in `href`.
	if (url.username === '' && url.password === '' && !url.href.includes('#')) return { method, url: url.href };
	const clean = new URL(url);
	clean.username = '';
	clean.password = '';
	clean.hash = '';
	return { method, url: clean.href };
}
