/** A piece of a URL pattern (URL Pattern: tokenize). */
export type Token = {
	type: 'char' | 'escaped' | 'asterisk' | 'open' | 'close' | 'modifier' | 'name' | 'regexp' | 'wrong';
	value: string;
};

const piece = /\\(.)|\*|\{|\}|[?+]|:([A-Za-z_$][A-Za-z0-9_$]*)|\(((?:\\.|[^()\\])+)\)|(.)/gs;
const single: Readonly<Record<string, Token['type']>> = {
	'*': 'asterisk',
	'{': 'open',
	'}': 'close',
	'?': 'modifier',
	'+': 'modifier',
};

/** Takes a pattern, which is ASCII, apart. */
export function tokensOf(pattern: string): Token[] {
	return Array.from(pattern.matchAll(piece), ([all, escaped, name, regexp, char]): Token => {
		if (escaped !== undefined) return { type: 'escaped', value: escaped };
		if (name !== undefined) return { type: 'name', value: name };
		if (regexp !== undefined) return { type: 'regexp', value: regexp };
		if (char !== undefined) return { type: char === '(' || char === '\\' ? 'wrong' : 'char', value: char };
		return { type: single[all] ?? 'char', value: all };
	});
}

/** The character itself, not what the pattern's language makes of it. */
export const isCharacter = ({ type, value }: Token, character: string): boolean =>
	value === character && (type === 'char' || type === 'escaped');
