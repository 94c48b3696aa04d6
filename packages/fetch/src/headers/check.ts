import { InvalidArgumentError } from '../errors/classes.ts';
import { trimmed } from './trimmed.ts';

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: RFC 9110 5.5 field values: no CTL but tab
const badValue = /[\x00-\x08\x0a-\x1f\x7f]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: beyond latin1 a field value has no bytes
const beyondLatin1 = /[^\x00-\xff]/;

/** Throws `ERR_INVALID_ARG` unless `name` is a token (RFC 9110 5.6.2). */
export function checkFieldName(name: string): void {
	if (!token.test(name)) throw new InvalidArgumentError(`Header name ${JSON.stringify(name)} is not a token.`);
}

/**
 * Throws `ERR_INVALID_ARG` for CR, LF, NUL and other control characters, so that a value cannot start another header.
 * Gives the value without tabs, newlines and spaces around it (fetch: normalize); text beyond latin1 becomes its UTF-8 bytes. The value is never shown.
 */
export function checkFieldValue(name: string, value: string): string {
	const normal = trimmed(value, '\t\n\r ');
	if (badValue.test(normal)) throw new InvalidArgumentError(`Value of header "${name}" has a control character.`);
	return beyondLatin1.test(normal) ? Buffer.from(normal, 'utf8').toString('latin1') : normal;
}

/** A length as browsers write it: no sign, no leading zero, and exact as a number (F12); `undefined` for anything else. */
export function readLength(text: string): number | undefined {
	return /^(?:0|[1-9][0-9]{0,14})$/.test(text) ? Number(text) : undefined;
}

/** Throws `ERR_INVALID_ARG` unless `method` is a token; upper-cases the six names that fetch normalises. */
export function normalizeMethod(method: string): string {
	if (method === 'GET') return method; // most
	if (!token.test(method)) throw new InvalidArgumentError('The method is not a token.');
	const upper = method.toUpperCase();
	if (['CONNECT', 'TRACE', 'TRACK'].includes(upper)) {
		throw new InvalidArgumentError(`Method ${upper} is forbidden by the fetch standard.`);
	}
	return ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'POST', 'PUT'].includes(upper) ? upper : method;
}
