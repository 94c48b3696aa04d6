/**
 * The fingerprints of every profile with what supports each of them, best first: a capture in this package, a published
 * string of that release, the same string published for another release, or nothing but the profile's own facts.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { akamai, type Mirror } from '../../../mirror/src/index.ts';
import type { Profile } from '../../src/index.ts';
import { navigate } from './navigation.ts';
import { publishedFingerprints } from './published-fingerprints.ts';

/** Text of each fingerprint and where it is known from. */
export type Golden = { ja4: Sourced; ja3n: Sourced; akamai: Sourced };
/** More than one string where padding comes and goes with the length of the GREASE ECH payload. */
type Sourced = { [fingerprint: string]: string };
type Kind = keyof Golden;

export const goldenFile = new URL('../generated/fingerprints.json', import.meta.url);

/** Enough that one of four lengths is missed with probability 1e-6. */
const SAMPLES_OF_PADDED = 48;

const CAPTURES: { readonly [name: string]: string } = {
	chrome_156: 'captures/chromium-156-linux.json',
	firefox_153: 'captures/firefox-153-linux.json',
};

type CapturedStrings = {
	tls: { variations: { ja4: object; ja3n: object } };
	h2: { akamai: string };
};

function captured(name: string, kind: Kind): string | undefined {
	const file = CAPTURES[name];
	if (file === undefined) return undefined;
	const { tls, h2 } = JSON.parse(readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')) as CapturedStrings;
	return kind === 'akamai' ? h2.akamai : Object.keys(tls.variations[kind])[0];
}

const md5 = (text: string) => createHash('md5').update(text).digest('hex');

function isPublished(entry: (typeof publishedFingerprints)[number], kind: Kind, text: string): boolean {
	if (kind === 'akamai') return entry.akamai === md5(text);
	return entry[kind]?.includes(text) ?? false;
}

function sourceOf({ name, verified }: Profile, kind: Kind, text: string): string {
	if (captured(name, kind) === text) return `${CAPTURES[name]} (captured here)`;
	const fitting = publishedFingerprints.filter((entry) => isPublished(entry, kind, text));
	// What was read off a browser counts more than what another client sent.
	const best = (entries: typeof fitting) => entries.find(({ measured }) => measured === 'browser') ?? entries[0];
	const own = best(fitting.filter(({ profiles }) => profiles.includes(name)));
	if (own) return `${own.source} (${own.measured})`;
	const other = best(fitting);
	if (other) return `as ${other.profiles[0]}: ${other.source} (${other.measured})`;
	return `computed from the profile (${verified}); nothing published is known`;
}

/** Measures a profile against an h2 mirror. */
export async function measure(profile: Profile, mirror: Mirror): Promise<Golden> {
	const { paddingTo, ech } = profile.document.tls as { paddingTo: number | null; ech: object | null };
	const samples = paddingTo !== null && ech !== null ? SAMPLES_OF_PADDED : 1;
	const golden: Golden = { ja4: {}, ja3n: {}, akamai: {} };
	for (let sample = 0; sample < samples; sample++) {
		for (const [kind, text] of Object.entries(await fingerprintsOf(profile, mirror))) {
			golden[kind as Kind][text] = sourceOf(profile, kind as Kind, text);
		}
	}
	// Which of several comes first is chance.
	const sorted = (sourced: Sourced) => Object.fromEntries(Object.entries(sourced).sort(([a], [b]) => (a < b ? -1 : 1)));
	return { ja4: sorted(golden.ja4), ja3n: sorted(golden.ja3n), akamai: sorted(golden.akamai) };
}

/** The strings of one connection. */
export async function fingerprintsOf(profile: Profile, mirror: Mirror): Promise<{ [kind in Kind]: string }> {
	const { connection } = await navigate(profile, mirror);
	if (!connection.fingerprints) throw new Error('no hello');
	const { ja4, ja3nHash } = connection.fingerprints;
	return { ja4, ja3n: ja3nHash, akamai: akamai(connection.frames) };
}

/** The file as it is committed. */
export function readGolden(): { [name: string]: Golden } {
	return JSON.parse(readFileSync(goldenFile, 'utf8'));
}
