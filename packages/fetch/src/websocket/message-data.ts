/** What `send` takes. */
export type WebSocketData = string | ArrayBuffer | SharedArrayBuffer | ArrayBufferView | Blob;

/** Bytes of a message, copied where the caller could change them. */
export function messageBytes(data: WebSocketData): { bytes: Uint8Array | Blob; isText: boolean } {
	if (typeof data === 'string') return { bytes: Buffer.from(data, 'utf8'), isText: true };
	if (data instanceof Blob) return { bytes: data, isText: false };
	// Copied: the caller may change his bytes while they wait.
	if (ArrayBuffer.isView(data)) {
		return { bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice(), isText: false };
	}
	if (data instanceof ArrayBuffer || data instanceof SharedArrayBuffer) {
		return { bytes: new Uint8Array(data).slice(), isText: false };
	}
	return { bytes: Buffer.from(`${data as unknown}`, 'utf8'), isText: true }; // Web IDL: anything else is its text
}

/** `MessageEvent.data` of a binary message. */
export function binary(message: Buffer, type: 'blob' | 'arraybuffer'): Blob | ArrayBuffer {
	const bytes = new Uint8Array(message); // of its own: the buffer may be part of a larger one
	return type === 'blob' ? new Blob([bytes]) : bytes.buffer;
}
