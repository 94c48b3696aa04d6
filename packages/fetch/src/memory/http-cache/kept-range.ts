import type { StoredAnswer } from './stored-answer.ts';

/** First and last byte; the first is absent where the last ones are meant, the last where all the rest is. */
type Range = { first: number | undefined; last: number | undefined };

/** Reads a single range of bytes (RFC 9110 14.1.2); `undefined`: it is none, or several. */
export function readRange(value: string): Range | undefined {
	const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(value.trim()) ?? [];
	if (first === '' && last === '') return undefined;
	const range = { first: first === '' ? undefined : Number(first), last: last === '' ? undefined : Number(last) };
	return range.first !== undefined && range.last !== undefined && range.last < range.first ? undefined : range;
}

/** That much of a kept answer; all of it if it has nothing of the range, as in Chromium 156. */
export function partOf(answer: StoredAnswer, value: string): StoredAnswer {
	const range = readRange(value);
	const size = answer.body.byteLength;
	if (range === undefined) return answer;
	const start = range.first ?? Math.max(0, size - (range.last ?? 0));
	const end = range.first === undefined ? size : Math.min((range.last ?? size) + 1, size);
	if (start >= end) return answer;
	const rawHeaders: string[] = [];
	for (let index = 0; index + 1 < answer.rawHeaders.length; index += 2) {
		const name = answer.rawHeaders[index] as string;
		if (!/^content-(?:length|range)$/i.test(name)) rawHeaders.push(name, answer.rawHeaders[index + 1] as string);
	}
	rawHeaders.push('content-range', `bytes ${start}-${end - 1}/${size}`, 'content-length', String(end - start));
	const reason = answer.reason === '' ? '' : 'Partial Content';
	return { ...answer, status: 206, reason, rawHeaders, body: answer.body.subarray(start, end) };
}
