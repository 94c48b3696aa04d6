/** Written by scripts/update-roots.mjs. */

/** Mozilla's roots as the addon has them compiled in; `published` is the day of that version of the crate. */
export const bundledRoots = {
	crate: 'webpki-root-certs',
	version: '1.0.11',
	published: '2026-10-23',
	count: 118,
} as const;
