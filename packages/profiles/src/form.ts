/** Multipart form bodies the way the browser makes them: boundary and escaped names. */
import type { FormSection, Profile } from './types.ts';

function randomInt(max: number): number {
	return process.getBuiltinModule('node:crypto').randomInt(max);
}

function pick(alphabet: string): string {
	return alphabet.charAt(randomInt(alphabet.length));
}

/** Gecko prints four random 32-bit numbers in hexadecimal without leading zeros, so the text may be shorter. */
function unpaddedWords(length: number): string {
	let text = '';
	for (let written = 0; written < length; written += 8) text += randomInt(2 ** 32).toString(16);
	return text;
}

function boundaryOf({ boundary }: FormSection): string {
	if (boundary.unpaddedHex) return boundary.prefix + unpaddedWords(boundary.length);
	let text = boundary.prefix;
	for (let index = 0; index < boundary.length; index++) text += pick(boundary.alphabet);
	return text;
}

/** A fresh multipart boundary. */
export function createFormBoundary(profile: Profile): string {
	return boundaryOf(profile.document.headers.form);
}

/** Escapes a field or file name for `content-disposition` inside a multipart body. */
export function escapeFormName(profile: Profile, name: string): string {
	let text = name;
	for (const [from, to] of profile.document.headers.form.escape) text = text.replaceAll(from, to);
	return text;
}
