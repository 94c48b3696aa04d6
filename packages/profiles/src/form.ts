/** Multipart form bodies the way the browser makes them: boundary and escaped names. */
import type { FormBoundary, Profile } from './types.ts';

function boundaryOf({ prefix, characters, numbers, uuid }: FormBoundary): string {
	const crypto = process.getBuiltinModule('node:crypto');
	let text = prefix;
	for (let left = characters?.count ?? 0; left > 0; left--)
		text += characters?.of.charAt(crypto.randomInt(characters.of.length));
	for (let left = numbers?.count ?? 0; left > 0; left--) {
		const word = crypto.randomBytes(8).readBigUInt64BE();
		text += BigInt.asUintN(numbers?.bits ?? 64, word).toString(numbers?.radix);
	}
	return uuid ? text + crypto.randomUUID() : text;
}

/** A fresh multipart boundary. */
export function createFormBoundary(profile: Profile): string {
	return boundaryOf(profile.document.headers.form.boundary);
}

/** Escapes a field or file name for `content-disposition` inside a multipart body. */
export function escapeFormName(profile: Profile, name: string): string {
	let text = name;
	for (const [from, to] of profile.document.headers.form.escape) text = text.replaceAll(from, to);
	return text;
}
