import { http } from './node-modules.ts';

/** How the body of a response is handed to Node's parser. */
export type ResponseFraming = 'none' | 'chunked' | number;

/** A head as HTTP/1.1 text for Node's parser. */
export type ResponseText = { text: string; framing: ResponseFraming };

// A field with a line end in it would be a second field for Node's parser; the engine lets none pass, and neither do we.
// biome-ignore lint/suspicious/noControlCharactersInRegex: the characters that end a line or a text
const lineBreak = /[\r\n\x00]/;

/** Head of an interim or upgrade answer: no framing. */
export function interimHeadText(status: number, reason: string, rawHeaders: readonly string[]): string {
	return `${startLine(status, reason)}${fieldLines(rawHeaders)}\r\n`;
}

/** What `finalFields` finds. */
type FinalFields = { fields: string[]; length: string | undefined; framing: ResponseFraming; place: number };

/**
 * Fields of a final answer and how its body is framed. The fields are the peer's, but for those that say where the body
 * ends: HTTP/2 needs none, a decoded body has another length, and Node's parser refuses two.
 */
export function finalFields(rawHeaders: readonly string[], isDecoded: boolean, hasBody: boolean): FinalFields {
	let length: string | undefined;
	let isChunked = false;
	/** Where the peer's own framing field stands. */
	let place = -1;
	const fields: string[] = [];
	for (let index = 0; index < rawHeaders.length; index += 2) {
		const name = rawHeaders[index] as string;
		const value = rawHeaders[index + 1] as string;
		const first = name.charCodeAt(0) | 0x20;
		if (first === 0x63 || first === 0x74) {
			const lower = name.toLowerCase();
			if (lower === 'content-length') {
				length ??= value.split(',', 1)[0]?.trim();
				if (place < 0) place = fields.length;
				continue;
			}
			if (lower === 'transfer-encoding') {
				isChunked = true;
				place = fields.length;
				continue;
			}
			if (hasBody && isDecoded && lower === 'content-encoding') continue;
		}
		fields.push(name, value);
	}
	const framing = framingOf(length, isChunked || isDecoded, hasBody);
	return { fields, framing, length, place: place < 0 ? fields.length : place };
}

/** Puts the field that says how the body is framed where the peer's stands, as Node's `rawHeaders` has it. */
export function placeFraming({ fields, place }: FinalFields, name: string, value: string): void {
	fields.splice(place, 0, name, value);
}

/** Head of a final answer. A body of unknown length is chunked. */
export function finalHeadText(
	status: number,
	reason: string,
	rawHeaders: readonly string[],
	isDecoded: boolean,
	hasBody: boolean,
): ResponseText {
	const found = finalFields(rawHeaders, isDecoded, hasBody);
	const { fields, length, framing } = found;
	if (framing === 'chunked') placeFraming(found, 'Transfer-Encoding', 'chunked');
	else if (length !== undefined) placeFraming(found, 'Content-Length', length);
	return { text: `${startLine(status, reason)}${fieldLines(fields)}\r\n`, framing };
}

function framingOf(length: string | undefined, isChunked: boolean, hasBody: boolean): ResponseFraming {
	if (!hasBody) return 'none';
	return !isChunked && length !== undefined && /^[0-9]{1,15}$/.test(length) ? Number(length) : 'chunked';
}

/** The end of a chunked body. */
export function lastChunkText(trailers: readonly string[]): string {
	return `0\r\n${fieldLines(trailers)}\r\n`;
}

/** The peer's reason, or the usual one: HTTP/2 has none. */
export function reasonOf(status: number, reason: string): string {
	return reason === '' || lineBreak.test(reason) ? (http.STATUS_CODES[status] ?? '') : reason;
}

function startLine(status: number, reason: string): string {
	return `HTTP/1.1 ${status} ${reasonOf(status, reason)}\r\n`;
}

function fieldLines(fields: readonly string[]): string {
	let lines = '';
	for (let index = 0; index < fields.length; index += 2) {
		lines += fieldLine(fields[index] as string, fields[index + 1] as string);
	}
	return lines;
}

function fieldLine(name: string, value: string): string {
	return lineBreak.test(name) || lineBreak.test(value) ? '' : `${name}: ${value}\r\n`;
}
