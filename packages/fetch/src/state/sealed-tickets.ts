import { InvalidArgumentError } from '../errors/classes.ts';
import { refuse } from '../options/checks.ts';

/** Keys of the option `stateKey`: the first seals, each may open. */
export type StateKeys = readonly Uint8Array[];

/** As much as the cipher's key: with less, guessing is easier than breaking it. */
const minKeyBytes = 32;
/** Keys are tried one after the other; a rotation needs two. */
const maxKeys = 16;
/** Tickets of 1024 servers, two each, with certificates of 16 kB: the most that a transport keeps, rounded up. */
const maxSealedText = 64 * 1024 * 1024;

/** In front of sealed tickets in a state, and part of what is authenticated: purpose and version of the format. */
const label = 'sealed-1';
const purpose = 'wiretwin session state, TLS tickets, 1';
const saltBytes = 16;
const nonceBytes = 12;
const tagBytes = 16;

/** Reads the option `stateKey`. */
export function stateKeysOption(value: unknown): StateKeys {
	if (value === undefined) return [];
	const given: unknown[] = Array.isArray(value) ? value : [value];
	if (given.length === 0 || given.length > maxKeys) refuse('stateKey', `a key or a list of 1 to ${maxKeys} keys`);
	return given.map((key) => {
		const bytes = typeof key === 'string' ? Buffer.from(key) : key;
		if (bytes instanceof Uint8Array && bytes.byteLength >= minKeyBytes) return new Uint8Array(bytes);
		return refuse('stateKey', `text or bytes that are hard to guess, ${minKeyBytes} bytes or more`);
	});
}

/**
 * Tickets as they may leave the program: AES-256-GCM with a key of their own (HKDF-SHA-256 of the first of `keys` and a
 * random salt), so no two of them share key and nonce. Without keys or tickets there is nothing: `''`.
 */
export function sealTickets(tickets: Uint8Array, keys: StateKeys): string {
	const [key] = keys;
	if (key === undefined || tickets.byteLength === 0) return '';
	const { createCipheriv, randomBytes } = process.getBuiltinModule('node:crypto');
	const salt = randomBytes(saltBytes);
	const nonce = randomBytes(nonceBytes);
	const cipher = createCipheriv('aes-256-gcm', derive(key, salt), nonce).setAAD(Buffer.from(purpose));
	const parts = [salt, nonce, cipher.update(tickets), cipher.final()];
	return `${label}:${Buffer.concat([...parts, cipher.getAuthTag()]).toString('base64')}`;
}

/**
 * Tickets of `sealTickets`; `undefined` if there are none that may be believed: nothing sealed, or no key was given.
 * Whoever can write tickets can make a connection believe in any server, so what does not open is `ERR_STATE_KEY`.
 */
export function openTickets(text: string, keys: StateKeys): Uint8Array | undefined {
	if (keys.length === 0 || !text.startsWith(`${label}:`)) return undefined;
	const sealed = text.length > maxSealedText ? Buffer.alloc(0) : Buffer.from(text.slice(label.length + 1), 'base64');
	for (const key of keys) {
		const tickets = open(sealed, key);
		if (tickets) return tickets;
	}
	throw new InvalidArgumentError(
		'The TLS tickets in "state" were not sealed with "stateKey", or were changed since.',
		'ERR_STATE_KEY',
	);
}

function open(sealed: Buffer, key: Uint8Array): Uint8Array | undefined {
	const body = saltBytes + nonceBytes;
	const tag = sealed.length - tagBytes;
	if (tag < body) return undefined;
	const nonce = sealed.subarray(saltBytes, body);
	const { createDecipheriv } = process.getBuiltinModule('node:crypto');
	const decipher = createDecipheriv('aes-256-gcm', derive(key, sealed.subarray(0, saltBytes)), nonce, {
		authTagLength: tagBytes,
	});
	decipher.setAAD(Buffer.from(purpose)).setAuthTag(sealed.subarray(tag));
	try {
		return Buffer.concat([decipher.update(sealed.subarray(body, tag)), decipher.final()]);
	} catch {
		return undefined; // another key, or changed bytes
	}
}

function derive(key: Uint8Array, salt: Uint8Array): Uint8Array {
	const { hkdfSync } = process.getBuiltinModule('node:crypto');
	return new Uint8Array(hkdfSync('sha256', key, salt, purpose, 32));
}
