/** A value of a structured field, as far as dictionaries need them told apart (RFC 8941 3). */
export type Bare =
	| { type: 'string' | 'token' | 'other'; value: string }
	| { type: 'list'; items: readonly { type: string; value: string }[] };

const key = /[a-z*][a-z0-9_\-.*]*/y;
const string = /"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"/y;
const token = /[A-Za-z*][!#$%&'*+\-.^_`|~0-9A-Za-z:/]*/y;
/** Numbers, byte sequences and booleans: what they are does not matter here. */
const other = /-?\d{1,15}(?:\.\d{1,3})?|:[A-Za-z0-9+/=]*:|\?[01]/y;
const blanks = /[ \t]*/y;
const spaces = / */y;

/** Reads a structured field that is a dictionary (RFC 8941 4.2.2); `undefined`: it is none. Of a key twice the last counts. */
export function readStructuredDictionary(text: string): Map<string, Bare> | undefined {
	const reader = new Reader(text);
	const found = new Map<string, Bare>();
	reader.skip(spaces);
	while (!reader.isAtEnd) {
		const name = reader.take(key);
		const value = name === undefined ? undefined : reader.member();
		if (name === undefined || value === undefined) return undefined;
		found.set(name, value);
		reader.skip(blanks);
		if (reader.isAtEnd) return found;
		if (!reader.takes(',')) return undefined;
		reader.skip(blanks);
		if (reader.isAtEnd) return undefined;
	}
	return found;
}

class Reader {
	readonly #text: string;
	#at = 0;

	constructor(text: string) {
		this.#text = text.trimEnd();
	}

	get isAtEnd(): boolean {
		return this.#at >= this.#text.length;
	}

	/** A value, `true` if there is none, with its parameters passed over. */
	member(): Bare | undefined {
		const value: Bare | undefined = this.takes('=') ? this.#list() : { type: 'other', value: '?1' };
		return value !== undefined && this.#parameters() ? value : undefined;
	}

	take(pattern: RegExp): string | undefined {
		pattern.lastIndex = this.#at;
		const [all, inner] = pattern.exec(this.#text) ?? [];
		if (all === undefined) return undefined;
		this.#at += all.length;
		return inner ?? all;
	}

	takes(text: string): boolean {
		if (!this.#text.startsWith(text, this.#at)) return false;
		this.#at += text.length;
		return true;
	}

	skip(pattern: RegExp): void {
		this.take(pattern);
	}

	#list(): Bare | undefined {
		if (!this.takes('(')) return this.#item();
		const items: { type: string; value: string }[] = [];
		for (;;) {
			this.skip(spaces);
			if (this.takes(')')) return { type: 'list', items };
			const item = this.#item();
			if (item === undefined || !this.#parameters()) return undefined;
			items.push(item);
			if (!this.#text.startsWith(' ', this.#at) && !this.#text.startsWith(')', this.#at)) return undefined;
		}
	}

	#item(): { type: 'string' | 'token' | 'other'; value: string } | undefined {
		const text = this.take(string);
		if (text !== undefined) return { type: 'string', value: text.replace(/\\(.)/g, '$1') };
		const word = this.take(token);
		if (word !== undefined) return { type: 'token', value: word };
		const rest = this.take(other);
		return rest === undefined ? undefined : { type: 'other', value: rest };
	}

	#parameters(): boolean {
		while (this.takes(';')) {
			this.skip(spaces);
			if (this.take(key) === undefined) return false;
			if (this.takes('=') && this.#item() === undefined) return false;
		}
		return true;
	}
}
