import type { FaultScenario } from './scenario.ts';
import { complete, https } from './scripts.ts';

const final = complete('final');
const HINTS = 'HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n';

/** Interim answers are delivered or skipped; 101 that nobody asked for is an error. */
export const f09: FaultScenario = {
	id: 'F09',
	summary: 'Sequences of 1xx answers',
	variants: {
		'hints-then-final': https(HINTS + final),
		'hints-twice': https(HINTS + HINTS + final),
		'continue-unasked': https(`HTTP/1.1 100 Continue\r\n\r\n${final}`),
		'unknown-1xx': https(`HTTP/1.1 199 Odd\r\nX-Odd: 1\r\n\r\n${final}`),
		'switching-unasked': https(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n${final}`),
		'interim-with-length': https(`HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\n\r\n${final}`),
		'interim-then-close': https(HINTS, 'end'),
	},
};
