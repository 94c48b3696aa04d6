import { isWiretwinError } from 'wiretwin';

/** undici's names of the failures that its users and its retry interceptor tell apart. */
const undiciNames = {
	UND_ERR_ABORTED: 'AbortError',
	UND_ERR_BODY_TIMEOUT: 'BodyTimeoutError',
	UND_ERR_CLOSED: 'ClientClosedError',
	UND_ERR_CONNECT_TIMEOUT: 'ConnectTimeoutError',
	UND_ERR_DESTROYED: 'ClientDestroyedError',
	UND_ERR_HEADERS_OVERFLOW: 'HeadersOverflowError',
	UND_ERR_HEADERS_TIMEOUT: 'HeadersTimeoutError',
	UND_ERR_INVALID_ARG: 'InvalidArgumentError',
	UND_ERR_NOT_SUPPORTED: 'NotSupportedError',
	UND_ERR_REQ_CONTENT_LENGTH_MISMATCH: 'RequestContentLengthMismatchError',
	UND_ERR_RES_EXCEEDED_MAX_SIZE: 'ResponseExceededMaxSizeError',
	UND_ERR_SOCKET: 'SocketError',
} as const;

/** `code` of an error as undici would have made it. */
export type UndiciCode = keyof typeof undiciNames;

/** Ours to undici's; what is not here keeps Node's code, or ours. */
const undiciCodes: Readonly<Record<string, UndiciCode>> = {
	ERR_TIMEOUT_CONNECT: 'UND_ERR_CONNECT_TIMEOUT',
	ERR_TIMEOUT_PROXY: 'UND_ERR_CONNECT_TIMEOUT',
	ERR_TIMEOUT_RESOLVE: 'UND_ERR_CONNECT_TIMEOUT',
	ERR_TIMEOUT_TLS: 'UND_ERR_CONNECT_TIMEOUT',
	ERR_TIMEOUT_HEAD: 'UND_ERR_HEADERS_TIMEOUT',
	ERR_TIMEOUT_IDLE: 'UND_ERR_BODY_TIMEOUT',
	ERR_BODY_INCOMPLETE: 'UND_ERR_SOCKET',
	ERR_BODY_TOO_LARGE: 'UND_ERR_RES_EXCEEDED_MAX_SIZE',
	ERR_CONNECTION_CLOSED: 'UND_ERR_SOCKET',
	ERR_H1_HEAD_INCOMPLETE: 'UND_ERR_SOCKET',
	ERR_H1_NO_RESPONSE: 'UND_ERR_SOCKET',
	ERR_H2_GOAWAY: 'UND_ERR_SOCKET',
	ERR_H2_REFUSED_STREAM: 'UND_ERR_SOCKET',
	ERR_H2_STREAM_RESET: 'UND_ERR_SOCKET',
	ERR_HEAD_TOO_LARGE: 'UND_ERR_HEADERS_OVERFLOW',
	ERR_INVALID_ARG: 'UND_ERR_INVALID_ARG',
	ERR_SESSION_CLOSED: 'UND_ERR_DESTROYED',
	ERR_TRANSPORT_CLOSED: 'UND_ERR_DESTROYED',
	ERR_UPLOAD_LENGTH: 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH',
};

/** The same failure as undici would report it: its own code, else Node's, else ours; ours stays reachable as `cause`. */
export function toUndiciError(error: unknown): Error {
	if (!isWiretwinError(error)) return error instanceof Error ? error : new Error(String(error), { cause: error });
	const code = undiciCodes[error.code];
	if (code !== undefined) return undiciError(code, error.message, error);
	return Object.assign(new Error(error.message, { cause: error }), { code: error.nodeCode ?? error.code });
}

/** An error that passes for undici's own: name, `code`, and the brand by which its `instanceof` goes across copies. */
export function undiciError(code: UndiciCode, message: string, cause?: unknown): Error {
	const error = new Error(message, cause === undefined ? undefined : { cause });
	Object.assign(error, { name: undiciNames[code], code });
	for (const brand of ['UND_ERR', code]) {
		Object.defineProperty(error, Symbol.for(`undici.error.${brand}`), { value: true });
	}
	return error;
}

/** What undici's parser says of an answer whose status is no final one. */
export function invalidStatus(): Error {
	const message = 'Response does not match the HTTP/1.1 protocol (Invalid status code)';
	return Object.assign(new Error(message), { name: 'HTTPParserError', code: 'HPE_INVALID_STATUS' });
}
