/** `accept-language` of a locale: what the browser's build of that language sends. */
import { expect, test } from 'vitest';
import { createHeaderEngine, getProfile } from '../src/index.ts';

function sent(profile: string, locale: string): string | undefined {
	const { headers } = createHeaderEngine(getProfile(profile), { locale }).layout({ kind: 'navigate' });
	return headers[headers.findIndex((name) => name.toLowerCase() === 'accept-language') + 1];
}

test.each([
	// Measured with the language packs of Firefox ESR 153.
	['firefox_153', 'de', 'de,en-US;q=0.9,en;q=0.8'],
	['firefox_153', 'de-AT', 'de,en-US;q=0.9,en;q=0.8'],
	['firefox_153', 'fr-CA', 'fr,fr-FR;q=0.9,en-US;q=0.8,en;q=0.7'],
	['firefox_153', 'cs', 'cs,sk;q=0.9,en-US;q=0.8,en;q=0.7'],
	['firefox_153', 'es-ES', 'es-ES,es;q=0.9,en-US;q=0.8,en;q=0.7'],
	['firefox_153', 'es-MX', 'es-MX,es;q=0.9,en-US;q=0.8,en;q=0.7'],
	['firefox_153', 'en-GB', 'en-GB,en;q=0.9'],
	['firefox_153', 'zh-CN', 'zh-CN,zh;q=0.9,zh-TW;q=0.8,zh-HK;q=0.7,en-US;q=0.6,en;q=0.5'],
	// The same list with the weights of older releases; published request logs of webtrees issue 2359.
	['firefox_140', 'zh-CN', 'zh-CN,zh;q=0.8,zh-TW;q=0.7,zh-HK;q=0.5,en-US;q=0.3,en;q=0.2'],
	// IDS_ACCEPT_LANGUAGES of the locale.
	['chrome_156', 'de', 'de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7'],
	['chrome_156', 'de-DE', 'de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7'],
	['chrome_156', 'zh-CN', 'zh-CN,zh;q=0.9'],
	['chrome_156', 'es-ES', 'es-ES,es;q=0.9'],
	['chrome_156', 'ja-JP', 'ja,en-US;q=0.9,en;q=0.8'],
	['edge_148', 'en-GB', 'en-GB,en-US;q=0.9,en;q=0.8'],
	['chrome_156', 'lt', 'lt,en-US;q=0.9,en;q=0.8,ru;q=0.7,pl;q=0.6'],
	// A region without a build: the tag as it was given.
	['chrome_156', 'de-AT', 'de-AT,de;q=0.9,en-US;q=0.8,en;q=0.7'],
	// Safari sends the languages of the system and adds no English.
	['safari_26', 'de-DE', 'de-DE,de;q=0.9'],
	['safari_ios_18', 'zh-CN', 'zh-CN,zh-Hans;q=0.9'],
	['safari_26', 'en-US', 'en-US,en;q=0.9'],
	// A list is the caller's.
	['chrome_156', 'de-DE,fr', 'de-DE,fr;q=0.9'],
	['chrome_156', 'constructor', 'constructor'],
])('%s in %s', (profile, locale, expected) => {
	if (locale === 'constructor') expect(() => sent(profile, locale)).toThrow(RangeError);
	else expect(sent(profile, locale)).toBe(expected);
});
