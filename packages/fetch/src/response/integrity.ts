import { BodyError } from '../errors/classes.ts';
import type { RequestSummary } from '../errors/wiretwin-error.ts';

/** Weakest first (SRI: "get the strongest metadata from set"). */
const algorithms = ['sha256', 'sha384', 'sha512'];
/** `alg-base64`, both alphabets and with options behind it that mean nothing yet. */
const token = /^(sha256|sha384|sha512)-([A-Za-z0-9+/_-]+={0,2})(?:\?.*)?$/i;

/**
 * Whether bytes are those that the metadata of `integrity` names (Subresource Integrity: do bytes match metadataList). Words
 * that nobody knows count as none, and no metadata as a match: asked of both browsers.
 */
export function matchesIntegrity(bytes: Uint8Array, metadata: string): boolean {
	let strongest = -1;
	let digests: Buffer[] = [];
	for (const word of metadata.split(/[\t\n\f\r ]+/)) {
		const [, name = '', digest = ''] = token.exec(word) ?? [];
		const strength = algorithms.indexOf(name.toLowerCase());
		if (strength < 0 || strength < strongest) continue;
		if (strength > strongest) digests = [];
		strongest = strength;
		digests.push(Buffer.from(digest, 'base64')); // reads both alphabets
	}
	const algorithm = algorithms[strongest];
	if (algorithm === undefined) return true;
	const { createHash, timingSafeEqual } = process.getBuiltinModule('node:crypto');
	const actual = createHash(algorithm).update(bytes).digest();
	return digests.some((digest) => digest.length === actual.length && timingSafeEqual(digest, actual));
}

/** Error of a body that is another one than was asked for. */
export function wrongIntegrity(request: RequestSummary): BodyError {
	const message = `The body is not the one that "integrity" names (ERR_BODY_INTEGRITY): ${request.method} ${request.url}`;
	return new BodyError(message, { code: 'ERR_BODY_INTEGRITY', phase: 'body', request });
}
