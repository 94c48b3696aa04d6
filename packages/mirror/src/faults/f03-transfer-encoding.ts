import type { FaultScenario } from './scenario.ts';
import { https } from './scripts.ts';

const CHUNKED_BODY = '5\r\nhello\r\n0\r\n\r\n';
const withCodings = (...fields: string[]) =>
	https(
		`HTTP/1.1 200 OK\r\n${fields.map((field) => `Transfer-Encoding: ${field}\r\n`).join('')}\r\n${CHUNKED_BODY}`,
		'end',
	);

/** Codings a client did not ask for: read to the close or refused, never reused. */
export const f03: FaultScenario = {
	id: 'F03',
	summary: 'Transfer-Encoding that is not exactly chunked',
	variants: {
		gzip: withCodings('gzip'),
		'chunked-twice': withCodings('chunked, chunked'),
		'look-alike': withCodings('xchunked'),
		'two-fields': withCodings('chunked', 'identity'),
		'chunked-not-last': withCodings('chunked, gzip'),
	},
};
