import type { FaultScenario } from './scenario.ts';
import { https } from './scripts.ts';

const LENGTH = 'Content-Length: 2\r\n\r\nok';

/** Heads no parser should accept, and two (`missing-reason`, `bare-lf`) where leniency is usual. */
export const f07: FaultScenario = {
	id: 'F07',
	summary: 'Malformed status line or header lines',
	variants: {
		garbage: https('\x16\x03\x01 what is this\r\n\r\n', 'end'),
		'wrong-version': https(`HTTP/3.7 200 OK\r\n${LENGTH}`),
		'status-99': https(`HTTP/1.1 99 Low\r\n${LENGTH}`),
		'status-1000': https(`HTTP/1.1 1000 High\r\n${LENGTH}`),
		'status-letters': https(`HTTP/1.1 2xx OK\r\n${LENGTH}`),
		'missing-reason': https(`HTTP/1.1 200\r\n${LENGTH}`),
		'empty-reply': https('', 'end'),
		'nul-in-value': https(`HTTP/1.1 200 OK\r\nX-Nul: a\0b\r\n${LENGTH}`),
		'nul-in-name': https(`HTTP/1.1 200 OK\r\nX\0Nul: a\r\n${LENGTH}`),
		'obs-fold': https(`HTTP/1.1 200 OK\r\nX-Folded: a\r\n b\r\n${LENGTH}`),
		'space-before-colon': https(`HTTP/1.1 200 OK\r\nX-Space : a\r\n${LENGTH}`),
		'no-colon': https(`HTTP/1.1 200 OK\r\nnonsense\r\n${LENGTH}`),
		'bare-cr': https(`HTTP/1.1 200 OK\r\nX-Cr: a\rb\r\n${LENGTH}`),
		'bare-lf': https('HTTP/1.1 200 OK\nContent-Length: 2\n\nok'),
		'cut-in-head': https('HTTP/1.1 200 OK\r\nContent-Le', 'end'),
	},
};
