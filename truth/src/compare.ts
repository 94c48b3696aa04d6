import { layers } from './layers/index.ts';
import type { Fact, LayerContext, LayerName } from './layers/layer.ts';
import type { Observation } from './observation.ts';

/** Where two sides part in a layer. */
export type Difference = {
	/** Which fact, e.g. `request 2 (GET /x): names`. */
	label: string;
	/** First differing byte (or character) of its value. */
	offset: number;
	browser: string | null;
	wiretwin: string | null;
	/** Values are hex and `offset` counts bytes. */
	hex: boolean;
};

/** `equal` with the number of facts compared; `empty`: the layer does not occur here. */
export type Cell =
	| { layer: LayerName; state: 'equal'; facts: number }
	| { layer: LayerName; state: 'empty' }
	| {
			layer: LayerName;
			state: 'different';
			differences: Difference[];
			/** Why, when it is known (known-differences.ts). */
			reason?: string;
	  };

/** Compares two observations in every layer. */
export function compare(browser: Observation, wiretwin: Observation, context: LayerContext): Cell[] {
	return layers.map(({ name, facts }) => {
		const [left, right] = [facts(browser, context), facts(wiretwin, context)];
		const differences = compareFacts(left, right);
		if (differences.length > 0) return { layer: name, state: 'different', differences };
		return left.length === 0 ? { layer: name, state: 'empty' } : { layer: name, state: 'equal', facts: left.length };
	});
}

/** All differing facts, in the browser's order; those that only wiretwin has come last. */
export function compareFacts(browser: readonly Fact[], wiretwin: readonly Fact[]): Difference[] {
	const unmatched = [...wiretwin];
	const differences: Difference[] = [];
	for (const fact of browser) {
		const index = unmatched.findIndex((each) => each.label === fact.label);
		const other = index < 0 ? undefined : unmatched.splice(index, 1)[0];
		if (other?.value === fact.value) continue;
		const { label, value } = fact;
		differences.push({
			label,
			offset: firstDifference(fact, other),
			browser: value,
			wiretwin: other?.value ?? null,
			hex: fact.hex ?? false,
		});
	}
	for (const { label, value, hex } of unmatched) {
		differences.push({ label, offset: 0, browser: null, wiretwin: value, hex: hex ?? false });
	}
	return differences;
}

function firstDifference({ value, hex }: Fact, other: Fact | undefined): number {
	const text = other?.value ?? '';
	let index = 0;
	while (index < value.length && value[index] === text[index]) index++;
	return hex ? index >> 1 : index;
}
