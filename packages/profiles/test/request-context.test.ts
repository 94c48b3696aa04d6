/** What the context of a request adds, drops or changes. */
import { describe, expect, test } from 'vitest';
import { createHeaderEngine, getProfile, type LayoutRequest, layoutHeaders } from '../src/index.ts';

function fields(profile: string, request: LayoutRequest): Map<string, string> {
	const { headers } = layoutHeaders(getProfile(profile), request);
	return new Map(
		headers.flatMap((name, index) => (index % 2 === 0 ? [[name.toLowerCase(), headers[index + 1] ?? '']] : [])),
	);
}

describe.each(['chromium', 'firefox'])('%s', (profile) => {
	test('plain text gets neither hints nor sec-* nor brotli', () => {
		const sent = fields(profile, { kind: 'navigate', scheme: 'http' });
		expect([...sent.keys()].filter((name) => name.startsWith('sec-'))).toEqual([]);
		expect(sent.get('accept-encoding')).toBe('gzip, deflate');
	});

	test('a plain-text target that counts as secure gets sec-*', () => {
		expect(fields(profile, { kind: 'navigate', scheme: 'http', trustworthy: true }).get('sec-fetch-site')).toBe('none');
	});

	test('cross-site requests with credentials tell the state of storage access, others do not', () => {
		expect(fields(profile, { kind: 'image', site: 'cross-site' }).get('sec-fetch-storage-access')).toBe('none');
		expect(fields(profile, { kind: 'fetch', site: 'cross-site' }).has('sec-fetch-storage-access')).toBe(false);
		expect(fields(profile, { kind: 'image' }).has('sec-fetch-storage-access')).toBe(false);
	});

	test('an empty POST says so, a GET and a DELETE do not', () => {
		expect(fields(profile, { kind: 'fetch', method: 'POST' }).get('content-length')).toBe('0');
		expect(fields(profile, { kind: 'fetch', method: 'DELETE' }).has('content-length')).toBe(false);
		expect(fields(profile, { kind: 'fetch' }).has('content-length')).toBe(false);
	});

	test('a body of unknown length has no content-length', () => {
		const sent = fields(profile, { kind: 'fetch', method: 'POST', body: { contentType: 'text/plain' } });
		expect(sent.has('content-length')).toBe(false);
		expect(sent.get('content-type')).toBe('text/plain');
	});

	test.each(['nonsense', '__proto__', 'constructor'])('kind %s does not exist', (kind) => {
		const layOut = () => layoutHeaders(getProfile(profile), { kind: kind as LayoutRequest['kind'] });
		expect(layOut).toThrow(expect.objectContaining({ code: 'ERR_PROFILE_KIND' }));
	});

	test('locale decides accept-language', () => {
		const german = createHeaderEngine(getProfile(profile), { locale: 'de-DE' }).layout({ kind: 'navigate' });
		const own = profile === 'firefox' ? 'de,en-US;q=0.9,en;q=0.8' : 'de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7';
		expect(german.headers[german.headers.indexOf('Accept-Language') + 1]).toBe(own);
		const english = createHeaderEngine(getProfile(profile), { locale: 'en-GB,en' }).layout({ kind: 'navigate' });
		expect(english.headers[english.headers.indexOf('Accept-Language') + 1]).toBe('en-GB,en;q=0.9');
		expect(() => createHeaderEngine(getProfile(profile), { locale: 'de\r\nx: y' })).toThrow(RangeError);
	});

	test('every kind can be laid out', () => {
		const { kinds } = getProfile(profile).document.headers;
		for (const kind of Object.keys(kinds)) {
			const { headers } = layoutHeaders(getProfile(profile), { kind: kind as LayoutRequest['kind'] });
			const names = headers.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
			expect(names, kind).toContain('user-agent');
			expect(new Set(names).size, kind).toBe(names.length);
		}
	});
});

describe('chrome', () => {
	test('a reload asks for validation; a redirect moves the client hints behind sec-fetch-dest', () => {
		const { headers } = layoutHeaders(getProfile('chrome'), { kind: 'reload' });
		expect(headers.slice(0, 2)).toEqual(['Cache-Control', 'max-age=0']);
		const redirected = [...fields('chrome', { kind: 'navigate', redirected: true }).keys()];
		expect(redirected.indexOf('sec-ch-ua')).toBe(redirected.indexOf('sec-fetch-dest') + 1);
	});

	test('hints follow Accept-CH in order of the browser, not of the list', () => {
		const sent = fields('chrome', { kind: 'navigate', hints: ['sec-ch-ua-arch', 'dpr', 'unknown'] });
		expect([...sent.keys()].slice(0, 5)).toEqual([
			'dpr',
			'sec-ch-ua',
			'sec-ch-ua-mobile',
			'sec-ch-ua-arch',
			'sec-ch-ua-platform',
		]);
	});

	test("the caller's own validation bypasses the cache", () => {
		const sent = fields('chrome', { kind: 'fetch', headers: ['if-none-match', '"a"'] });
		expect(sent.get('cache-control')).toBe('max-age=0');
	});
});

describe('firefox', () => {
	test('a reload carries no user activation', () => {
		expect(fields('firefox', { kind: 'reload' }).has('sec-fetch-user')).toBe(false);
		expect(fields('firefox', { kind: 'navigate' }).get('sec-fetch-user')).toBe('?1');
	});
});
