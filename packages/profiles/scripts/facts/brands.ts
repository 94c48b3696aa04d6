/**
 * Chromium's brand list, computed as its source does (components/embedder_support/user_agent_utils.cc): a made-up brand
 * and the order of the list both follow from the major version. The rule came with 105; what was sent before is a table.
 * Checked against published lists of 100 to 150 and the capture of 156 (test/releases.test.ts).
 */

import type { ThirdPartyCookies } from '../../src/types.ts';
import { differences } from './differences.ts';

/** One product that calls itself by a brand besides `Chromium`. */
export type BrandFacts = {
	/** Key callers use: `google-chrome`, `edge`, ... */
	key: string;
	/** Brand in the list; absent: `Chromium` alone. */
	name?: string;
	/** Major and full version of the product. @default Chromium's */
	major?: string;
	full?: string;
	/** Where it is not what the profile says of everybody else. */
	thirdPartyCookies?: ThirdPartyCookies;
};

/** A product of the table, with versions of its own where it has them. */
export function brandFacts(
	key: keyof typeof differences.chromium.brands,
	own: Pick<BrandFacts, 'major' | 'full'> = {},
): BrandFacts {
	const { name, storageAccess } = differences.chromium.brands[key];
	return {
		key,
		...(name === undefined ? {} : { name }),
		...own,
		...(storageAccess === 'active' ? { thirdPartyCookies: 'sent' as const } : {}),
	};
}

const GREASE_CHARACTERS = [' ', '(', ':', '-', '.', '/', ')', ';', '=', '?', '_'];
const GREASE_VERSIONS = ['8', '99', '24'];
/** Permutations of three brands; a list of two is turned round by odd versions. */
const ORDERS = [
	[0, 1, 2],
	[0, 2, 1],
	[1, 0, 2],
	[1, 2, 0],
	[2, 0, 1],
	[2, 1, 0],
] as const;

type Entry = [name: string, major: string, full: string];

/** Releases before the rule: its first form showed in 103 only, and up to 102 the order did not change. */
const FIRST_RULED = 105;
const FIRST_REORDERED = 103;

function greased(major: number): Entry {
	if (major < FIRST_RULED) return [major === 103 ? '.Not/A)Brand' : ' Not A;Brand', '99', '99.0.0.0'];
	const first = GREASE_CHARACTERS[major % GREASE_CHARACTERS.length];
	const second = GREASE_CHARACTERS[(major + 1) % GREASE_CHARACTERS.length];
	const version = GREASE_VERSIONS[major % GREASE_VERSIONS.length] ?? '8';
	return [`Not${first}A${second}Brand`, version, `${version}.0.0.0`];
}

/** Puts `entries[i]` at place `order[i]`. */
function arrange(entries: readonly Entry[], major: number): Entry[] {
	if (major < FIRST_REORDERED) return [...entries];
	const order = entries.length === 2 ? [major % 2, (major + 1) % 2] : (ORDERS[major % ORDERS.length] ?? ORDERS[0]);
	const list = new Array<Entry>(entries.length);
	entries.forEach((entry, index) => {
		list[order[index] ?? index] = entry;
	});
	return list;
}

/** `sec-ch-ua` and `sec-ch-ua-full-version-list` for every brand. */
export function brandLists(major: number, build: string, brands: readonly BrandFacts[]) {
	const lists: Record<string, { short: string; full: string; thirdPartyCookies?: ThirdPartyCookies }> = {};
	for (const brand of brands) {
		const entries: Entry[] = [greased(major), ['Chromium', String(major), build]];
		if (brand.name !== undefined) entries.push([brand.name, brand.major ?? String(major), brand.full ?? build]);
		const list = arrange(entries, major);
		lists[brand.key] = {
			short: list.map(([name, version]) => `"${name}";v="${version}"`).join(', '),
			full: list.map(([name, , version]) => `"${name}";v="${version}"`).join(', '),
			...(brand.thirdPartyCookies === undefined ? {} : { thirdPartyCookies: brand.thirdPartyCookies }),
		};
	}
	return lists;
}
