import type { BrowserName } from '@wiretwin/mirror/browsers';
import type { LayerName } from './layers/layer.ts';

/** A difference that is understood and not mended yet. It does not fail the suite; the report counts it apart. */
export type KnownDifference = {
	browser: BrowserName;
	scenario: string;
	layers: readonly LayerName[];
	/** Cause, and what would mend it. */
	reason: string;
};

/** An entry whose cells are equal again fails the suite, so that none outlives its cause. */
export const knownDifferences: readonly KnownDifference[] = [];

/** Why this cell may differ; `undefined`: it may not. */
export function explanation(browser: BrowserName, scenario: string, layer: LayerName): string | undefined {
	const known = knownDifferences.find(
		(each) => each.browser === browser && each.scenario === scenario && each.layers.includes(layer),
	);
	return known?.reason;
}
