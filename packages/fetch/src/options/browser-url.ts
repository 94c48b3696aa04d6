import type { UrlRules } from '@wiretwin/profiles';

/** Writes a URL as the browser does where it does not follow the URL standard. Changes and returns `url`. */
export function spellAsBrowser(url: URL, rules: UrlRules | undefined): URL {
	if (rules?.escapesPipe && url.href.includes('|')) url.pathname = url.pathname.replaceAll('|', '%7C');
	return url;
}

/** A Location as the browser hands it to its URL parser. */
export function locationText(location: string, rules: UrlRules | undefined): string {
	if (!rules?.escapesControlsOfLocation) return location;
	// All below the blank.
	return location.replaceAll(/[^ -\uffff]/g, encodeURIComponent);
}
