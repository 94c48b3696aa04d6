import { cookieHost, isAddress, isLoopback } from '../cookies/site.ts';
import type { ExportedHsts } from '../types/memory.ts';

/** Hosts that are kept, as Firefox does; the one told longest ago goes first. */
const maxHosts = 1024;
/** Longest time that is believed, seconds: more than a date can hold helps nobody. */
const maxAgeSeconds = 10 * 365 * 86_400;
/** Longest name of a host (RFC 1035 2.3.4), in characters. */
const maxHostLength = 253;

/**
 * What a host has asked for (RFC 6797 5.3): when it expires, milliseconds since 1970, below zero without its subdomains. A number,
 * because a session may keep a thousand of them, and a process a thousand sessions.
 */
type HstsRule = number;

/** Hosts that want to be asked over TLS only (`Strict-Transport-Security`, RFC 6797). */
export class HstsMemory {
	/** By host, or partition and host, oldest first. */
	readonly #rules = new Map<string, HstsRule>();
	readonly #now: () => number;

	/** @param now clock, milliseconds since 1970 */
	constructor(now: () => number = Date.now) {
		this.#now = now;
	}

	get size(): number {
		return this.#rules.size;
	}

	/**
	 * Takes the fields of an answer that came over TLS from a server whose certificate is trusted; the first one counts
	 * (RFC 6797 8.1). Addresses and the local machine can ask for nothing, in both browsers.
	 */
	learn(url: URL, values: readonly string[], partition: string): void {
		const host = hostOf(url);
		const stated = values[0] === undefined ? undefined : readPolicy(values[0]);
		if (host === undefined || stated === undefined) return;
		const key = keyOf(partition, host);
		this.#rules.delete(key);
		if (stated.maxAge === 0) return;
		const { maxAge, includeSubDomains } = stated;
		this.#keep(key, ruleOf(this.#now() + maxAge * 1000, includeSubDomains));
	}

	/** Whether a request for an http URL has to go to https. */
	applies(url: URL, partition: string): boolean {
		const host = hostOf(url);
		if (host === undefined) return false;
		const now = this.#now();
		for (let name = host, isExact = true; ; isExact = false) {
			const rule = this.#rules.get(keyOf(partition, name));
			if (rule !== undefined && (rule > now || (isExact && -rule > now))) return true;
			const dot = name.indexOf('.');
			if (dot < 0) return false;
			name = name.slice(dot + 1);
		}
	}

	clear(): void {
		this.#rules.clear();
	}

	/** For `session.export()`; what has expired is left out. */
	export(): ExportedHsts[] {
		const now = this.#now();
		const kept: ExportedHsts[] = [];
		for (const [key, rule] of this.#rules) {
			const expires = Math.abs(rule);
			if (expires <= now) continue;
			const end = key.indexOf(' ');
			const partition = end < 0 ? {} : { partition: key.slice(0, end) };
			const told = { host: key.slice(end + 1), expires, includeSubDomains: rule > 0, ...partition };
			if (typeof readRule(told) !== 'string') kept.push(told);
		}
		return kept;
	}

	restore(rules: readonly ExportedHsts[]): void {
		for (const { host, expires, includeSubDomains, partition = '' } of rules) {
			this.#keep(keyOf(partition, host), ruleOf(expires, includeSubDomains));
		}
	}

	#keep(key: string, rule: HstsRule): void {
		this.#rules.set(key, rule);
		const oldest = this.#rules.keys().next().value;
		if (this.#rules.size > maxHosts && oldest !== undefined) this.#rules.delete(oldest);
	}
}

/** Checks rules of a state from outside; a text says what is wrong. */
export function readExportedHsts(input: unknown): ExportedHsts[] | string {
	if (!Array.isArray(input) || input.length > maxHosts) return `is no list of at most ${maxHosts} hosts`;
	const rules: ExportedHsts[] = [];
	for (const each of input as unknown[]) {
		const read = readRule(each);
		if (typeof read === 'string') return read;
		rules.push(read);
	}
	return rules;
}

/** What cannot be read is not written either: no server can spoil a state. */
function readRule(each: unknown): ExportedHsts | string {
	const { host, expires, includeSubDomains, partition } = (each ?? {}) as Partial<Record<keyof ExportedHsts, unknown>>;
	if (typeof host !== 'string' || host.length > maxHostLength || !/^[a-z0-9._-]+$/.test(host)) return 'names no host';
	if (typeof expires !== 'number' || !Number.isSafeInteger(expires)) return 'has no time of expiry';
	if (typeof includeSubDomains !== 'boolean') return 'does not say whether subdomains are meant';
	if (partition !== undefined && (typeof partition !== 'string' || !/^[!-~]{1,300}$/.test(partition)))
		return 'has a partition that is no site';
	return { host, expires, includeSubDomains, ...(partition === undefined ? {} : { partition }) };
}

const ruleOf = (expires: number, includeSubDomains: boolean): HstsRule => {
	// What a state says may be before 1970.
	const at = Math.max(0, expires);
	return includeSubDomains ? at : -at;
};

/** A host has no space. */
const keyOf = (partition: string, host: string): string => (partition === '' ? host : `${partition} ${host}`);

/** A trailing dot is no other host (RFC 6797 8.2). */
function hostOf(url: URL): string | undefined {
	const host = cookieHost(url);
	const name = host.endsWith('.') ? host.slice(0, -1) : host;
	return name === '' || isAddress(name) || isLoopback(name) ? undefined : name;
}

/** `undefined`: not a policy. A directive that is there twice, or a `max-age` that is no number, spoils it (RFC 6797 6.1). */
function readPolicy(value: string): { maxAge: number; includeSubDomains: boolean } | undefined {
	const seen = new Map<string, string>();
	for (const part of value.split(';')) {
		const directive = part.trim();
		if (directive === '') continue;
		const match = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+)(?:\s*=\s*(?:"([^"]*)"|([!#$%&'*+\-.^_`|~0-9A-Za-z]+)))?$/.exec(
			directive,
		);
		const name = match?.[1]?.toLowerCase();
		if (name === undefined || seen.has(name)) return undefined;
		seen.set(name, match?.[2] ?? match?.[3] ?? '');
	}
	const age = seen.get('max-age');
	if (age === undefined || !/^\d+$/.test(age)) return undefined;
	return { maxAge: Math.min(Number(age), maxAgeSeconds), includeSubDomains: seen.has('includesubdomains') };
}
