import type { ResponseHead } from 'wiretwin';
import type { ResponseData, SimpleHeaders } from './contract.ts';

/** A head in got's words, which are Crawlee's. */
export function responseData(head: ResponseHead, url: URL, redirectUrls: readonly URL[]): ResponseData {
	const rawHeaders = [...head.rawHeaders];
	return {
		redirectUrls: [...redirectUrls],
		url: url.href,
		ip: head.remoteAddress,
		statusCode: head.status,
		statusMessage: head.reason,
		headers: toRecord(rawHeaders),
		rawHeaders,
		trailers: {},
		rawTrailers: [],
		complete: false,
		httpVersion: head.httpVersion,
	};
}

/** Lower-case names; Set-Cookie is a list, other repeated fields are joined, as in Node. */
export function toRecord(rawHeaders: readonly string[]): SimpleHeaders {
	const record: Record<string, string | string[]> = Object.create(null);
	for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
		const name = (rawHeaders[index] as string).toLowerCase();
		const value = rawHeaders[index + 1] as string;
		const known = record[name];
		if (name === 'set-cookie') record[name] = [...(known ?? []), value];
		else record[name] = known === undefined ? value : `${known as string}, ${value}`;
	}
	return { ...record };
}
