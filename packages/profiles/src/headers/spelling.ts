/** HTTP/1.1 spelling of field names. HTTP/2 lower-cases them anyway. */

/** Spellings remembered; what a browser sends is far below it, and callers may name anything. */
const REMEMBERED = 512;

/** Turns `accept-language` into what the browser writes on HTTP/1.1. */
export type Speller = (lowerName: string) => string;

/** Without a regular expression: 40 names are spelt before the first request, and one called for each letter is compiled twice. */
function titleCase(name: string): string {
	const parts = name.split('-').map((part) => part.charAt(0).toUpperCase() + part.slice(1));
	return parts.join('-');
}

/**
 * Makes a speller from a profile's data.
 * @param lower names kept in lower case; a trailing `*` stands for any ending
 * @param special names whose spelling is neither lower nor Title-Case, spelt as they are sent
 */
export function createSpeller(lower: readonly string[], special: readonly string[]): Speller {
	const exact = new Map(special.map((name) => [name.toLowerCase(), name]));
	const prefixes: string[] = [];
	for (const entry of lower) {
		if (entry.endsWith('*')) prefixes.push(entry.slice(0, -1));
		else exact.set(entry, entry);
	}
	return (name) => {
		const known = exact.get(name);
		if (known !== undefined) return known;
		const spelt = prefixes.some((prefix) => name.startsWith(prefix)) ? name : titleCase(name);
		if (exact.size < REMEMBERED) exact.set(name, spelt);
		return spelt;
	};
}
