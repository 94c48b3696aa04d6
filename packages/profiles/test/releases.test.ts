/** Facts of releases: the rules that generate them against what was captured or published. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readCapture } from '../scripts/capture.ts';
import { capturedTls } from '../scripts/captured-tls.ts';
import { brandLists } from '../scripts/facts/brands.ts';
import { getProfile, layoutHeaders } from '../src/index.ts';

function field(profile: string, name: string): string | undefined {
	const { headers } = layoutHeaders(getProfile(profile), { kind: 'navigate' });
	const index = headers.findIndex((entry, place) => place % 2 === 0 && entry.toLowerCase() === name);
	return index < 0 ? undefined : headers[index + 1];
}

test.each([
	['chromium', 150, undefined, '"Not;A=Brand";v="8", "Chromium";v="150"'],
	['chromium', 156, undefined, '"Not:A-Brand";v="8", "Chromium";v="156"'],
	['google-chrome', 138, 'Google Chrome', '"Not)A;Brand";v="8", "Chromium";v="138", "Google Chrome";v="138"'],
	['google-chrome', 139, 'Google Chrome', '"Not;A=Brand";v="99", "Google Chrome";v="139", "Chromium";v="139"'],
	['google-chrome', 141, 'Google Chrome', '"Google Chrome";v="141", "Not?A_Brand";v="8", "Chromium";v="141"'],
	['google-chrome', 142, 'Google Chrome', '"Chromium";v="142", "Google Chrome";v="142", "Not_A Brand";v="99"'],
	['edge', 149, 'Microsoft Edge', '"Microsoft Edge";v="149", "Chromium";v="149", "Not)A;Brand";v="24"'],
])('brand list of %s %i is the one seen in its requests', (key, major, name, expected) => {
	const lists = brandLists(major, `${major}.0.1.2`, [{ key, ...(name === undefined ? {} : { name }) }]);
	expect(lists[key]?.short).toBe(expected);
});

describe('the rules give what was captured', () => {
	test('chrome_156', () => {
		const capture = readCapture('chromium-156-linux');
		const { tls, http2 } = getProfile('chrome_156').document;
		expect(tls).toEqual({ ...tls, ...capturedTls(capture) });
		expect(http2.settings).toEqual(capture.h2.first_frames[0]?.settings);
		expect(http2.connectionWindowIncrement).toBe(capture.h2.first_frames[1]?.increment);
	});

	test('firefox_153', () => {
		const capture = readCapture('firefox-153-linux');
		const { tls, http2 } = getProfile('firefox_153').document;
		expect(tls).toEqual({ ...tls, ...capturedTls(capture) });
		expect(http2.settings).toEqual(capture.h2.first_frames[0]?.settings);
		expect(http2.connectionWindowIncrement).toBe(capture.h2.first_frames[1]?.increment);
	});
});

test.each([
	['chrome_156', 'chromium', '156'],
	['firefox_153', 'firefox', '153'],
])('%s has the policies that the wire crate proves against the capture', (name, browser, major) => {
	const read = (file: string) =>
		JSON.parse(readFileSync(new URL(`../../core-native/wire/tests/fixtures/${file}`, import.meta.url), 'utf8'));
	expect(getProfile(name).document.http2).toEqual(read(`http2_policy_${browser}_${major}.json`));
	expect(getProfile(name).document.http1).toEqual(read(`http1-${browser}-${major}.json`).policy);
});

describe('a release has its own facts', () => {
	test('chrome_142', () => {
		const { tls } = getProfile('chrome_142').document;
		expect(tls.trustAnchors).toBeNull();
		expect(tls.signatureAlgorithms).not.toContain(2308);
		expect(field('chrome_142', 'accept')).not.toContain('jxl');
		expect(field('chrome_142', 'user-agent')).toContain('Windows NT 10.0; Win64; x64');
		expect(field('chrome_142', 'sec-ch-ua')).toContain('Google Chrome');
	});

	test('firefox_139', () => {
		expect(getProfile('firefox_139').document.tls.ciphers).toContain(0xc009);
		expect(field('firefox_139', 'accept-language')).toBe('en-US,en;q=0.5');
		const image = layoutHeaders(getProfile('firefox_139'), { kind: 'image', site: 'cross-site' }).headers;
		expect(image).not.toContain('Sec-Fetch-Storage-Access');
	});
});
