import type { StoredAnswer } from './stored-answer.ts';

/** Begins what this version writes; what begins otherwise is not kept. */
const mark = Buffer.from('wtA1');
const digestLength = 32;
/** Mark, length of the head, digest of all that follows. */
const prefixLength = mark.length + 4 + digestLength;
/** Far more than the fields that the transport takes. */
const maxHeadLength = 4 * 1024 * 1024;
const versions: ReadonlySet<unknown> = new Set<StoredAnswer['httpVersion']>(['1.0', '1.1', '2']);

/** An answer as bytes: a head in JSON, and the body. The digest finds what was damaged, it proves nobody's word. */
export function encodeAnswer(key: string, { body, ...facts }: StoredAnswer): Uint8Array {
	const head = Buffer.from(JSON.stringify({ key, length: body.byteLength, ...facts }));
	const prefix = Buffer.alloc(prefixLength);
	mark.copy(prefix);
	prefix.writeUInt32BE(head.length, mark.length);
	digestOf(head, body).copy(prefix, prefixLength - digestLength);
	return Buffer.concat([prefix, head, body]);
}

/** Reads what `encodeAnswer` wrote for that key; `undefined` for anything else, whoever wrote it. */
export function decodeAnswer(key: string, bytes: Uint8Array): StoredAnswer | undefined {
	if (!(bytes instanceof Uint8Array) || bytes.byteLength < prefixLength) return undefined;
	const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const headLength = all.readUInt32BE(mark.length);
	if (!all.subarray(0, mark.length).equals(mark) || headLength > maxHeadLength) return undefined;
	const bodyStart = prefixLength + headLength;
	const [head, body] = [all.subarray(prefixLength, bodyStart), all.subarray(bodyStart)];
	if (!all.subarray(prefixLength - digestLength, prefixLength).equals(digestOf(head, body))) return undefined;
	try {
		return checked(JSON.parse(head.toString()) as Record<string, unknown> | null, key, body);
	} catch {
		return undefined;
	}
}

function checked(head: Record<string, unknown> | null, key: string, body: Uint8Array): StoredAnswer | undefined {
	if (head?.key !== key || head.length !== body.byteLength) return undefined;
	const { status, reason, httpVersion, rawHeaders, varied, freshUntil, staleUntil } = head;
	const isStatus = Number.isInteger(status) && (status as number) >= 200 && (status as number) <= 999;
	if (!isStatus || !isFieldText(reason) || !versions.has(httpVersion)) return undefined;
	if (!Number.isFinite(freshUntil) || !Number.isFinite(staleUntil)) return undefined;
	if (!isFieldList(rawHeaders) || !(varied === undefined || isVaried(varied))) return undefined;
	return { status, reason, httpVersion, rawHeaders, varied, freshUntil, staleUntil, body } as StoredAnswer;
}

/** Names and values that `Headers` takes. */
function isFieldList(value: unknown): boolean {
	if (!Array.isArray(value) || value.length % 2 !== 0) return false;
	return value.every((text, index) => (index % 2 === 0 ? isToken(text) : isFieldText(text)));
}

const isToken = (text: unknown): boolean => typeof text === 'string' && /^[!#$%&'*+.^_`|~\w-]+$/.test(text);

const isFieldText = (text: unknown): boolean => typeof text === 'string' && /^[^\0\r\n\u0100-\uffff]*$/.test(text);

function isVaried(value: unknown): boolean {
	const { names, digest } = (value ?? {}) as Partial<NonNullable<StoredAnswer['varied']>>;
	return Array.isArray(names) && names.every((name) => typeof name === 'string') && typeof digest === 'string';
}

function digestOf(head: Uint8Array, body: Uint8Array): Buffer {
	const { createHash } = process.getBuiltinModule('node:crypto');
	return createHash('sha256').update(head).update(body).digest();
}
