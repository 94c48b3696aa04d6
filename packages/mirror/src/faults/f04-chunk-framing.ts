import type { FaultScenario } from './scenario.ts';
import { type Ending, https } from './scripts.ts';

const chunked = (body: string, ending: Ending = 'keep') =>
	https(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${body}`, ending);
const EXTENSION_BYTES = 16 * 1024;

/** RFC 9112 7.1. No size may wrap around, extensions are capped. */
export const f04: FaultScenario = {
	id: 'F04',
	summary: 'Broken chunk framing',
	variants: {
		overflow: chunked('FFFFFFFFFFFFFFFFF\r\nhello'),
		'wraps-to-five': chunked('10000000000000005\r\nhello\r\n0\r\n\r\n'),
		negative: chunked('-1\r\nhello\r\n0\r\n\r\n'),
		empty: chunked('\r\nhello\r\n0\r\n\r\n'),
		'no-digits': chunked('xyz\r\nhello\r\n0\r\n\r\n'),
		'bare-lf': chunked('5\nhello\n0\n\n'),
		'huge-extension': chunked(`5;x=${'a'.repeat(EXTENSION_BYTES)}\r\nhello\r\n0\r\n\r\n`),
		'no-crlf-after-data': chunked('5\r\nhelloX0\r\n\r\n'),
		'missing-final-crlf': chunked('5\r\nhello\r\n0\r\n', 'end'),
	},
};
