import type {
	BodyError,
	ConnectionError,
	InvalidArgumentError,
	ProtocolError,
	ProxyError,
	RedirectError,
	StateError,
	TimeoutError,
	TlsError,
} from './classes.ts';
import { hasBrand, type WiretwinError } from './wiretwin-error.ts';

/** Any error of this package, also one from another copy of it or another realm. */
export function isWiretwinError(value: unknown): value is WiretwinError {
	return hasBrand(value, 'error');
}

/** A limit of `timeout` was reached. An aborted `AbortSignal.timeout()` is not one: that rejects with the signal's reason. */
export function isTimeoutError(value: unknown): value is TimeoutError {
	return hasBrand(value, 'timeout');
}

/** Name resolution, connecting or the connection failed. */
export function isConnectionError(value: unknown): value is ConnectionError {
	return hasBrand(value, 'connection');
}

/** Handshake or certificate failure. */
export function isTlsError(value: unknown): value is TlsError {
	return hasBrand(value, 'tls');
}

/** The proxy refused or failed. */
export function isProxyError(value: unknown): value is ProxyError {
	return hasBrand(value, 'proxy');
}

/** The peer broke HTTP. */
export function isProtocolError(value: unknown): value is ProtocolError {
	return hasBrand(value, 'protocol');
}

/** A body is incomplete, too large, undecodable, or its source failed. */
export function isBodyError(value: unknown): value is BodyError {
	return hasBrand(value, 'body');
}

/** A redirect may not be followed. */
export function isRedirectError(value: unknown): value is RedirectError {
	return hasBrand(value, 'redirect');
}

/** A wrong argument or option; nothing was sent. */
export function isInvalidArgumentError(value: unknown): value is InvalidArgumentError {
	return hasBrand(value, 'invalid-argument');
}

/** A closed session or transport, or a body that was already read. */
export function isStateError(value: unknown): value is StateError {
	return hasBrand(value, 'state');
}
