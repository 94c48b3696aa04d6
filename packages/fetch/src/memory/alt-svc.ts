import type { Alternative, ExportedAltSvc } from '../types/memory.ts';

/** Origins whose alternatives are kept; the one told longest ago goes first. */
const maxOrigins = 1000;
/** Alternatives that are kept for one origin. */
const maxAlternatives = 10;
/** Characters of a protocol's name (RFC 7301 3.1) and of a host; longer ones are none. */
const maxNameLength = 255;
/** Characters of the site of a page: the longest host, with its scheme and twice over for what is put beside it. */
const maxPartitionLength = 600;
/** RFC 7838 3.1: how long an alternative is good for that says nothing, seconds. */
const defaultMaxAge = 86_400;
/** Longest time that is believed, seconds. */
const maxAgeSeconds = 10 * 365 * 86_400;

/** Alternatives that origins have named in `Alt-Svc`. Nothing is dialled yet: HTTP/3 will ask here. */
export class AltSvcMemory {
	readonly #known = new Map<string, readonly Alternative[]>();
	readonly #now: () => number;

	/** @param now clock, milliseconds since 1970 */
	constructor(now: () => number = Date.now) {
		this.#now = now;
	}

	get size(): number {
		return this.#known.size;
	}

	/** Takes the fields of an answer that came over TLS from a server whose certificate is trusted. They replace what was known. */
	learn(url: URL, values: readonly string[], partition: string): void {
		const stated = readAltSvc(values.join(','), this.#now());
		if (stated === undefined) return;
		const key = `${partition} ${url.origin}`;
		this.#known.delete(key);
		if (stated.length > 0) this.#keep(key, stated);
	}

	/** Alternatives that have not expired. */
	of(url: URL, partition: string): readonly Alternative[] {
		const now = this.#now();
		return (this.#known.get(`${partition} ${url.origin}`) ?? []).filter(({ expires }) => expires > now);
	}

	clear(): void {
		this.#known.clear();
	}

	/** For `session.export()`; what has expired is left out. */
	export(): ExportedAltSvc[] {
		const now = this.#now();
		return Array.from(this.#known, ([key, list]) => {
			const end = key.lastIndexOf(' ');
			const alternatives = list.filter(({ expires }) => expires > now);
			return { origin: key.slice(end + 1), partition: key.slice(0, end), alternatives };
		}).filter((each) => each.alternatives.length > 0 && typeof readEntry(each) !== 'string');
	}

	restore(entries: readonly ExportedAltSvc[]): void {
		for (const { origin, partition, alternatives } of entries) this.#keep(`${partition} ${origin}`, alternatives);
	}

	#keep(key: string, list: readonly Alternative[]): void {
		this.#known.set(key, list);
		const oldest = this.#known.keys().next().value;
		if (this.#known.size > maxOrigins && oldest !== undefined) this.#known.delete(oldest);
	}
}

/** Checks entries of a state from outside; a text says what is wrong. */
export function readExportedAltSvc(input: unknown): ExportedAltSvc[] | string {
	if (!Array.isArray(input) || input.length > maxOrigins) return `is no list of at most ${maxOrigins} origins`;
	const entries: ExportedAltSvc[] = [];
	for (const each of input as unknown[]) {
		const read = readEntry(each);
		if (typeof read === 'string') return read;
		entries.push(read);
	}
	return entries;
}

/** What cannot be read is not written either: no server can spoil a state. */
function readEntry(each: unknown): ExportedAltSvc | string {
	const { origin, partition, alternatives } = (each ?? {}) as Partial<Record<keyof ExportedAltSvc, unknown>>;
	if (typeof origin !== 'string' || !URL.canParse(origin) || new URL(origin).origin !== origin)
		return 'names no origin';
	if (typeof partition !== 'string' || partition.length > maxPartitionLength) return 'has a partition that is no text';
	if (!Array.isArray(alternatives) || alternatives.length > maxAlternatives || !alternatives.every(isAlternative))
		return 'has alternatives that are none';
	return { origin, partition, alternatives };
}

function isAlternative(value: unknown): value is Alternative {
	const { protocol, host, port, expires, persist } = (value ?? {}) as Partial<Record<keyof Alternative, unknown>>;
	return (
		typeof protocol === 'string' &&
		protocol.length <= maxNameLength &&
		typeof host === 'string' &&
		host.length <= maxNameLength &&
		isPort(port) &&
		Number.isSafeInteger(expires) &&
		typeof persist === 'boolean'
	);
}

const isPort = (port: unknown): port is number => Number.isInteger(port) && Number(port) > 0 && Number(port) < 65_536;

/** One alternative: `h3=":443"; ma=3600; persist=1` (RFC 7838 3). */
const entry =
	/^\s*([!#$%&'*+\-.^_`|~0-9A-Za-z]+)="([^"\\]*)"((?:\s*;\s*[!#$%&'*+\-.^_`|~0-9A-Za-z]+=(?:"[^"]*"|[!#$%&'*+\-.^_`|~0-9A-Za-z]+))*)\s*$/;

/** Reads `Alt-Svc`. `[]`: there are none any more (`clear`); `undefined`: not the field. */
export function readAltSvc(value: string, now: number): Alternative[] | undefined {
	if (value.trim() === 'clear') return [];
	const list: Alternative[] = [];
	for (const text of splitOutsideQuotes(value)) {
		const [, name = '', authority = '', parameters = ''] = entry.exec(text) ?? [];
		const protocol = decoded(name);
		const colon = authority.lastIndexOf(':');
		const digits = authority.slice(colon + 1);
		const port = /^\d{1,5}$/.test(digits) ? Number(digits) : 0;
		if (protocol === undefined || protocol === '' || colon < 0 || !isPort(port)) return undefined;
		const maxAge = parameter(parameters, 'ma');
		if (maxAge !== undefined && !/^\d+$/.test(maxAge)) return undefined;
		const seconds = Math.min(maxAge === undefined ? defaultMaxAge : Number(maxAge), maxAgeSeconds);
		const host = authority.slice(0, colon).toLowerCase();
		const persist = parameter(parameters, 'persist') === '1';
		if (protocol.length > maxNameLength || host.length > maxNameLength) continue;
		if (list.length < maxAlternatives) list.push({ protocol, host, port, expires: now + seconds * 1000, persist });
	}
	return list.length === 0 ? undefined : list;
}

function parameter(parameters: string, name: string): string | undefined {
	for (const part of splitOutsideQuotes(parameters, ';')) {
		const [key = '', value = ''] = part.trim().split('=', 2);
		if (key.toLowerCase() === name) return value.replace(/^"|"$/g, '');
	}
	return undefined;
}

/** ALPN names are percent-encoded (RFC 7838 3). */
function decoded(name: string): string | undefined {
	try {
		return decodeURIComponent(name);
	} catch {
		return undefined;
	}
}

function splitOutsideQuotes(text: string, separator = ','): string[] {
	const parts: string[] = [];
	let isQuoted = false;
	let start = 0;
	for (let index = 0; index < text.length; index++) {
		if (text[index] === '"') isQuoted = !isQuoted;
		else if (text[index] === separator && !isQuoted) {
			parts.push(text.slice(start, index));
			start = index + 1;
		}
	}
	parts.push(text.slice(start));
	return parts.filter((part) => part.trim() !== '');
}
