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
export const knownDifferences: readonly KnownDifference[] = [
	'kept answers, asked for again',
	'kept image, asked for again',
].map((scenario) => ({
	browser: 'chromium',
	scenario,
	layers: ['records', 'frames'],
	reason:
		'Chromium lets go of a 304 that it asked for itself by its head and resets the ended stream, as with stored redirects; ' +
		'the engine (driver/stored.rs) does so for redirects only.',
}));

/** Why this cell may differ; `undefined`: it may not. */
export function explanation(browser: BrowserName, scenario: string, layer: LayerName): string | undefined {
	const known = knownDifferences.find(
		(each) => each.browser === browser && each.scenario === scenario && each.layers.includes(layer),
	);
	return known?.reason;
}
