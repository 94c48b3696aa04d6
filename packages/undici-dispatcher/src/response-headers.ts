import type { IncomingHttpHeaders } from 'node:http';

/** Fields that no longer describe a body once its codings were taken off. */
const codingFields: ReadonlySet<string> = new Set(['content-encoding', 'content-length']);

/** The list without the fields that describe the encoded body. */
export function withoutCodings(rawHeaders: readonly string[]): string[] {
	const kept: string[] = [];
	for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
		const name = rawHeaders[index] as string;
		if (!codingFields.has(name.toLowerCase())) kept.push(name, rawHeaders[index + 1] as string);
	}
	return kept;
}

/** Names and values as undici's `rawHeaders` and legacy handlers have them. */
export function toBuffers(rawHeaders: readonly string[]): Buffer[] {
	return rawHeaders.map((text) => Buffer.from(text, 'latin1'));
}

/** Lower-case names; a repeated name has a list, as undici's `parseHeaders` makes it. No prototype. */
export function toRecord(rawHeaders: readonly string[]): IncomingHttpHeaders {
	const record: Record<string, string | string[]> = Object.create(null);
	for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
		const name = (rawHeaders[index] as string).toLowerCase();
		const value = rawHeaders[index + 1] as string;
		const known = record[name];
		if (known === undefined) record[name] = value;
		else if (Array.isArray(known)) known.push(value);
		else record[name] = [known, value];
	}
	// Node's type wants a list even for one Set-Cookie; undici gives text, and that is what its users handle.
	return record as IncomingHttpHeaders;
}
