import type { FaultScenario } from './scenario.ts';
import { https } from './scripts.ts';

const CHUNKED_BODY = '5\r\nhello\r\n0\r\n\r\n';

/** RFC 9112 6.3: chunked wins, and the connection must not be used again. */
export const f02: FaultScenario = {
	id: 'F02',
	summary: 'Transfer-Encoding and Content-Length together',
	variants: {
		'chunked-first': https(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n${CHUNKED_BODY}`),
		'length-first': https(`HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n${CHUNKED_BODY}`),
	},
};
