/** Errors as wreq-js shows them. */
import { WiretwinError } from '../errors/wiretwin-error.ts';

/** What every failed call rejects with, except an aborted one. `cause` is the error of wiretwin, whose `code` it has. */
export class RequestError extends TypeError {
	override readonly name = 'RequestError';
	/** `ERR_<AREA>_<WHAT>` where wiretwin gave one. */
	readonly code: string | undefined;

	constructor(message: string, options?: ErrorOptions) {
		super(message, options);
		const { cause } = options ?? {};
		this.code = cause instanceof WiretwinError ? cause.code : undefined;
	}
}

/** The error to throw for another one. Those of this module and aborts stay what they are. */
export function requestError(error: unknown): unknown {
	if (error instanceof RequestError) return error;
	if (error instanceof Error) return new RequestError(error.message, { cause: error });
	return new RequestError(String(error));
}

/** An aborted call rejects with an `AbortError` whatever the reason was; the reason is its message or cause. */
export function abortError(reason: unknown): DOMException {
	if (reason instanceof DOMException && reason.name === 'AbortError') return reason;
	const message = reason instanceof Error ? reason.message : typeof reason === 'string' ? reason : '';
	return new DOMException(message || 'The operation was aborted', { name: 'AbortError', cause: reason });
}

/** Runs `work`, whose errors become those of wreq-js. */
export function translated<T>(work: () => T): T {
	try {
		return work();
	} catch (error) {
		throw requestError(error);
	}
}
