// Compiled by type-programs.test.ts with exactOptionalPropertyTypes: an option that is undefined is an option that is absent.
import {
	createSession,
	createTransport,
	type ExchangeRequest,
	type FetchInit,
	fetch,
	type OneShotInit,
	type ProxyOptions,
	type SessionOptions,
	type TimeoutOptions,
	type TransportOptions,
	WebSocket,
	type WebSocketOptions,
} from '../../src/index.ts';

/** Every option, each undefined: what `{ proxy: process.env.PROXY }` may come to. */
type Unset<T> = { [Name in keyof T]-?: undefined };
type OnlyOptions<T> = Pick<
	T,
	{ [Name in keyof T]-?: Record<never, never> extends Pick<T, Name> ? Name : never }[keyof T]
>;

declare const nothing: {
	session: Unset<SessionOptions>;
	transport: Unset<TransportOptions>;
	init: Unset<FetchInit>;
	once: Unset<OneShotInit>;
	timeout: Unset<TimeoutOptions>;
	proxy: Unset<OnlyOptions<ProxyOptions>>;
	socket: Unset<WebSocketOptions>;
	exchange: Unset<OnlyOptions<ExchangeRequest>>;
};

const session = createSession(nothing.session);
createTransport(nothing.transport);
void session.fetch('https://example.test/', nothing.init);
void fetch('https://example.test/', nothing.once);
new WebSocket('wss://example.test/', nothing.socket);
createSession({ timeout: nothing.timeout, proxy: { url: 'http://127.0.0.1:1', ...nothing.proxy } });
session.exchange({ url: 'https://example.test/', ...nothing.exchange }, { onHead: () => {}, onError: () => {} });
createSession({ proxy: process.env.HTTPS_PROXY, browser: process.env.BROWSER });
