/** `accept-language` as browsers write it. */

/** Languages beyond this are not sent; the value would stand out more than it says. */
const MAX_LANGUAGES = 10;

const LANGUAGE_TAG = /^[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*$/;

/** One tag stands for what a browser of that locale is set to: the tag, its base language, and English after that. */
function expand(locale: string): string[] {
	const tags = locale.split(',').map((tag) => tag.trim());
	if (tags.length > 1) return tags;
	const tag = tags[0] ?? '';
	const base = tag.split('-')[0] ?? tag;
	return [...new Set(base === 'en' ? [tag, base] : [tag, base, 'en-US', 'en'])];
}

/**
 * Value of `accept-language`.
 *
 * `quality` says how weights fall: `tenths` 0.9, 0.8, ... (Chromium; Firefox since it stopped dividing evenly), `even`
 * divides 1 by the number of languages (older Firefox: `en-US,en;q=0.5`).
 *
 * LIMIT: a single tag is expanded to tag, base, en-US, en; localised builds of a few languages order these differently.
 * Give the full list where it matters.
 * @throws RangeError for a text that is no list of language tags
 */
export function acceptLanguage(locale: string, quality: 'tenths' | 'even'): string {
	if (/;\s*q=/.test(locale)) return locale;
	const tags = expand(locale).slice(0, MAX_LANGUAGES);
	for (const tag of tags) {
		if (!LANGUAGE_TAG.test(tag)) throw new RangeError(`Not a language tag: ${JSON.stringify(tag)}`);
	}
	return tags.map((tag, index) => (index === 0 ? tag : `${tag};q=${weight(index, tags.length, quality)}`)).join(',');
}

function weight(index: number, count: number, quality: 'tenths' | 'even'): string {
	if (quality === 'tenths') return (Math.max(1, 10 - index) / 10).toString();
	return (Math.round((1 - index / count) * 10) / 10).toString();
}
