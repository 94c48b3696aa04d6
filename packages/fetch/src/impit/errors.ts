/** The errors of impit; the error of wiretwin is the `cause` of each. */
import { WiretwinError } from '../errors/wiretwin-error.ts';

/** Base of all. */
export class ImpitError extends Error {
	/** `ERR_<AREA>_<WHAT>` where wiretwin gave one. */
	readonly code: string | undefined;

	constructor(message?: string, options?: ErrorOptions) {
		super(message, options);
		this.name = new.target.name;
		const { cause } = options ?? {};
		this.code = cause instanceof WiretwinError ? cause.code : undefined;
	}
}
export class HTTPError extends ImpitError {}
export class RequestError extends ImpitError {}
export class TransportError extends RequestError {}
export class TimeoutError extends TransportError {}
export class ConnectTimeout extends TimeoutError {}
export class ReadTimeout extends TimeoutError {}
export class WriteTimeout extends TimeoutError {}
export class PoolTimeout extends TimeoutError {}
export class NetworkError extends TransportError {}
export class ConnectError extends NetworkError {}
export class ReadError extends NetworkError {}
export class WriteError extends NetworkError {}
export class CloseError extends NetworkError {}
export class ProtocolError extends TransportError {}
export class LocalProtocolError extends ProtocolError {}
export class RemoteProtocolError extends ProtocolError {}
export class ProxyError extends TransportError {}
export class ProxyTunnelError extends ProxyError {
	/** Status of the proxy's refusal. */
	status?: number;
}
export class ProxyAuthRequired extends ProxyError {}
export class UnsupportedProtocol extends TransportError {}
export class DecodingError extends RequestError {}
export class TooManyRedirects extends RequestError {}
export class HTTPStatusError extends HTTPError {}
export class InvalidURL extends ImpitError {}
export class CookieConflict extends ImpitError {}
export class StreamError extends ImpitError {}
export class StreamConsumed extends StreamError {}
export class ResponseNotRead extends StreamError {}
export class RequestNotRead extends StreamError {}
export class StreamClosed extends StreamError {}
