/** How a family's facts change from release to release. */

import type { ProfileProvenance } from '../../src/types.ts';

/** From release `since` on, these facts hold. */
export type Change<Facts> = {
	since: number;
	facts: Partial<Facts>;
	/** Where the change was seen; says so where the exact release is not known, only a bound. */
	source: string;
};

/** Facts of release `major`: the oldest known ones with every change up to it applied in order. */
export function factsOf<Facts extends object>(
	oldest: Facts,
	changes: ReadonlyArray<Change<Facts>>,
	major: number,
): Facts {
	const applied = changes.filter((change) => change.since <= major).sort((left, right) => left.since - right.since);
	return Object.assign({}, oldest, ...applied.map((change) => change.facts));
}

/** Where the changes in force at `major` come from, oldest first, as entries of the profile's provenance. */
export function provenanceOf<Facts>(changes: ReadonlyArray<Change<Facts>>, major: number): ProfileProvenance[] {
	const applied = changes.filter((change) => change.since <= major);
	return applied.map(({ since, facts, source }) => ({
		facts: `${Object.keys(facts).join(', ')} since ${since}`,
		source,
	}));
}
