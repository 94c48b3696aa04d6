import { brand, WiretwinError, type WiretwinErrorOptions } from './wiretwin-error.ts';

/** An argument or option is wrong; thrown before a byte is sent. `ERR_INVALID_ARG`, `ERR_INVALID_OPTION`, `ERR_INVALID_URL`, ... */
export class InvalidArgumentError extends WiretwinError {
	override readonly name = 'InvalidArgumentError';
	constructor(message: string, code: `ERR_${string}` = 'ERR_INVALID_ARG', cause?: unknown) {
		super(message, { code, phase: 'input', cause });
		brand(this, 'invalid-argument');
	}
}

/** The object cannot do that any more: `ERR_SESSION_CLOSED`, `ERR_TRANSPORT_CLOSED`, `ERR_BODY_USED`, `ERR_COOKIE_STORE_ASYNC`, ... */
export class StateError extends WiretwinError {
	override readonly name = 'StateError';
	constructor(message: string, options: WiretwinErrorOptions) {
		super(message, options);
		brand(this, 'state');
	}
}

/** Name resolution, connecting or the connection itself failed. */
export class ConnectionError extends WiretwinError {
	override readonly name = 'ConnectionError';
	constructor(message: string, options: WiretwinErrorOptions) {
		super(message, options);
		brand(this, 'connection');
	}
}

/** The TLS handshake failed or the certificate is not trusted: `ERR_TLS_*`. */
export class TlsError extends WiretwinError {
	override readonly name = 'TlsError';
	constructor(message: string, options: WiretwinErrorOptions) {
		super(message, options);
		brand(this, 'tls');
	}
}

/** The proxy refused or failed: `ERR_PROXY_*`. There is never a fallback to a direct connection. */
export class ProxyError extends WiretwinError {
	override readonly name = 'ProxyError';
	/** Status of an HTTP proxy's refusal. */
	readonly proxyStatus: number | undefined;
	constructor(message: string, options: WiretwinErrorOptions & { proxyStatus?: number | undefined }) {
		super(message, options);
		this.proxyStatus = options.proxyStatus;
		brand(this, 'proxy');
	}
}

/** A limit of `timeout` was reached: `ERR_TIMEOUT_<PHASE>`. */
export class TimeoutError extends WiretwinError {
	override readonly name = 'TimeoutError';
	/** The limit that was reached, in milliseconds. */
	readonly limitMs: number;
	constructor(message: string, options: WiretwinErrorOptions & { limitMs: number }) {
		super(message, options);
		this.limitMs = options.limitMs;
		brand(this, 'timeout');
	}
}

/** The peer broke HTTP or WebSocket: `ERR_H1_*`, `ERR_H2_*`, `ERR_HEAD_TOO_LARGE`, `ERR_WS_*`. */
export class ProtocolError extends WiretwinError {
	override readonly name = 'ProtocolError';
	constructor(message: string, options: WiretwinErrorOptions) {
		super(message, options);
		brand(this, 'protocol');
	}
}

/** A body is incomplete, too large, undecodable, or its source failed: `ERR_BODY_*`, `ERR_DECODE_*`. */
export class BodyError extends WiretwinError {
	override readonly name = 'BodyError';
	constructor(message: string, options: WiretwinErrorOptions) {
		super(message, options);
		brand(this, 'body');
	}
}

/** A redirect may not be followed: `ERR_REDIRECT_*`. */
export class RedirectError extends WiretwinError {
	override readonly name = 'RedirectError';
	constructor(message: string, options: WiretwinErrorOptions) {
		super(message, options);
		brand(this, 'redirect');
	}
}
