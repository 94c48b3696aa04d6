/** `accept-language` as browsers write it. */
import type { HeadersSection } from '../types.ts';

type LanguageRules = Pick<HeadersSection['acceptLanguage'], 'quality' | 'lists' | 'english'>;

/** Languages beyond this are not sent; the value would stand out more than it says. */
const MAX_LANGUAGES = 10;

const LANGUAGE_TAG = /^[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*$/;

/**
 * One tag stands for what a browser of that locale is set to. Its build has a list: that of the locale, else the one that
 * leads with this tag, else that of the language, if it leads with the bare language and so speaks for every region. Without
 * a list: the tag, its language, and English after that if the browser adds it.
 */
function expand(locale: string, { lists = {}, english = true }: LanguageRules): readonly string[] {
	const tags = locale.split(',').map((tag) => tag.trim());
	if (tags.length > 1) return tags;
	const tag = tags[0] ?? '';
	const base = tag.split('-')[0] ?? tag;
	const isRegional = (list: string) => list.split(',')[0] !== base;
	const own = Object.hasOwn(lists, tag) ? lists[tag] : undefined;
	const ofLanguage = Object.hasOwn(lists, base) ? lists[base] : undefined;
	const list =
		own ??
		Object.values(lists).find((each) => each.split(',')[0] === tag) ??
		(ofLanguage === undefined || isRegional(ofLanguage) ? undefined : ofLanguage);
	if (list !== undefined) return list.split(',');
	return [...new Set(base === 'en' || !english ? [tag, base] : [tag, base, 'en-US', 'en'])];
}

/**
 * Value of `accept-language`.
 *
 * `quality` says how weights fall: `tenths` 0.9, 0.8, ... (Chromium; Firefox since it stopped dividing evenly), `even`
 * divides 1 by the number of languages (older Firefox: `en-US,en;q=0.5`).
 * @throws RangeError for a text that is no list of language tags
 */
export function acceptLanguage(locale: string, rules: LanguageRules): string {
	if (/;\s*q=/.test(locale)) return locale;
	const tags = expand(locale, rules).slice(0, MAX_LANGUAGES);
	for (const tag of tags) {
		if (!LANGUAGE_TAG.test(tag)) throw new RangeError(`Not a language tag: ${JSON.stringify(tag)}`);
	}
	const quality = (index: number) => weight(index, tags.length, rules.quality);
	return tags.map((tag, index) => (index === 0 ? tag : `${tag};q=${quality(index)}`)).join(',');
}

function weight(index: number, count: number, quality: 'tenths' | 'even'): string {
	if (quality === 'tenths') return (Math.max(1, 10 - index) / 10).toString();
	return (Math.round((1 - index / count) * 10) / 10).toString();
}
