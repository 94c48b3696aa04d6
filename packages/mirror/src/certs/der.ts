/** Minimal DER writer (X.690): just what an X.509 certificate needs. Every function returns one complete element. */

const tags = {
	boolean: 0x01,
	integer: 0x02,
	bitString: 0x03,
	octetString: 0x04,
	objectId: 0x06,
	utf8: 0x0c,
	utcTime: 0x17,
	generalizedTime: 0x18,
	sequence: 0x30,
	set: 0x31,
} as const;

/** Any element: tag, definite length, content. */
export function element(tag: number, ...content: Uint8Array[]): Buffer {
	const body = Buffer.concat(content);
	return Buffer.concat([Buffer.from([tag]), encodeLength(body.length), body]);
}

function encodeLength(length: number): Buffer {
	if (length < 0x80) return Buffer.from([length]);
	const hex = length.toString(16);
	const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
	return Buffer.concat([Buffer.from([0x80 | bytes.length]), bytes]);
}

export function sequence(...content: Uint8Array[]): Buffer {
	return element(tags.sequence, ...content);
}

export function set(...content: Uint8Array[]): Buffer {
	return element(tags.set, ...content);
}

/** Constructed context-specific tag `[number]`. */
export function explicit(number: number, ...content: Uint8Array[]): Buffer {
	return element(0xa0 | number, ...content);
}

/** Primitive context-specific tag `[number] IMPLICIT`. */
export function implicit(number: number, content: Uint8Array): Buffer {
	return element(0x80 | number, content);
}

export function boolean(value: boolean): Buffer {
	return element(tags.boolean, Buffer.from([value ? 0xff : 0]));
}

/** Non-negative integer, given as big-endian bytes. */
export function unsignedInteger(bytes: Uint8Array): Buffer {
	const first = bytes.findIndex((byte) => byte !== 0);
	const digits = first < 0 ? Buffer.from([0]) : Buffer.from(bytes.subarray(first));
	// A leading zero keeps a number whose top bit is set from being read as negative.
	return element(tags.integer, (digits[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.from([0]), digits]) : digits);
}

export function octetString(content: Uint8Array): Buffer {
	return element(tags.octetString, content);
}

/** Bit string of whole bytes unless `unusedBits` says otherwise. */
export function bitString(content: Uint8Array, unusedBits = 0): Buffer {
	return element(tags.bitString, Buffer.from([unusedBits]), content);
}

export function utf8String(text: string): Buffer {
	return element(tags.utf8, Buffer.from(text, 'utf8'));
}

/** Dotted object identifier. */
export function objectId(dotted: string): Buffer {
	const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
	return element(tags.objectId, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(value: number): number[] {
	const bytes = [value & 0x7f];
	for (let left = value >>> 7; left > 0; left >>>= 7) bytes.unshift((left & 0x7f) | 0x80);
	return bytes;
}

/** UTCTime before 2050, GeneralizedTime from then on (RFC 5280 4.1.2.5). Whole seconds. */
export function time(date: Date): Buffer {
	const digits = date.toISOString().replace(/[-:T]|\.\d+/g, '');
	if (date.getUTCFullYear() < 2050) return element(tags.utcTime, Buffer.from(digits.slice(2), 'ascii'));
	return element(tags.generalizedTime, Buffer.from(digits, 'ascii'));
}
