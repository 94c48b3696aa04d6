/** JA4, JA3n and Akamai's text of every profile stay what generated/fingerprints.json says, and each has a source. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Mirror, startMirror } from '../../mirror/src/index.ts';
import { getProfile, getProfiles } from '../src/index.ts';
import { fingerprintsOf, measure, readGolden } from './support/golden-fingerprints.ts';
import { publishedFingerprints } from './support/published-fingerprints.ts';

const names = getProfiles().flatMap(({ name, of }) => (of === undefined ? [name] : []));
const golden = readGolden();

let mirror: Mirror;

beforeAll(async () => {
	mirror = await startMirror();
});

afterAll(() => mirror.close());

test('every profile is in the file, and nothing else', () => {
	expect(Object.keys(golden)).toEqual(names);
});

test.each(names)('%s has the fingerprints of the file', async (name) => {
	const entry = golden[name];
	const sent = await fingerprintsOf(getProfile(name), mirror);
	expect(Object.keys(entry?.ja4 ?? {})).toContain(sent.ja4);
	expect(Object.keys(entry?.ja3n ?? {})).toContain(sent.ja3n);
	expect(Object.keys(entry?.akamai ?? {})).toEqual([sent.akamai]);
});

test.each(names.filter((name) => Object.keys(golden[name]?.ja4 ?? {}).length === 1))(
	'the sources of %s are those that its strings have',
	async (name) => {
		expect(await measure(getProfile(name), mirror)).toEqual(golden[name]);
	},
);

test('every published string is the source of its profiles', () => {
	for (const { profiles, ja4, ja3n, source } of publishedFingerprints) {
		for (const name of profiles) {
			const { ja4: ours, ja3n: sorted } = golden[name] ?? { ja4: {}, ja3n: {} };
			if (ja4) expect(ja4, `${name}: ${source}`).toEqual(expect.arrayContaining(Object.keys(ours)));
			if (ja3n) expect(ja3n, `${name}: ${source}`).toEqual(expect.arrayContaining(Object.keys(sorted)));
		}
	}
});
