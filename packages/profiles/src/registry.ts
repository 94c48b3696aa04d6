/** Names of profiles and lazy access to their files. */
import { readFileSync } from 'node:fs';
import { ProfileError } from './errors.ts';
import { nearestNames } from './near-names.ts';
import type { ProfileDocument, ProfileSummary } from './types.ts';

const DATA = new URL('../data/', import.meta.url);

type IndexEntry = Omit<ProfileSummary, 'aliases'> & { file: string };
type Index = { profiles: readonly IndexEntry[]; aliases: { readonly [alias: string]: string } };

let index: Index | undefined;
let entries: ReadonlyMap<string, IndexEntry> | undefined;
const documents = new Map<string, ProfileDocument>();

function loadIndex(): { index: Index; entries: ReadonlyMap<string, IndexEntry> } {
	index ??= JSON.parse(readFileSync(new URL('index.json', DATA), 'utf8')) as Index;
	entries ??= new Map(index.profiles.map((entry) => [entry.name, entry]));
	return { index, entries };
}

/** How names are compared: case, `-` and `_` do not matter (`Chrome-142`, `chrome_142`). */
function normalize(name: string): string {
	return name.trim().toLowerCase().replaceAll('-', '_');
}

/**
 * Follows aliases (`chrome`, `firefox`, ...) to the name of a profile.
 * @throws ProfileError `ERR_PROFILE_UNKNOWN` with `suggestions`, nearest first
 */
export function resolveProfileName(name: string): string {
	const loaded = loadIndex();
	const wanted = normalize(name);
	if (loaded.entries.has(wanted)) return wanted;
	const target = Object.hasOwn(loaded.index.aliases, wanted) ? loaded.index.aliases[wanted] : undefined;
	if (target !== undefined) return target;
	const suggestions = nearestNames(wanted, [...loaded.entries.keys(), ...Object.keys(loaded.index.aliases)]);
	const hint = suggestions.length > 0 ? `; did you mean ${suggestions.join(', ')}?` : '';
	throw new ProfileError(
		'ERR_PROFILE_UNKNOWN',
		`Unknown profile ${JSON.stringify(name.slice(0, 80))}${hint}`,
		suggestions,
	);
}

/** Everything known about the profiles that ship with this package, without opening their files. */
export function getProfiles(): ProfileSummary[] {
	const loaded = loadIndex();
	const aliases = Object.entries(loaded.index.aliases);
	return loaded.index.profiles.map(({ file: _, ...entry }) => ({
		...entry,
		aliases: aliases.filter(([, target]) => target === entry.name).map(([alias]) => alias),
	}));
}

/** Reads a profile's file, once a process. */
export function loadDocument(name: string): ProfileDocument {
	const resolved = resolveProfileName(name);
	const known = documents.get(resolved);
	if (known !== undefined) return known;
	const entry = loadIndex().entries.get(resolved);
	if (entry === undefined)
		throw new ProfileError('ERR_PROFILE_INVALID', `Alias points to a missing profile: ${resolved}`);
	const document = JSON.parse(readFileSync(new URL(entry.file, DATA), 'utf8')) as ProfileDocument;
	documents.set(resolved, document);
	return document;
}
