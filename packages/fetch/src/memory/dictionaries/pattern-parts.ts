import type { Token } from './pattern-tokens.ts';

/** Some text, or something between two texts, once or more often. */
export type PatternPart = {
	readonly before: string;
	/** `segment`: some characters but the separator; `all`: any number of any; `none`: only the text. */
	readonly wild: 'none' | 'segment' | 'all';
	readonly separator: string;
	readonly after: string;
	readonly times: '' | '?' | '+' | '*';
};

/** Parts that can be repeated cost the most to look for. */
const maxRepeated = 4;
/** Regular expressions that are wildcards by another name. */
const wholeExpression = '.*';

/**
 * Reads the pattern of one part of a URL (URL Pattern: parse a pattern string). `undefined`: it is malformed or has a regular
 * expression.
 * @param separator what a name does not match, and what belongs to it that stands in front of it: `/`, `.` or nothing
 * @param spell makes fixed text what it is in a URL
 */
export function readPattern(
	tokens: readonly Token[],
	separator: string,
	spell: (text: string) => string,
): readonly PatternPart[] | undefined {
	const reader = new PatternReader(tokens, separator, spell);
	return reader.read() && reader.parts.filter(({ times }) => times === '+' || times === '*').length <= maxRepeated
		? reader.parts
		: undefined;
}

class PatternReader {
	readonly parts: PatternPart[] = [];
	readonly #tokens: readonly Token[];
	readonly #separator: string;
	readonly #spell: (text: string) => string;
	readonly #names = new Set<string>();
	#at = 0;
	/** Fixed text that has been read. */
	#text = '';

	constructor(tokens: readonly Token[], separator: string, spell: (text: string) => string) {
		this.#tokens = tokens;
		this.#separator = separator;
		this.#spell = spell;
	}

	/** `false`: malformed. */
	read(): boolean {
		while (this.#at < this.#tokens.length) {
			const char = this.#take('char');
			const wild = this.#wild();
			if (wild === 'wrong') return false;
			if (wild !== 'none') {
				// Hosts have no text that belongs to what follows.
				const belongs = char === '/' && this.#separator === '/';
				if (!belongs) this.#text += char ?? '';
				this.#add(belongs ? '/' : '', wild, '', this.#times());
				continue;
			}
			const fixed = char ?? this.#take('escaped');
			if (fixed !== undefined) {
				this.#text += fixed;
				continue;
			}
			if (this.#take('open') === undefined || !this.#group()) return false;
		}
		this.#flush();
		return true;
	}

	/** What stands in braces. */
	#group(): boolean {
		const before = this.#fixed();
		const wild = this.#wild();
		const after = this.#fixed();
		if (wild === 'wrong' || this.#take('close') === undefined) return false;
		this.#add(before, wild, after, this.#times());
		return true;
	}

	#add(before: string, wild: PatternPart['wild'], after: string, times: PatternPart['times']): void {
		if (wild === 'none' && times === '') {
			this.#text += before + after;
			return;
		}
		this.#flush();
		const [first, last] = [this.#spell(before), this.#spell(after)];
		if (wild === 'none' && first + last === '') return;
		this.parts.push({ before: first, wild, separator: this.#separator, after: last, times });
	}

	#flush(): void {
		if (this.#text === '') return;
		const before = this.#spell(this.#text);
		this.#text = '';
		this.parts.push({ before, wild: 'none', separator: '', after: '', times: '' });
	}

	/** A name, an expression, a name with an expression, or `*`. */
	#wild(): PatternPart['wild'] | 'wrong' {
		const name = this.#take('name');
		if (name !== undefined) {
			if (this.#names.has(name)) return 'wrong';
			this.#names.add(name);
		}
		const expression = this.#take('regexp');
		if (expression !== undefined) return expression === wholeExpression ? 'all' : 'wrong';
		if (name !== undefined) return 'segment';
		return this.#take('asterisk') === undefined ? 'none' : 'all';
	}

	#times(): PatternPart['times'] {
		return (this.#take('modifier') ?? this.#take('asterisk') ?? '') as PatternPart['times'];
	}

	#fixed(): string {
		let text = '';
		for (;;) {
			const next = this.#take('char') ?? this.#take('escaped');
			if (next === undefined) return text;
			text += next;
		}
	}

	#take(type: Token['type']): string | undefined {
		const token = this.#tokens[this.#at];
		if (token?.type !== type) return undefined;
		this.#at++;
		return token.value;
	}
}
