import { InvalidArgumentError } from '../errors/classes.ts';
import { fromOtherClient } from './other-clients.ts';

/** Throws `ERR_INVALID_OPTION` for the first key that is not known and has a value, naming what was meant, if that can be told. */
export function refuseUnknown(given: object, known: ReadonlySet<string>, where: string): void {
	for (const key of Object.keys(given)) {
		if (known.has(key) || (given as Record<string, unknown>)[key] === undefined) continue;
		const near = fromOtherClient(key, known) ?? quoted(nearest(key, known));
		const hint = near === undefined ? '' : ` Did you mean ${near}?`;
		throw new InvalidArgumentError(`Unknown option "${key}" in ${where}.${hint}`, 'ERR_INVALID_OPTION');
	}
}

function quoted(name: string | undefined): string | undefined {
	return name === undefined ? undefined : `"${name}"`;
}

/** The known name at the smallest edit distance, if it is at most a third of the word. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
	const lower = word.toLowerCase();
	let best: string | undefined;
	let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
	for (const candidate of known) {
		const distance = editDistance(lower, candidate.toLowerCase());
		if (distance < bestDistance) {
			best = candidate;
			bestDistance = distance;
		}
	}
	return best;
}

function editDistance(left: string, right: string): number {
	let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
	for (let row = 1; row <= left.length; row++) {
		const current = [row];
		for (let column = 1; column <= right.length; column++) {
			const substitution = (previous[column - 1] ?? 0) + (left[row - 1] === right[column - 1] ? 0 : 1);
			current.push(Math.min((previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, substitution));
		}
		previous = current;
	}
	return previous[right.length] ?? 0;
}
