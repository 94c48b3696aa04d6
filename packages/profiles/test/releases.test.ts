/** Facts of releases: the rules that generate them against what was captured or published. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseClientHello } from '../../mirror/src/index.ts';
import { readCapture } from '../scripts/capture.ts';
import { brandLists } from '../scripts/facts/brands.ts';
import { draftTls, HELLO_KEYS } from '../src/draft/tls.ts';
import { getProfile, layoutHeaders } from '../src/index.ts';

function field(profile: string, name: string): string | undefined {
	const { headers } = layoutHeaders(getProfile(profile), { kind: 'navigate' });
	const index = headers.findIndex((entry, place) => place % 2 === 0 && entry.toLowerCase() === name);
	return index < 0 ? undefined : headers[index + 1];
}

test.each([
	['chromium', 150, undefined, '"Not;A=Brand";v="8", "Chromium";v="150"'],
	['chromium', 156, undefined, '"Not:A-Brand";v="8", "Chromium";v="156"'],
	['google-chrome', 100, 'Google Chrome', '" Not A;Brand";v="99", "Chromium";v="100", "Google Chrome";v="100"'],
	['chromium', 103, undefined, '"Chromium";v="103", ".Not/A)Brand";v="99"'],
	['google-chrome', 104, 'Google Chrome', '"Chromium";v="104", " Not A;Brand";v="99", "Google Chrome";v="104"'],
	['google-chrome', 105, 'Google Chrome', '"Google Chrome";v="105", "Not)A;Brand";v="8", "Chromium";v="105"'],
	['google-chrome', 107, 'Google Chrome', '"Google Chrome";v="107", "Chromium";v="107", "Not=A?Brand";v="24"'],
	['google-chrome', 110, 'Google Chrome', '"Chromium";v="110", "Not A(Brand";v="24", "Google Chrome";v="110"'],
	['google-chrome', 116, 'Google Chrome', '"Chromium";v="116", "Not)A;Brand";v="24", "Google Chrome";v="116"'],
	['google-chrome', 120, 'Google Chrome', '"Not_A Brand";v="8", "Chromium";v="120", "Google Chrome";v="120"'],
	['google-chrome', 123, 'Google Chrome', '"Google Chrome";v="123", "Not:A-Brand";v="8", "Chromium";v="123"'],
	['google-chrome', 133, 'Google Chrome', '"Not(A:Brand";v="99", "Google Chrome";v="133", "Chromium";v="133"'],
	['google-chrome', 150, 'Google Chrome', '"Not;A=Brand";v="8", "Chromium";v="150", "Google Chrome";v="150"'],
	['edge', 101, 'Microsoft Edge', '" Not A;Brand";v="99", "Chromium";v="101", "Microsoft Edge";v="101"'],
	['edge', 118, 'Microsoft Edge', '"Chromium";v="118", "Microsoft Edge";v="118", "Not=A?Brand";v="99"'],
	['google-chrome', 138, 'Google Chrome', '"Not)A;Brand";v="8", "Chromium";v="138", "Google Chrome";v="138"'],
	['google-chrome', 139, 'Google Chrome', '"Not;A=Brand";v="99", "Google Chrome";v="139", "Chromium";v="139"'],
	['google-chrome', 141, 'Google Chrome', '"Google Chrome";v="141", "Not?A_Brand";v="8", "Chromium";v="141"'],
	['google-chrome', 142, 'Google Chrome', '"Chromium";v="142", "Google Chrome";v="142", "Not_A Brand";v="99"'],
	['google-chrome', 152, 'Google Chrome', '"Chromium";v="152", "Not?A_Brand";v="24", "Google Chrome";v="152"'],
	['google-chrome', 153, 'Google Chrome', '"Google Chrome";v="153", "Not_A Brand";v="8", "Chromium";v="153"'],
	['google-chrome', 155, 'Google Chrome', '"Google Chrome";v="155", "Chromium";v="155", "Not(A:Brand";v="24"'],
	['edge', 149, 'Microsoft Edge', '"Microsoft Edge";v="149", "Chromium";v="149", "Not)A;Brand";v="24"'],
])('brand list of %s %i is the one seen in its requests', (key, major, name, expected) => {
	const lists = brandLists(major, `${major}.0.1.2`, [{ key, ...(name === undefined ? {} : { name }) }]);
	expect(lists[key]?.short).toBe(expected);
});

describe('the rules give what was captured', () => {
	// The bases are as far away as there are any. One hello does not show what is drawn: the order, the length of GREASE ECH.
	test.each([
		['chromium_156', 'chrome_100', 'chromium-156-linux', ['extensionOrder', 'ech']],
		['firefox_153', 'firefox_109', 'firefox-153-linux', ['ech']],
	] as const)('%s', (name, old, file, drawn) => {
		const capture = readCapture(file);
		const { tls, http2 } = getProfile(name).document;
		const { section } = draftTls([capturedHello(file)], getProfile(old).document.tls);
		const decided = HELLO_KEYS.filter((key) => !drawn.some((each) => each === key));
		for (const key of decided) expect([key, section[key]]).toEqual([key, tls[key]]);
		const { mode } = tls.extensionOrder as { mode: string };
		expect(mode).toBe(capture.tls.variations.distinct_extension_orders > 1 ? 'shuffle' : 'fixed');
		expect(http2.settings).toEqual(capture.h2.first_frames[0]?.settings);
		expect(http2.connectionWindowIncrement).toBe(capture.h2.first_frames[1]?.increment);
	});
});

/** The bytes of the capture's first hello. */
function capturedHello(file: string) {
	const fixture = new URL(`../../mirror/test/fixtures/${file}.json`, import.meta.url);
	const { hellos } = JSON.parse(readFileSync(fixture, 'utf8')) as { hellos: { fresh: { handshakeHex: string } } };
	return parseClientHello(Buffer.from(hellos.fresh.handshakeHex, 'hex'));
}

test.each([
	['chromium_156', 'chromium', '156'],
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
