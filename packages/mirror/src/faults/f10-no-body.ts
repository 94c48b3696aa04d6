import type { FaultScenario } from './scenario.ts';
import { complete, https } from './scripts.ts';

/** Answers that have no body by definition (RFC 9112 6.3), here with bytes after them. Use HEAD for the `head-*` variants. */
export const f10: FaultScenario = {
	id: 'F10',
	summary: 'Body bytes where no body may be',
	variants: {
		'head-with-body': https(complete('stray')),
		'head-clean': https('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n'),
		'204-with-body': https(complete('stray', '204 No Content')),
		'204-clean': https('HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n'),
		'304-with-body': https(complete('stray', '304 Not Modified')),
		'304-clean': https('HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n'),
	},
};
