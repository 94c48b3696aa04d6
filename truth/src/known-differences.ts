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

const COALESCING: Pick<KnownDifference, 'layers' | 'reason'> = {
	layers: ['connections', 'hello', 'records', 'frames', 'hpack'],
	reason:
		'The browser sends the request over the open connection of another host, which has the same address and whose ' +
		'certificate names both (RFC 9113 9.1.1); the engine pools by host and opens a connection.',
};

/** An entry whose cells are equal again fails the suite, so that none outlives its cause. */
export const knownDifferences: readonly KnownDifference[] = [
	{ browser: 'chromium', scenario: 'fetch with credentials, same site', ...COALESCING },
	{ browser: 'firefox', scenario: 'fetch with credentials, same site', ...COALESCING },
	{ browser: 'firefox', scenario: 'fetch with credentials, cross-site', ...COALESCING },
	{ browser: 'firefox', scenario: 'image, cross-site', ...COALESCING },
];

/** Why this cell may differ; `undefined`: it may not. */
export function explanation(browser: BrowserName, scenario: string, layer: LayerName): string | undefined {
	const known = knownDifferences.find(
		(each) => each.browser === browser && each.scenario === scenario && each.layers.includes(layer),
	);
	return known?.reason;
}
