/** Suggestions for a mistyped name. */

/** Names further away than this share of their length are no suggestion. */
const MAX_DISTANCE_SHARE = 0.5;
const MAX_SUGGESTIONS = 3;
/** Longer input is not compared: the cost grows with the product of both lengths. */
const MAX_COMPARED_LENGTH = 64;

/** Number of insertions, deletions and replacements between two texts (Levenshtein). */
export function editDistance(left: string, right: string): number {
	let previous = Array.from({ length: right.length + 1 }, (_, column) => column);
	for (let row = 1; row <= left.length; row++) {
		const current = [row];
		for (let column = 1; column <= right.length; column++) {
			const replace = (previous[column - 1] ?? 0) + (left[row - 1] === right[column - 1] ? 0 : 1);
			current.push(Math.min(replace, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
		}
		previous = current;
	}
	return previous[right.length] ?? 0;
}

/** Up to three of `names` that are close to `wanted`, nearest first. */
export function nearestNames(wanted: string, names: readonly string[]): string[] {
	const input = wanted.slice(0, MAX_COMPARED_LENGTH);
	return names
		.map((name) => ({ name, distance: editDistance(input, name) }))
		.filter(({ name, distance }) => distance <= Math.max(input.length, name.length) * MAX_DISTANCE_SHARE)
		.sort((left, right) => left.distance - right.distance)
		.slice(0, MAX_SUGGESTIONS)
		.map(({ name }) => name);
}
