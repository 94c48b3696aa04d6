/** What Firefox changed, release by release, on the wire. */
import type { Change } from './changes.ts';

/** Facts that are not the same in every release. */
export type FirefoxFacts = {
	/** ECDHE-ECDSA-AES128-SHA (c009) is offered. */
	ecdsaAes128Sha: boolean;
	/** How weights fall in `accept-language`. */
	languageQuality: 'even' | 'tenths';
	/** `sec-fetch-storage-access` is sent. */
	storageAccess: boolean;
};

/** 135, the oldest release the family's rules hold for: certificate compression, SCT, `geckoformboundary`. */
export const oldestFirefox: FirefoxFacts = { ecdsaAes128Sha: true, languageQuality: 'even', storageAccess: false };

export const firefoxChanges: ReadonlyArray<Change<FirefoxFacts>> = [
	{
		since: 147,
		facts: { languageQuality: 'tenths' },
		source: 'published request logs: 140 sends en;q=0.5, 147 sends en;q=0.9; the release in between is not known',
	},
	{
		since: 153,
		facts: { ecdsaAes128Sha: false, storageAccess: true },
		source: 'captures/firefox-153-linux.json; 147 still has c009 and no storage access; the first release is not known',
	},
];
