import type { FaultScenario, FaultVariant } from './scenario.ts';
import { answering, complete, type Ending } from './scripts.ts';

const HUGE_HEAD = 100 * 1024;

/** Every CONNECT (or forwarded request) gets the same bytes; `log.connections[].requests` shows what the proxy was told. */
const proxy = (response: string | Uint8Array, ending: Ending = 'keep'): FaultVariant => ({
	on: 'http-proxy',
	script: answering(response, ending),
});

/** `ERR_PROXY_*` with the status; never a direct connection, never a header of the target's request. */
export const p01: FaultScenario = {
	id: 'P01',
	summary: 'HTTP proxies that do not open a tunnel',
	variants: {
		'status-407': proxy(
			complete('who are you?', '407 Proxy Authentication Required', 'Proxy-Authenticate: Basic realm="p"\r\n'),
		),
		'status-407-close': proxy(
			complete('', '407 Proxy Authentication Required', 'Proxy-Authenticate: Basic realm="p"\r\nConnection: close\r\n'),
			'end',
		),
		'status-403': proxy(complete('forbidden', '403 Forbidden')),
		'status-502': proxy(complete('bad gateway', '502 Bad Gateway')),
		'status-302': proxy(complete('', '302 Found', 'Location: http://127.0.0.1:1/\r\n')),
		'200-with-body': proxy(complete('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged')),
		'200-chunked': proxy('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'),
		'huge-head': proxy(`HTTP/1.1 200 OK\r\nX-Huge: ${'a'.repeat(HUGE_HEAD)}\r\n\r\n`),
		garbage: proxy('this is no proxy\r\n\r\n', 'end'),
		nothing: { on: 'http-proxy', script: (peer) => peer.untilGone() },
		close: proxy('', 'end'),
		reset: proxy('', 'reset'),
		'close-at-once': {
			on: 'http-proxy',
			script: async (peer) => peer.end(),
		},
		/** Opens the tunnel and drops it before TLS. */
		'200-then-close': proxy('HTTP/1.1 200 Connection established\r\n\r\n', 'end'),
		'interim-first': proxy('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n'),
	},
};
