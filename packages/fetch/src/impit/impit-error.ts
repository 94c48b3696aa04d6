/** Which error of impit stands for which of wiretwin: by phase and code. */
import { hasBrand, WiretwinError } from '../errors/wiretwin-error.ts';
import {
	ConnectError,
	ConnectTimeout,
	DecodingError,
	type ImpitError,
	InvalidURL,
	PoolTimeout,
	ProxyAuthRequired,
	ProxyError,
	ProxyTunnelError,
	ReadError,
	ReadTimeout,
	RemoteProtocolError,
	RequestError,
	TimeoutError,
	TooManyRedirects,
	WriteError,
	WriteTimeout,
} from './errors.ts';

type ErrorClass = new (message: string, options: ErrorOptions) => ImpitError;

const TIMEOUTS: { readonly [phase: string]: ErrorClass } = {
	queue: PoolTimeout,
	resolve: ConnectTimeout,
	connect: ConnectTimeout,
	proxy: ConnectTimeout,
	tls: ConnectTimeout,
	send: WriteTimeout,
	head: ReadTimeout,
	idle: ReadTimeout,
};

/** Phases before the server has the request. */
const CONNECTING: readonly string[] = ['resolve', 'connect', 'proxy', 'tls', 'queue'];
/** Codes whose errors are the plain `TypeError` of the fetch standard. */
const AS_IN_FETCH: readonly string[] = ['ERR_REDIRECT_FORBIDDEN', 'ERR_BODY_USED'];
/** An HTTP proxy wants credentials. */
const PROXY_AUTHENTICATION_REQUIRED = 407;

/** The error of impit for one of wiretwin; others stay what they are. Programs look for the limit in its words. */
export function impitError(error: unknown, maxRedirects?: number): unknown {
	if (!(error instanceof WiretwinError)) return error;
	const options = { cause: error };
	if (AS_IN_FETCH.includes(error.code)) return new TypeError(error.message, options);
	const { proxyStatus } = error as { proxyStatus?: number };
	if (proxyStatus !== undefined && proxyStatus !== PROXY_AUTHENTICATION_REQUIRED)
		return Object.assign(new ProxyTunnelError(error.message, options), { status: proxyStatus });
	if (error.code === 'ERR_REDIRECT_TOO_MANY' && maxRedirects !== undefined)
		return new TooManyRedirects(`Maximum redirect limit (${maxRedirects}) exceeded: ${error.message}`, options);
	return new (classOf(error, proxyStatus))(error.message, options);
}

function classOf(error: WiretwinError, proxyStatus: number | undefined): ErrorClass {
	const { code, phase } = error;
	if (code === 'ERR_INVALID_URL') return InvalidURL;
	// A port that browsers never connect to.
	if (code === 'ERR_BAD_PORT') return ConnectError;
	if (hasBrand(error, 'timeout')) return TIMEOUTS[phase] ?? TimeoutError;
	if (code === 'ERR_PROXY_AUTH_REQUIRED' || proxyStatus === PROXY_AUTHENTICATION_REQUIRED) return ProxyAuthRequired;
	if (hasBrand(error, 'proxy')) return code === 'ERR_PROXY_CONNECTION' ? ConnectError : ProxyError;
	if (hasBrand(error, 'tls')) return ConnectError;
	if (hasBrand(error, 'protocol')) return RemoteProtocolError;
	if (hasBrand(error, 'redirect')) return RequestError;
	if (hasBrand(error, 'body')) return code.startsWith('ERR_DECODE_') ? DecodingError : ReadError;
	if (hasBrand(error, 'connection')) return connectionClass(phase);
	return RequestError;
}

function connectionClass(phase: string): ErrorClass {
	if (CONNECTING.includes(phase)) return ConnectError;
	return phase === 'send' ? WriteError : ReadError;
}
