/** Origins that a session remembers client hints for. */
const maxOrigins = 1000;

/** Lists of profiles, which nobody changes, as sets: one for all sessions of a profile. */
const sets = new WeakMap<readonly string[], ReadonlySet<string>>();
/** The list of who has none. */
export const noHints: readonly string[] = [];

function setOf(names: readonly string[]): ReadonlySet<string> {
	const known = sets.get(names);
	if (known !== undefined) return known;
	const made = new Set(names);
	sets.set(names, made);
	return made;
}

/** Which client hints each origin asked for with Accept-CH (RFC 8942), as a browser keeps them for its session. */
export class ClientHintMemory {
	readonly #known: ReadonlySet<string>;
	readonly #default: ReadonlySet<string>;
	readonly #wanted = new Map<string, readonly string[]>();

	/**
	 * @param known hints that the profile has values for; none for browsers without client hints
	 * @param sentToAll those that nobody need ask for
	 */
	constructor(known: readonly string[], sentToAll: readonly string[]) {
		this.#known = setOf(known);
		this.#default = setOf(sentToAll);
	}

	/** It is sent to everybody. */
	isDefault(name: string): boolean {
		return this.#default.has(name);
	}

	/** The browser answers to Accept-CH at all. */
	get isUseful(): boolean {
		return this.#known.size > 0;
	}

	/** Origins that asked for hints. */
	get size(): number {
		return this.#wanted.size;
	}

	/** Takes the Accept-CH fields of a navigation's response; an empty field takes the wish back. */
	remember(url: URL, values: readonly string[]): void {
		if (values.length === 0 || this.#known.size === 0 || url.protocol !== 'https:') return;
		const names = values.flatMap((value) => value.split(',')).map((name) => name.trim().toLowerCase());
		this.restore(url.origin, names);
	}

	/** Hints for a request, `undefined` if the origin asked for none. */
	wanted(url: URL): readonly string[] | undefined {
		return this.#wanted.get(url.origin);
	}

	/** Sets what one origin asked for. */
	restore(origin: string, names: readonly string[]): void {
		const kept = [...new Set(names.filter((name) => this.#known.has(name)))];
		this.#wanted.delete(origin);
		if (kept.length === 0) return;
		this.#wanted.set(origin, kept);
		const oldest = this.#wanted.keys().next().value;
		if (this.#wanted.size > maxOrigins && oldest !== undefined) this.#wanted.delete(oldest);
	}

	clear(): void {
		this.#wanted.clear();
	}

	/** For `session.export()`. */
	export(): Record<string, readonly string[]> {
		return Object.fromEntries(this.#wanted);
	}
}
