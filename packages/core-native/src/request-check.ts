import { checkedBytes } from './bytes.ts';
import { isIP } from './ip-version.ts';
import { invalidArgument } from './native-error.ts';
import type { NativeDictionary, NativePriority, NativeRequest, NativeTimeouts } from './types.ts';

/** A request that was read once and is safe to pack. */
export type CheckedRequest = {
	/** method, host, authority, target, partition, addresses, joined with NUL. */
	line: string;
	/** NUL, name, NUL, value, ...: apart, since most requests repeat them and joining would copy them once more. */
	fields: string;
	https: boolean;
	port: number;
	priority: NativePriority | undefined;
	/** ms in the order of docs/internals/binding.md, 0 = unlimited: total, queue, resolve, connect, proxy, tls, send, head, idle. */
	timeouts: number[] | undefined;
	body: Uint8Array | 'stream' | null;
	contentLength: number | undefined;
	decompress: boolean;
	dictionary: NativeDictionary | undefined;
	maxResponseBytes: number | undefined;
	protocols: 'auto' | 'http1' | 'http2';
	newConnection: boolean;
	phases: boolean;
	upgrade: boolean;
	webSocket: boolean;
	replay: boolean;
	anonymous: boolean;
	hold: boolean;
	storable: boolean;
	upgradable: boolean;
	undropped: boolean;
	repeatable: boolean;
};

/** Bounds of one request, so that a runaway caller fails here and not by memory. Browsers stop far below. */
const limits = {
	host: 255,
	method: 64,
	headers: 2 * 1024,
	text: 8 * 1024 * 1024,
	partition: 1024,
	addresses: 32,
} as const;

// RFC 9110 5.6.2.
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
// RFC 9110 5.5: visible characters, blanks and obs-text. CR, LF and NUL would start another field (F-smuggling).
const notFieldValue = /[^\t\x20-\x7e\x80-\xff]/;
const hostText = /^[\x21-\x2e\x30-\x3e\x41-\x5a\x5e-\x7e]+$/;
const authorityText = /^[\x21-\x2e\x30-\x3e\x41-\x5b\x5d-\x7e]+$/;
const targetText = /^[\x21-\xff]+$/;
const partitionText = /^[\x20-\x7e]*$/;
const ipv6Text = /^[0-9A-Fa-f:.]+(%[\w.-]+)?$/;

/** Names repeat from request to request; a bounded memory of good ones saves most of the regular expressions. */
const goodNames = new Set<string>();
const goodNamesMax = 512;

/** The last good fields: most requests of a session have the same ones. `parts` starts with an empty text. */
let remembered: { parts: string[]; text: string } = { parts: [], text: '' };
const rememberedMax = 16 * 1024;

/** Reads every property of the caller's object once and checks it. Throws `TypeError` with `ERR_INVALID_ARG`. */
export function checkRequest(request: NativeRequest): CheckedRequest {
	if (typeof request !== 'object' || request === null) throw invalidArgument('request must be an object');
	const { scheme, port, priority, body, contentLength, timeouts, decompress, maxResponseBytes } = request;
	const { protocols, newConnection, phases, upgrade, webSocket, replay, anonymous, hold, storable, dictionary } =
		request;
	const { upgradable, undropped, repeatable } = request;
	if (scheme !== 'http' && scheme !== 'https') throw invalidArgument('scheme must be "http" or "https"');
	const line = checkLine(request);
	return {
		line,
		fields: checkFieldList(request.headers, 'headers', limits.text - line.length),
		https: scheme === 'https',
		port: checkInteger(port, 'port', 1, 65_535),
		priority: priority === undefined ? undefined : checkPriority(priority),
		timeouts: timeouts === undefined ? undefined : checkTimeouts(timeouts),
		body: body === undefined || body === null || body === 'stream' ? (body ?? null) : checkedBytes(body, 'body'),
		contentLength:
			contentLength === undefined
				? undefined
				: checkInteger(contentLength, 'contentLength', 0, Number.MAX_SAFE_INTEGER),
		decompress: checkBoolean(decompress, 'decompress', true),
		dictionary: dictionary === undefined ? undefined : checkDictionary(dictionary),
		maxResponseBytes:
			maxResponseBytes === undefined
				? undefined
				: checkInteger(maxResponseBytes, 'maxResponseBytes', 0, Number.MAX_SAFE_INTEGER),
		protocols: checkProtocols(protocols),
		newConnection: checkBoolean(newConnection, 'newConnection', false),
		phases: checkBoolean(phases, 'phases', false),
		upgrade: checkBoolean(upgrade, 'upgrade', false) || webSocket === true,
		webSocket: checkBoolean(webSocket, 'webSocket', false),
		replay: checkBoolean(replay, 'replay', true),
		anonymous: checkBoolean(anonymous, 'anonymous', false),
		hold: checkBoolean(hold, 'hold', false),
		storable: checkBoolean(storable, 'storable', false),
		upgradable: checkBoolean(upgradable, 'upgradable', false),
		undropped: checkBoolean(undropped, 'undropped', false),
		repeatable: checkBoolean(repeatable, 'repeatable', false),
	};
}

/** Checked once each: the caller's object says which one it is. */
const goodDictionaries = new WeakMap<NativeDictionary, NativeDictionary>();
const hashLength = 32;

function checkDictionary(dictionary: NativeDictionary): NativeDictionary {
	const known = goodDictionaries.get(dictionary);
	if (known) return known;
	if (typeof dictionary !== 'object' || dictionary === null) throw invalidArgument('dictionary must be an object');
	const { bytes, sha256 } = dictionary;
	const good = { bytes: checkedBytes(bytes, 'dictionary.bytes'), sha256: checkedBytes(sha256, 'dictionary.sha256') };
	if (good.sha256.length !== hashLength) throw invalidArgument(`dictionary.sha256 must be ${hashLength} bytes`);
	goodDictionaries.set(dictionary, good);
	return good;
}

/** Checks a list of name, value, name, value, ... and joins it with NUL. */
export function checkFields(fields: readonly string[], what: string): string {
	return checkFieldList(fields, what, limits.text).slice(1);
}

/** @default 'auto' */
export function checkProtocols(value: unknown): 'auto' | 'http1' | 'http2' {
	if (value === undefined || value === 'auto') return 'auto';
	if (value === 'http1' || value === 'http2') return value;
	throw invalidArgument('protocols must be "auto", "http1" or "http2"');
}

export function checkBoolean(value: unknown, what: string, otherwise: boolean): boolean {
	if (value === undefined) return otherwise;
	if (typeof value !== 'boolean') throw invalidArgument(`${what} must be a boolean`);
	return value;
}

export function checkInteger(value: unknown, what: string, min: number, max: number): number {
	if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
		throw invalidArgument(`${what} must be an integer from ${min} to ${max}`);
	}
	return value;
}

/** A host name or IP address without brackets; a colon is legal only in an IPv6 address. */
export function checkHost(value: unknown, what: string): string {
	if (typeof value !== 'string' || value.length > limits.host || !hostText.test(value)) {
		throw invalidArgument(`${what} must be a host name or IP address of at most ${limits.host} ASCII characters`);
	}
	if (value.includes(':') && !ipv6Text.test(value)) throw invalidArgument(`${what} must not contain a port`);
	return value;
}

/** Characters up to which a target is kept. */
const keptTarget = 2048;
/** The last line without addresses, which was good: regular expressions and texts that are joined take longer than to see that it is the same. */
let lastLine:
	| { method: string; host: string; authority: string; target: string; partition: string; text: string }
	| undefined;

function checkLine(request: NativeRequest): string {
	const { method, host, authority, target, partition = '', addresses } = request;
	const last = lastLine;
	const isPlace = last !== undefined && last.method === method && last.host === host && last.authority === authority;
	const isKnown = isPlace && last.partition === partition;
	if (isKnown && last.target === target && addresses === undefined) return last.text;
	if (!isKnown) checkPlace(method, host, authority, partition);
	if (typeof target !== 'string' || !targetText.test(target)) {
		throw invalidArgument('target must be a path without blanks or control characters');
	}
	const text = `${method}\0${host}\0${authority}\0${target}\0${partition}\0`;
	if (target.length <= keptTarget) lastLine = { method, host, authority, target, partition, text };
	return addresses === undefined ? text : text + checkAddresses(addresses);
}

function checkPlace(method: unknown, host: unknown, authority: unknown, partition: unknown): void {
	if (typeof method !== 'string' || method.length > limits.method || !token.test(method)) {
		throw invalidArgument('method must be a token');
	}
	if (typeof authority !== 'string' || !authorityText.test(authority)) {
		throw invalidArgument('authority must be a host with an optional port');
	}
	if (typeof partition !== 'string' || partition.length > limits.partition || !partitionText.test(partition)) {
		throw invalidArgument(`partition must be printable ASCII of at most ${limits.partition} characters`);
	}
	checkHost(host, 'host');
}

function checkAddresses(value: readonly string[]): string {
	if (!Array.isArray(value) || value.length > limits.addresses) {
		throw invalidArgument(`addresses must be an array of at most ${limits.addresses} IP addresses`);
	}
	const list = Array.from(value, (address: unknown) => {
		if (typeof address !== 'string' || isIP(address) === 0 || address.includes('%')) {
			throw invalidArgument('addresses must hold IP addresses');
		}
		return address;
	});
	return list.join();
}

/** NUL, name, NUL, value, ...; `room` is how long that may be. */
function checkFieldList(fields: readonly string[], what: string, room: number): string {
	if (!Array.isArray(fields)) throw invalidArgument(`${what} must be an array of name, value, ...`);
	const count = fields.length;
	if (count % 2 !== 0) throw invalidArgument(`${what} must hold as many values as names`);
	if (count > limits.headers) throw invalidArgument(`${what} must hold at most ${limits.headers / 2} fields`);
	if (isRemembered(fields)) return remembered.text;
	const parts: string[] = [''];
	for (let index = 0; index < count; index += 2) {
		const name: unknown = fields[index];
		const value: unknown = fields[index + 1];
		if (typeof name !== 'string' || !isGoodName(name)) throw invalidArgument(`${what}[${index}] must be a token`);
		if (typeof value !== 'string' || notFieldValue.test(value)) {
			throw invalidArgument(`${what}[${index + 1}] (${name}) must be latin1 text without control characters`);
		}
		parts.push(name, value);
	}
	const text = parts.join('\0');
	if (text.length > room) {
		throw invalidArgument(`${what} must hold at most ${limits.text} characters`);
	}
	if (text.length <= rememberedMax) remembered = { parts, text };
	return text;
}

/** Whether these are the fields of the last request, which were good. Each is read once. */
function isRemembered(fields: readonly string[]): boolean {
	const { parts } = remembered;
	const count = parts.length - 1;
	if (fields.length !== count || count === 0) return false;
	for (let index = 0; index < count; index++) if (fields[index] !== parts[index + 1]) return false;
	return true;
}

function isGoodName(name: string): boolean {
	if (goodNames.has(name)) return true;
	if (!token.test(name)) return false;
	if (goodNames.size < goodNamesMax && name.length <= 64) goodNames.add(name);
	return true;
}

function checkPriority(value: NativePriority): NativePriority {
	if (typeof value !== 'object' || value === null) throw invalidArgument('priority must be an object');
	const { weight, exclusive, rank } = value;
	return {
		weight: checkInteger(weight, 'priority.weight', 1, 256),
		exclusive: checkBoolean(exclusive, 'priority.exclusive', false),
		rank: checkInteger(rank, 'priority.rank', 0, 255),
	};
}

function checkTimeouts(value: NativeTimeouts): number[] | undefined {
	if (typeof value !== 'object' || value === null) throw invalidArgument('timeouts must be an object');
	// One by one: a loop over names looks each of them up by its text.
	const list = [
		checkLimit(value.total, 'total'),
		checkLimit(value.queue, 'queue'),
		checkLimit(value.resolve, 'resolve'),
		checkLimit(value.connect, 'connect'),
		checkLimit(value.proxy, 'proxy'),
		checkLimit(value.tls, 'tls'),
		checkLimit(value.send, 'send'),
		checkLimit(value.head, 'head'),
		checkLimit(value.idle, 'idle'),
	];
	for (const limit of list) if (limit !== 0) return list;
	return undefined;
}

/** Milliseconds, 0 = unlimited. */
function checkLimit(limit: unknown, name: keyof NativeTimeouts): number {
	if (limit === undefined) return 0;
	if (typeof limit !== 'number' || !(limit > 0)) throw invalidArgument(`timeouts.${name} must be a positive number`);
	return limit === Number.POSITIVE_INFINITY ? 0 : limit;
}
