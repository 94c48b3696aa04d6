// The soak itself for some seconds: nothing is wrong, nothing hangs and nothing is left. Memory needs `make soak`.
import { expect, it } from 'vitest';
import { soak } from '../src/soak.ts';

it('C04 C06 N02 some seconds of everything at once: every answer is right, all of it ends, and the client goes', async () => {
	const plan = { durationMs: 6_000, inFlight: 40, roundMs: 3_000, seed: 20_261_130, waitMs: 100 };
	const { findings, samples, tally } = await soak(plan);
	expect(findings).toEqual([]);
	expect(Object.keys(tally).length).toBeGreaterThan(10);
	const rests = samples.filter(({ atRest }) => atRest);
	expect(rests.length).toBeGreaterThan(0);
	expect(rests.map(({ exchanges, inFlight }) => exchanges + inFlight)).toEqual(rests.map(() => 0));
});
