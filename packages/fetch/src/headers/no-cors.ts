import type { CallerHeaders } from './caller-headers.ts';

/** fetch: CORS-unsafe request-header byte; the rest of a value is free for `accept` and `content-type`. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: bytes that the standard lists
const unsafeBytes = /[\x00-\x08\x0a-\x1f"():<>?@[\\\]{}\x7f]/;
const languageBytes = /^[0-9A-Za-z *,\-.;=]*$/;
/** fetch: "CORS-safelisted request-header", step 1. */
const maxValueBytes = 128;
const simpleTypes: ReadonlySet<string> = new Set([
	'application/x-www-form-urlencoded',
	'multipart/form-data',
	'text/plain',
]);

/** Whether a page may send the field without CORS (fetch: no-CORS-safelisted request-header). */
export function isNoCorsSafelisted(name: string, value: string): boolean {
	if (value.length > maxValueBytes) return false;
	switch (name.toLowerCase()) {
		case 'accept':
			return !unsafeBytes.test(value);
		case 'accept-language':
		case 'content-language':
			return languageBytes.test(value);
		case 'content-type':
			return !unsafeBytes.test(value) && simpleTypes.has((value.split(';', 1)[0] ?? '').trim().toLowerCase());
		default:
			return false;
	}
}

/**
 * What is left of a caller's fields with mode `no-cors`: a page loses the others without a word (fetch: Headers, append,
 * guard `request-no-cors`). Values of one name count together.
 */
export function noCorsHeaders(headers: CallerHeaders): CallerHeaders {
	const list: string[] = [];
	const together = new Map<string, string>();
	for (let index = 0; index < headers.list.length; index += 2) {
		const name = headers.list[index] as string;
		const value = headers.list[index + 1] as string;
		const before = together.get(name.toLowerCase());
		const all = before === undefined ? value : `${before}, ${value}`;
		if (!isNoCorsSafelisted(name, all)) continue;
		together.set(name.toLowerCase(), all);
		list.push(name, value);
	}
	return { ...headers, list };
}
