import type { BrowserName } from '@wiretwin/mirror/browsers';

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
	/** When and by how much windows are returned during a download. */
	flow: { connection: ReturnedSteps; stream: ReturnedSteps };
};

/** Window updates of one window: each returns at least `from` and at most `to` bytes. */
export type ReturnedSteps = {
	from: number;
	to: number;
};

export const browserRules: Readonly<Record<BrowserName, BrowserRules>> = {
	chromium: {
		shufflesExtensions: true,
		ech: { aeads: [1], payloadLengths: [144, 176, 208, 240] },
		boundary: /----WebKitFormBoundary[0-9A-Za-z]{16}/g,
		boundaryVaries: false,
		// Half of the window and up to one read of its 8 KiB buffer (24 downloads, more than 200 updates).
		flow: {
			connection: { from: 7_864_321, to: 7_872_512 },
			stream: { from: 3_145_729, to: 3_153_920 },
		},
	},
	firefox: {
		shufflesExtensions: false,
		ech: { aeads: [1, 3], payloadLengths: [] },
		boundary: /----geckoformboundary[0-9a-f]{1,32}/g,
		boundaryVaries: true,
		// 4 MiB, when the frames on the connection have come to that. A stream's are counted when the page reads, and
		// come early when little of the window is left: 786432 to 5046272 in 24 downloads, most of them 4194304.
		flow: {
			// At most one frame more than 4 MiB; the same in 24 downloads, and once not, so where the frames end is not certain.
			connection: { from: 4_194_304, to: 4_210_688 },
			stream: { from: 512 * 1024, to: 6 * 1024 * 1024 },
		},
	},
};
