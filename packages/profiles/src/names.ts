/**
 * How a name may be spelt. One rule: the words say the browser, in any order, the numbers say the version, and what
 * separates them does not matter: `chrome131`, `Chrome-131`, `chrome131_android`, `safari18_4_ios`, `safari184`.
 */
import { nearestNames } from './near-names.ts';

/** Longer input is no name; nothing is compared with it. */
const MAX_NAME_LENGTH = 64;
const MAX_SUGGESTIONS = 3;

/** What a name says. */
type Spelling = { family: string; version: string };

/** Safari is the only browser of these systems, so people name the system. */
const SHORT_FAMILIES: ReadonlyMap<string, string> = new Map([
	['ios', 'safari_ios'],
	['ipad', 'safari_ipad'],
	['ipados', 'safari_ipad'],
]);

function familyOf(words: readonly string[]): string {
	const [only = ''] = words;
	const full = words.length === 1 ? (SHORT_FAMILIES.get(only)?.split('_') ?? words) : words;
	return [...full].sort().join('_');
}

/** `18.0` and `18` are one version. */
function readName(name: string): Spelling | undefined {
	if (name.length > MAX_NAME_LENGTH || !/^[a-z0-9._ /-]+$/.test(name)) return undefined;
	const version = (name.match(/\d+/g) ?? []).join('.');
	return { family: familyOf(name.match(/[a-z]+/g) ?? []), version: version.replace(/(?:\.0+)+$/, '') };
}

/** Names by family, newest first, each with its version. */
function releasesOf(family: string, names: readonly string[]): Array<{ name: string; version: string }> {
	return names.flatMap((name) => {
		const spelling = readName(name);
		return spelling?.family === family && spelling.version !== '' ? [{ name, version: spelling.version }] : [];
	});
}

/**
 * The name that an unusual spelling means.
 * @param wanted in lower case
 * @param names of all profiles, newest of each browser first
 */
export function nameBySpelling(wanted: string, names: readonly string[]): string | undefined {
	const spelling = readName(wanted);
	if (spelling === undefined) return undefined;
	const { family, version } = spelling;
	const releases = releasesOf(family, names);
	if (version === '') return releases[0]?.name;
	const undotted = (text: string) => text.replaceAll('.', '');
	const found =
		releases.find((each) => each.version === version) ??
		// `safari184` and `safari260`: a version of two parts without its dot.
		releases.find((each) => undotted(each.version) === version || `${each.version}0` === version) ??
		// `okhttp4`: the newest of its releases.
		releases.find((each) => each.version.startsWith(`${version}.`));
	return found?.name;
}

/**
 * Names close to an unknown one: of the same browser those that begin with the version, else those with the nearest; of no
 * browser, by spelling.
 */
export function suggestNames(wanted: string, names: readonly string[], aliases: readonly string[]): string[] {
	const { family, version } = readName(wanted) ?? { family: '', version: '' };
	const releases = releasesOf(family, names);
	if (releases.length === 0) return nearestNames(wanted, [...names, ...aliases]);
	const begun = releases.filter((each) => each.version.startsWith(version));
	const distance = (other: string) => Math.abs(Number.parseFloat(other) - Number.parseFloat(version));
	const nearest = releases.toSorted((left, right) => distance(left.version) - distance(right.version));
	return (begun.length > 0 ? begun : nearest).slice(0, MAX_SUGGESTIONS).map(({ name }) => name);
}
