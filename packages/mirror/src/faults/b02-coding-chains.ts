import { gzipSync } from 'node:zlib';
import type { FaultScenario, FaultVariant } from './scenario.ts';
import { https } from './scripts.ts';

const TEXT = 'packed more than once';
/** Longer chains are announced, but packed only this often: a client must refuse before it unpacks. */
const MAX_PACKED = 10;

const chain = (links: number, fields = 1): FaultVariant => {
	let body = Buffer.from(TEXT, 'utf8');
	for (let link = 0; link < Math.min(links * fields, MAX_PACKED); link++) body = gzipSync(body);
	const field = `Content-Encoding: ${new Array(links).fill('gzip').join(', ')}\r\n`;
	const head = `HTTP/1.1 200 OK\r\n${field.repeat(fields)}Content-Length: ${body.length}\r\n\r\n`;
	return https(Buffer.concat([Buffer.from(head, 'latin1'), body]));
};

/** Up to five links are decoded, six and more refused before anything is allocated. */
export const b02: FaultScenario = {
	id: 'B02',
	summary: 'Content-Encoding with many links',
	variants: {
		two: chain(2),
		five: chain(5),
		six: chain(6),
		thousand: chain(1000),
		'six-fields': chain(1, 6),
	},
};
