import type { BrowserName } from './browsers/browser.ts';

/**
 * What a browser draws at random or leaves to a race, so that two runs of the very same binary differ in it. Only this
 * is taken out of a comparison; values are from the captures (52 and 34 hellos), not from wiretwin's profiles.
 */
export type BrowserRules = {
	/** Extensions are in a new order in each hello: the set and the fixed places count. */
	shufflesExtensions: boolean;
	/** Values of the GREASE encrypted_client_hello, fresh / resumed with TLS 1.3. */
	ech: { aeads: readonly number[]; payloadLengths: readonly number[] };
	/** Text that is random in requests; replaced by the same mark on both sides. */
	boundary: RegExp;
	/** The boundary's length varies, so lengths of a multipart request do too. */
	boundaryVaries: boolean;
};

export const browserRules: Readonly<Record<BrowserName, BrowserRules>> = {
	chromium: {
		shufflesExtensions: true,
		ech: { aeads: [1], payloadLengths: [144, 176, 208, 240] },
		boundary: /----WebKitFormBoundary[0-9A-Za-z]{16}/g,
		boundaryVaries: false,
	},
	firefox: {
		shufflesExtensions: false,
		ech: { aeads: [1, 3], payloadLengths: [] },
		boundary: /----geckoformboundary[0-9a-f]{1,32}/g,
		boundaryVaries: true,
	},
};
