import type { PatternPart } from './pattern-parts.ts';

/** Places in a text, by their index: 1 where the pattern can be so far. */
type Places = Uint8Array;

/** What may still be done to look for patterns: characters that are looked at, once for each piece of a pattern. */
export type ScanWork = { left: number };

/** Looks for a pattern in all ways at once: the work grows with the text and the pattern, and has a limit. */
export class PatternScan {
	readonly #parts: readonly PatternPart[];

	constructor(parts: readonly PatternPart[]) {
		this.#parts = parts;
	}

	/** Whether the whole of `text` is what the pattern means; not, once the work is used up. */
	matches(text: string, work: ScanWork): boolean {
		let places = new Uint8Array(text.length + 1);
		places[0] = 1;
		for (const part of this.#parts) {
			places = repeated(part, text, places, work);
			if (work.left <= 0 || !places.includes(1)) return false;
		}
		return places[text.length] === 1;
	}
}

function repeated(part: PatternPart, text: string, from: Places, work: ScanWork): Uint8Array<ArrayBuffer> {
	const once = through(part, text, from, work);
	const { times } = part;
	if (times === '+' || times === '*') while (work.left > 0 && merge(once, through(part, text, once, work)));
	if (times === '?' || times === '*') merge(once, from);
	return once;
}

function through({ before, wild, separator, after }: PatternPart, text: string, from: Places, work: ScanWork) {
	work.left -= from.length;
	const start = behind(before, text, from);
	if (wild === 'none') return behind(after, text, start);
	const reached = new Uint8Array(from.length);
	let isInside = false;
	for (let index = 0; index < from.length; index++) {
		if (wild === 'all') {
			isInside ||= start[index] === 1;
			if (isInside) reached[index] = 1;
			continue;
		}
		if (isInside) reached[index] = 1;
		isInside = (isInside || start[index] === 1) && (separator === '' || text[index] !== separator);
	}
	return behind(after, text, reached);
}

function behind(fixed: string, text: string, from: Places): Uint8Array<ArrayBuffer> {
	const reached = new Uint8Array(from.length);
	for (let index = 0; index + fixed.length < from.length; index++)
		if (from[index] === 1 && text.startsWith(fixed, index)) reached[index + fixed.length] = 1;
	return reached;
}

/** Adds places; `true`: some were new. */
function merge(into: Places, more: Places): boolean {
	let isNew = false;
	for (let index = 0; index < into.length; index++) {
		if (more[index] === 1 && into[index] === 0) {
			into[index] = 1;
			isNew = true;
		}
	}
	return isNew;
}
