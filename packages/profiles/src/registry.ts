/** Names of profiles and lazy access to their files. */
import { readData } from '#data';
import type { BrowserName } from './browser-name.ts';
import { ProfileError } from './errors.ts';
import { nameBySpelling, suggestNames } from './names.ts';
import type { ProfileDocument, ProfileEdition, ProfileOs, ProfileSummary } from './types.ts';

type IndexEntry = Omit<ProfileSummary, 'aliases' | 'verifiedOs' | 'of' | 'provenance'> & {
	verifiedOs?: ProfileOs;
	file: string;
};
/** By name of the profile; apart from the index, which everybody reads. */
type Provenances = { readonly [name: string]: ProfileSummary['provenance'] };
type Index = {
	profiles: readonly IndexEntry[];
	editions: readonly ProfileEdition[];
	aliases: { readonly [alias: string]: string };
	/** Where a browser's other systems are browsers of their own: `safari` on iOS is `safari_ios`. */
	systems: { readonly [browser: string]: { readonly [os in ProfileOs]?: string } };
};
type Loaded = {
	index: Index;
	entries: ReadonlyMap<string, IndexEntry>;
	editions: ReadonlyMap<string, ProfileEdition>;
	names: readonly string[];
};

let loaded: Loaded | undefined;
const documents = new Map<string, ProfileDocument>();

function loadIndex(): Loaded {
	if (loaded !== undefined) return loaded;
	const index = readData('index.json') as Index;
	const entries = new Map(index.profiles.map((entry) => [entry.name, entry]));
	const editions = new Map(index.editions.map((edition) => [edition.name, edition]));
	loaded = { index, entries, editions, names: [...entries.keys(), ...editions.keys()] };
	return loaded;
}

/** Case, `-` and `_` do not matter (`Chrome-142`, `chrome_142`). */
function normalize(name: string): string {
	return name.trim().toLowerCase().replaceAll('-', '_');
}

/**
 * Follows aliases (`chrome`, `firefox`, ...) and other spellings (`chrome131`, `safari184`, `ios18`) to the name of a
 * profile.
 * @throws ProfileError `ERR_PROFILE_UNKNOWN` with `suggestions`, nearest first
 */
export function resolveProfileName(name: BrowserName): string {
	const { index, entries, editions, names } = loadIndex();
	const wanted = normalize(name);
	if (entries.has(wanted) || editions.has(wanted)) return wanted;
	const target = Object.hasOwn(index.aliases, wanted) ? index.aliases[wanted] : undefined;
	const found = target ?? nameBySpelling(wanted, names);
	if (found !== undefined) return found;
	const suggestions = suggestNames(wanted, names, Object.keys(index.aliases));
	const hint = suggestions.length > 0 ? `; did you mean ${suggestions.join(', ')}?` : '; getProfiles() lists all';
	throw new ProfileError(
		'ERR_PROFILE_UNKNOWN',
		`Unknown profile ${JSON.stringify(name.slice(0, 80))}${hint}`,
		suggestions,
	);
}

/**
 * The name for a system: where the browser's own profile has no variant for it, the browser of that system with the same
 * version (`safari_18` on iOS is `safari_ios_18`).
 */
export function nameForSystem(name: BrowserName, os: ProfileOs | undefined): string {
	const resolved = resolveProfileName(name);
	if (os === undefined) return resolved;
	const { index, entries, editions } = loadIndex();
	const { browser, os: systems } = entries.get(resolved) ?? editions.get(resolved) ?? {};
	const other = browser === undefined || systems?.includes(os) ? undefined : index.systems[browser]?.[os];
	if (browser === undefined || other === undefined) return resolved;
	// A name without a version follows the newest release there, too.
	const version = /\d/.test(name) ? resolved.slice(browser.length) : '';
	return resolveProfileName(`${other}${version}`);
}

/** Everything known about the profiles that ship with this package, without opening their files. */
export function getProfiles(): ProfileSummary[] {
	const { index, entries } = loadIndex();
	const aliases = Object.entries(index.aliases);
	const ofName = (name: string) => aliases.filter(([, target]) => target === name).map(([alias]) => alias);
	const provenances = readData('provenance.json') as Provenances;
	const provenanceOf = (name: string) => required(provenances[name], `the provenance of ${name}`);
	const own = index.profiles.map(({ file: _, ...entry }) => ({
		...entry,
		provenance: provenanceOf(entry.name),
		verifiedOs: entry.verifiedOs ?? first(entry.os),
		aliases: ofName(entry.name),
	}));
	const editions = index.editions.map(({ brand: _, ...edition }) => {
		const base = required(entries.get(edition.of), edition.of);
		return {
			...edition,
			version: base.version,
			verifiedOs: first(edition.os),
			provenance: [...edition.provenance, ...provenanceOf(base.name)],
			aliases: ofName(edition.name),
		};
	});
	return [...own, ...editions];
}

function first(systems: readonly ProfileOs[]): ProfileOs {
	const [os] = systems;
	return required(os, 'an entry without systems');
}

function required<T>(value: T | undefined, what: string): T {
	if (value === undefined) throw new ProfileError('ERR_PROFILE_INVALID', `The index of profiles lacks ${what}`);
	return value;
}

/** Reads a profile's file, once a process. */
export function loadDocument(name: BrowserName): ProfileDocument {
	const resolved = resolveProfileName(name);
	const known = documents.get(resolved);
	if (known !== undefined) return known;
	const { entries, editions } = loadIndex();
	const edition = editions.get(resolved);
	const document = edition === undefined ? readDocument(required(entries.get(resolved), resolved)) : editionOf(edition);
	documents.set(resolved, document);
	return document;
}

function readDocument({ file }: IndexEntry): ProfileDocument {
	return required(readData(file), file) as ProfileDocument;
}

/** The file of another product under this one's name and brand. */
function editionOf({ of, brand, provenance, name, browser, os, verified }: ProfileEdition): ProfileDocument {
	const { verifiedOs: _, ...base } = loadDocument(of);
	const { clientHints } = base.headers;
	const headers = clientHints === null ? base.headers : { ...base.headers, clientHints: { ...clientHints, brand } };
	return { ...base, name, browser, os, verified, provenance: [...provenance, ...base.provenance], headers };
}
