import { isNativeError, NativeError } from '@wiretwin/core-native';
import {
	BodyError,
	ConnectionError,
	InvalidArgumentError,
	ProtocolError,
	ProxyError,
	StateError,
	TimeoutError,
	TlsError,
} from './classes.ts';
import { isWiretwinError } from './guards.ts';
import type { ErrorPhase, RequestSummary, WiretwinError, WiretwinErrorOptions } from './wiretwin-error.ts';

/** What happened, where the engine gives the code alone. */
const plainWords: Readonly<Record<string, string>> = {
	ERR_HTTPS_RECORD: 'the HTTPS record of the host wants https',
	ERR_INTERNAL: 'an error inside wiretwin, please report it',
	ERR_ABORTED: 'aborted',
	ERR_TRANSPORT_CLOSED: 'the connections were closed',
	ERR_CONNECTION_CLOSED: 'the server closed the connection without an answer',
	ERR_BODY_TOO_LARGE: 'the body is longer than maxResponseBytes',
	ERR_H2_GOAWAY: 'the server is going away and did not process the request',
	ERR_H2_REFUSED_STREAM: 'the server refused the request without processing it',
	ERR_PROTOCOL_UNAVAILABLE: 'the server does not speak a protocol that the request allows',
	ERR_UPLOAD_LENGTH: 'the body has another length than announced',
};

/**
 * Codes of what is no failure of the network: another attempt would fail the same, or the caller has set the limit.
 */
const notOfTheNetwork = /^ERR_(?:BODY_TOO_LARGE|UPLOAD_|INVALID_|TRANSPORT_CLOSED|ABORTED|INTERNAL|ADDRESS_DENIED)/;

/** Turns a failure of the native transport into the public error; its facts are kept, its class chosen by `code`. */
export function fromNativeError(error: NativeError, request: RequestSummary): WiretwinError {
	const code = publicCode(error.code);
	const options: WiretwinErrorOptions = {
		code,
		phase: (error.phase ?? 'head') as ErrorPhase,
		request,
		nodeCode: error.nodeCode,
		cause: causeOf(error),
	};
	const where = `${request.method} ${request.url}`;
	const what = (unknownProxy(error) ?? error.detail ?? plainWords[code] ?? 'failed') + hint(error, request);
	if (code.startsWith('ERR_TIMEOUT_')) {
		const limitMs = error.limitMs ?? 0;
		const phase = code.slice('ERR_TIMEOUT_'.length).toLowerCase() as ErrorPhase;
		return new TimeoutError(`Gave up after ${limitMs} ms in phase "${phase}": ${where}`, {
			...options,
			phase,
			limitMs,
		});
	}
	if (notOfTheNetwork.test(code)) return ofTheCaller(`${what} (${code}): ${where}`, code, options);
	return asFetchSaysIt(ofTheNetwork(`Failed to fetch (${what}, ${code}: ${where})`, code, options, error));
}

function ofTheNetwork(message: string, code: string, options: WiretwinErrorOptions, error: NativeError): WiretwinError {
	if (code.startsWith('ERR_TLS_')) return new TlsError(message, options);
	if (code.startsWith('ERR_PROXY_')) return new ProxyError(message, { ...options, proxyStatus: error.proxyStatus });
	if (/^ERR_(?:H1|H2|HEAD)_/.test(code)) return new ProtocolError(message, options);
	if (/^ERR_(?:BODY|DECODE)_/.test(code)) return new BodyError(message, options);
	return new ConnectionError(message, options);
}

function ofTheCaller(message: string, code: string, options: WiretwinErrorOptions): WiretwinError {
	if (/^ERR_(?:BODY|UPLOAD)_/.test(code)) return new BodyError(message, options);
	if (code.startsWith('ERR_INVALID_')) return new InvalidArgumentError(message, code as 'ERR_INVALID_ARG');
	if (code === 'ERR_TRANSPORT_CLOSED') return new StateError(message, options);
	return new ConnectionError(message, options);
}

/**
 * Code that retries asks for the name of the standard's error and a message that some fetch is known for
 * (docs/internals/errors.md); `Failed to fetch (...)` is Chromium's and leaves room for what happened.
 */
export function asFetchSaysIt(error: WiretwinError): WiretwinError {
	(error as { name: string }).name = 'TypeError';
	return error;
}

/** What the engine says of a body that is longer than the caller takes; a kept one never comes to it. */
export function tooLarge(request: RequestSummary): WiretwinError {
	return fromNativeError(new NativeError({ code: 'ERR_BODY_TOO_LARGE', phase: 'body' }), request);
}

/** Which of the two names it was that could not be resolved. */
function unknownProxy({ code, nodeCode }: NativeError): string | undefined {
	return code === 'ERR_PROXY_CONNECTION' && nodeCode === 'ENOTFOUND' ? "the proxy's name has no address" : undefined;
}

/** The scheme is wrong more often than the server. */
function hint(error: NativeError, request: RequestSummary): string {
	if (error.nodeCode === 'ERR_SSL_WRONG_VERSION_NUMBER' || error.nodeCode === 'ERR_SSL_HTTP_REQUEST') {
		return '; the server does not speak TLS on this port, is it an http URL?';
	}
	const isSilent = error.code === 'ERR_CONNECTION_CLOSED' || error.code === 'ERR_H1_NO_RESPONSE';
	if (isSilent && request.url.startsWith('http:')) return '; if the port speaks TLS, it is an https URL';
	return '';
}

/**
 * What the native transport throws instead of starting: its own failures and its refusals of an argument become ours; what a
 * caller's getter or method threw stays his.
 */
export function fromThrown(error: unknown, request: RequestSummary): unknown {
	if (isNativeError(error)) return fromNativeError(error, request);
	const refused = error instanceof TypeError && (error as { code?: unknown }).code === 'ERR_INVALID_ARG';
	return refused && !isWiretwinError(error) ? new InvalidArgumentError(error.message, 'ERR_INVALID_ARG', error) : error;
}

/** The engine's word for a closed pool; sessions are unknown to it. */
function publicCode(code: unknown): string {
	if (typeof code !== 'string') return 'ERR_INTERNAL';
	return code === 'ERR_SESSION_CLOSED' ? 'ERR_TRANSPORT_CLOSED' : code;
}

/** A transport that cannot be made: an option that only the engine can judge (a broken certificate), or no binding. */
export function fromCreationError(error: NativeError): WiretwinError {
	const message = `${error.detail ?? error.message} (${error.code})`;
	if (error.code === 'ERR_BINDING_LOAD')
		return new StateError(message, { code: error.code, phase: 'input', cause: error });
	return new InvalidArgumentError(message, error.code as 'ERR_INVALID_OPTION');
}

/** Code written for Node's fetch looks at `error.cause.code` for `ECONNREFUSED` and friends, so the cause carries it. */
function causeOf({ nodeCode }: NativeError): unknown {
	if (nodeCode === undefined) return undefined;
	const cause = Object.assign(new Error(nodeCode), { code: nodeCode });
	cause.stack = `Error: ${nodeCode}`; // where it was made says nothing
	return cause;
}
