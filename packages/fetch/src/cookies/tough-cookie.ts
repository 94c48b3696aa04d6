import { loadToughCookie, loadToughCookieAsCommonJs } from '#literal';

type ToughCookie = typeof import('tough-cookie');

let loaded: ToughCookie | undefined;

/**
 * tough-cookie, loaded with the first cookie: with its list of suffixes it is a seventh of the start of a short program.
 * It is the module that programs import, so that classes are the same; where modules of that kind cannot be had at once (jest's
 * own loader, or an `import()` of the program's that is half done), its CommonJS twin.
 */
export function toughCookie(): ToughCookie {
	loaded ??= load();
	return loaded;
}

function load(): ToughCookie {
	try {
		return loadToughCookie();
	} catch {
		return loadToughCookieAsCommonJs();
	}
}
