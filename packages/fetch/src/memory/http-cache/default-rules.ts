import type { CacheRules } from '@wiretwin/profiles';

/** Chromium's (156, live layer `cache`), for profiles that state none. */
export const defaultRules: CacheRules = {
	lastValueWins: false,
	blanksAboutSign: false,
	fieldNoCache: false,
	hugeMaxAge: 'longest',
	wrongExpires: 'ignored',
	guessesBesideMustRevalidate: false,
	guessed: [200, 203],
	lasting: [300, 301, 308, 410],
	askedAgain: [200, 206],
	headFromGet: true,
	rangesOfKept: true,
	ownNoCache: 'reload',
	ownNoStore: 'default',
	ownPragma: 'reload',
	anonymousApart: false,
};
