import type { HeaderField } from '../capture/records.ts';
import { headerValue } from '../capture/records.ts';

/** A request head: the raw bytes and what they say. */
export type RequestHead = { raw: string; method: string; path: string; version: string; headers: HeaderField[] };

/** How the body of a request ends (RFC 9112 6.3). */
export type RequestBodyKind = { kind: 'none' } | { kind: 'length'; length: number } | { kind: 'chunked' };

/** Raised for a request that cannot be read; the connection answers 400 and closes. */
export class BadRequestError extends Error {
	override readonly name = 'BadRequestError';
}

/**
 * Parses a request head, given as latin1 with its final empty line. Lenient on purpose: odd spacing is kept in `raw`
 * and only the outer white space of values is removed.
 */
export function parseRequestHead(raw: string): RequestHead {
	const [requestLine = '', ...lines] = raw.slice(0, -4).split('\r\n');
	const [method = '', path = '', version = ''] = requestLine.split(' ');
	if (!/^HTTP\/1\.[01]$/.test(version)) throw new BadRequestError(`request line: ${JSON.stringify(requestLine)}`);
	const headers = lines.map((line): HeaderField => {
		const colon = line.indexOf(':');
		if (colon < 1) throw new BadRequestError(`header line: ${JSON.stringify(line)}`);
		return [line.slice(0, colon), line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, '')];
	});
	return { raw, method, path, version, headers };
}

/** @throws BadRequestError when the length is not a number. */
export function requestBodyKind({ headers }: RequestHead): RequestBodyKind {
	if (headerValue(headers, 'transfer-encoding')?.toLowerCase() === 'chunked') return { kind: 'chunked' };
	const length = headerValue(headers, 'content-length');
	if (length === null) return { kind: 'none' };
	if (!/^\d{1,15}$/.test(length)) throw new BadRequestError(`content-length: ${JSON.stringify(length)}`);
	return { kind: 'length', length: Number(length) };
}
