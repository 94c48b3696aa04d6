const decoder = new TextDecoder();

/** UTF-8 decode with replacement, a leading byte order mark removed (Encoding: UTF-8 decode). */
export function decodeUtf8(bytes: Uint8Array): string {
	return decoder.decode(bytes);
}
