import type { FaultScenario } from './scenario.ts';
import { complete, https } from './scripts.ts';

const withCoding = (coding: string) => https(complete('plain text\n', '200 OK', `Content-Encoding: ${coding}\r\n`));

/** Unknown codings are not fatal: the bytes pass undecoded, the field stays. */
export const b04: FaultScenario = {
	id: 'B04',
	summary: 'Content-Encoding that names no known coding',
	variants: {
		'aws-chunked': withCoding('aws-chunked'),
		identity: withCoding('identity'),
		charset: withCoding('utf-8'),
		empty: withCoding(''),
		'quoted-gzip': withCoding('"gzip"'),
	},
};
