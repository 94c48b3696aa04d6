// Writes test/generated/fingerprints.json: what every profile's fingerprints are, and where each string is known from.
// Read the difference: a string that changes is a different hello on the wire.
import { writeFileSync } from 'node:fs';
import { startMirror } from '../../../mirror/src/index.ts';
import { getProfile, getProfiles } from '../../src/index.ts';
import { type Golden, goldenFile, measure } from '../support/golden-fingerprints.ts';

const mirror = await startMirror();
const all: { [name: string]: Golden } = {};
for (const { name, of } of getProfiles()) if (of === undefined) all[name] = await measure(getProfile(name), mirror);
await mirror.close();
writeFileSync(goldenFile, `${JSON.stringify(all, undefined, '\t')}\n`);
