/** Text of a page in its own charset: byte order mark, then the header, then `<meta>` (HTML: encoding sniffing). */

/** A page's declaration has to be within these bytes (HTML 13.2.3.2). */
const PRESCAN_BYTES = 1024;
const MARKS: ReadonlyArray<readonly [bytes: readonly number[], charset: string]> = [
	[[0xef, 0xbb, 0xbf], 'utf-8'],
	[[0xfe, 0xff], 'utf-16be'],
	[[0xff, 0xfe], 'utf-16le'],
];

/** Decodes a body. A charset that nobody knows, and one that is not stated, is UTF-8. */
export function pageText(bytes: Uint8Array, contentType: string): string {
	const mark = MARKS.find(([start]) => start.every((byte, index) => bytes[index] === byte))?.[1];
	const named = mark ?? charsetOf(contentType) ?? declared(bytes);
	return decoder(named).decode(bytes);
}

function charsetOf(text: string): string | undefined {
	return /charset\s*=\s*["']?([^\s"'/;>]+)/i.exec(text)?.[1];
}

function declared(bytes: Uint8Array): string | undefined {
	const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, PRESCAN_BYTES)).toString(
		'latin1',
	);
	const tag = /<meta\s[^>]*charset\s*=[^>]*>/i.exec(head)?.[0];
	return tag === undefined ? undefined : charsetOf(tag);
}

function decoder(charset: string | undefined): InstanceType<typeof TextDecoder> {
	try {
		return new TextDecoder(charset);
	} catch {
		return new TextDecoder();
	}
}
