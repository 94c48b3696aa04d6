import type { FaultScenario } from './scenario.ts';
import { https } from './scripts.ts';

const head = (lengths: readonly string[]) =>
	`HTTP/1.1 200 OK\r\n${lengths.map((length) => `Content-Length:${length}\r\n`).join('')}\r\nhello!`;
const withLengths = (...lengths: string[]) => https(head(lengths));
/** Where the body ends with the connection, if the field is taken for none. */
const withNoLength = (length: string) => https(head([length]), 'end');

/** RFC 9112 6.3: differing or invalid lengths are unrecoverable. `identical-list` and `identical-fields` are fine. */
export const f01: FaultScenario = {
	id: 'F01',
	summary: 'Content-Length that is contradictory or no number',
	variants: {
		'two-fields': withLengths(' 5', ' 6'),
		list: withLengths(' 5, 6'),
		plus: withLengths(' +5'),
		minus: withNoLength(' -5'),
		'inner-space': withLengths(' 5 5'),
		hex: withLengths(' 0x5'),
		'too-long': withLengths(' 184467440737095516165'),
		empty: withNoLength(''),
		'identical-list': withLengths(' 6, 6'),
		'identical-fields': withLengths(' 6', ' 6'),
	},
};
