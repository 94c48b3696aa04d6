import type { Difference } from '../compare.ts';
import { type LayerName, layerNames } from '../layers/layer.ts';
import type { Row } from '../suite.ts';

/** One fact that a browser and an older profile differ in, wherever it shows. */
export type Change = {
	/** The fact without its request or connection: `user-agent`, `names`, `record 4`. */
	name: string;
	/** Scenarios in which it shows. */
	scenarios: number;
	/** The first of the differences. */
	example: Difference;
};

/** Differences of all scenarios by layer, each fact once, the most frequent first. */
export function changesByLayer(rows: readonly Row[]): Array<{ layer: LayerName; changes: Change[] }> {
	return layerNames.flatMap((layer) => {
		const found = new Map<string, { scenarios: Set<string>; example: Difference }>();
		for (const { scenario, cells } of rows) {
			for (const cell of cells) {
				if (cell.layer !== layer || cell.state !== 'different') continue;
				for (const example of cell.differences) {
					const name = factName(example.label);
					const entry = found.get(name) ?? { scenarios: new Set(), example };
					entry.scenarios.add(scenario);
					found.set(name, entry);
				}
			}
		}
		const changes = [...found].map(([name, { scenarios, example }]) => ({ name, scenarios: scenarios.size, example }));
		changes.sort((left, right) => right.scenarios - left.scenarios);
		return changes.length === 0 ? [] : [{ layer, changes }];
	});
}

/** `request 2 (GET /start): accept` and `connection 1: accept` are the same fact of a release. */
function factName(label: string): string {
	const name = label.replace(/^(?:request|connection) \d+(?: \([^)]*\))?: /, '');
	// A longer first record or frame is followed by others: what they carry is another layer's fact.
	const plain = name.replace(/^(record|frame) \d+$/, '$1s').replace(/^PRIORITY stream \d+$/, 'PRIORITY');
	// HTTP/1.1 spells names another way; that is the layer http1's fact.
	return /^[A-Z]+$/.test(plain) ? plain : plain.toLowerCase();
}
