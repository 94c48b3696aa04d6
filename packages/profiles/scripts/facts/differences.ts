/**
 * The one table of what differs between systems and brands: `differences.json`. Every row names its sources. The generator
 * reads values here; `test/contradictions.test.ts` holds each profile on each of its systems against it.
 */
import { readFileSync } from 'node:fs';
import type { ProfileOs, ProfileProvenance } from '../../src/types.ts';

/** Keys of `sources`. */
type Sourced = { source: readonly string[] };

/** A row that holds from a release on, until the next row of its list. */
type Since = Sourced & { since: number };

/** A version of a system that users of a release had: one that was out before the next release came. */
export type SystemVersion = Since & {
	/** As hint or user agent have it. */
	value: string;
	name: string;
	/** ISO date; of a device the later one of the two. */
	released: string;
	/** Android: the device. */
	model?: string;
};

export type ChromiumOs = Exclude<ProfileOs, 'ios'>;

/** One system as Chromium names it. */
export type ChromiumSystem = Sourced & {
	/** In the reduced user agent. */
	token: string;
	mobile: boolean;
	platform: string;
	arch: string;
	bitness: string;
	formFactor: string;
	/** CSS pixels; what the window of the capture had, and on Android that of the devices. */
	viewport: readonly [width: number, height: number];
	dpr: string;
};

/** A product built on Chromium. */
export type Brand = Sourced & {
	/** In the list; absent: `Chromium` alone. */
	name?: string;
	/** In the user agent, before the product's version. */
	agent?: string;
	/** `sec-fetch-storage-access` of its defaults. */
	storageAccess: string;
};

/** What a browser of a language is set to. */
export type Languages = Sourced & {
	/** English follows a language that has no list. */
	english: boolean;
	lists: { readonly [locale: string]: string };
};

type Differences = {
	sources: { readonly [key: string]: string };
	/** ISO dates of releases. */
	released: Sourced & { [family in 'chromium' | 'firefox']: { readonly [major: string]: string } };
	chromium: {
		systems: { readonly [os in ChromiumOs]: ChromiumSystem };
		systemVersions: { readonly [os in ChromiumOs]: readonly SystemVersion[] };
		/** Largest `device-memory` that users of the system commonly have. */
		memory: ReadonlyArray<Since & { desktop: string; mobile: string }>;
		/** In the order in which a navigation sends them. */
		hints: ReadonlyArray<Since & { name: string }>;
		brands: { readonly [key in 'chromium' | 'google-chrome' | 'edge' | 'opera']: Brand };
	};
	firefox: {
		systems: { readonly [os in ChromiumOs]: Sourced & { token: string } };
		systemVersions: { readonly android: readonly SystemVersion[] };
	};
	safari: { systems: { readonly [device in 'mac' | 'iphone' | 'ipad']: Sourced & { token: string } } };
	languages: { readonly [family in 'chromium' | 'firefox' | 'safari']: Languages };
};

export const differences = JSON.parse(
	readFileSync(new URL('differences.json', import.meta.url), 'utf8'),
) as Differences;

/** The row that holds at `major`: the last one that is not younger. */
export function rowAt<Row extends Since>(rows: readonly Row[], major: number): Row {
	const row = rows.findLast(({ since }) => since <= major);
	if (row === undefined) throw new Error(`No row of the table holds at ${major}`);
	return row;
}

/** An entry of a profile's provenance: the sources of the rows that it took, by the names they have in the table. */
export function provenanceOfRows(facts: string, rows: readonly Sourced[]): ProfileProvenance {
	const keys = [...new Set(rows.flatMap(({ source }) => source))];
	for (const key of keys) if (!Object.hasOwn(differences.sources, key)) throw new Error(`No source ${key}`);
	return { facts, source: `derived: scripts/facts/differences.json (${keys.join(', ')})` };
}
