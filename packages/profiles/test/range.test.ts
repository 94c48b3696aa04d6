/** A range of the caller's: what Chromium 156 and Firefox ESR 153.8 sent, asked live over HTTP/1.1 and HTTP/2. */
import { describe, expect, test } from 'vitest';
import { getProfile, type LayoutRequest, layoutHeaders } from '../src/index.ts';

const single = ['bytes=0-9', 'bytes=5-', 'bytes=-5'];

function fields(browser: string, request: Partial<LayoutRequest>): string[][] {
	const { headers } = layoutHeaders(getProfile(browser, { os: 'linux' }), {
		kind: 'fetch',
		cookie: 'a=b',
		origin: 'https://www.mirror.test',
		referer: 'https://www.mirror.test/',
		...request,
	});
	return headers.flatMap((name, index) => (index % 2 === 0 ? [[name, headers[index + 1] as string]] : []));
}
const encoding = (list: string[][]) => list.find(([name]) => name?.toLowerCase() === 'accept-encoding')?.[1];
const place = (list: string[][]) => list.findIndex(([name]) => name?.toLowerCase() === 'range') - list.length;

describe.each(['chromium', 'firefox'])('%s', (browser) => {
	test.each([...single, 'bytes=0-1,4-5', 'items=0-9'])('%s is asked for without a coding', (range) => {
		for (const method of ['GET', 'HEAD', 'POST']) {
			expect(encoding(fields(browser, { method, headers: ['range', range] }))).toBe('identity');
		}
		expect(encoding(fields(browser, { headers: ['range', range, 'accept-encoding', 'gzip'] }))).toBe('gzip');
		expect(encoding(fields(browser, { headers: ['x-a', '1'] }))).not.toBe('identity');
	});
});

describe('chromium moves a single range', () => {
	test.each(single)('%s: behind everything but priority, in its own spelling', (range) => {
		const list = fields('chromium', { headers: ['x-a', '1', 'range', range, 'x-z', '2'] });
		expect(list.at(-2)).toEqual(['Range', range]);
		expect(list.at(-1)?.[0]?.toLowerCase()).toBe('priority');
		for (const cache of ['no-cache', 'reload'] as const) {
			expect(place(fields('chromium', { cache, headers: ['range', range] }))).toBe(-2);
		}
	});
	test.each<[string, Partial<LayoutRequest>]>([
		['several ranges', { headers: ['range', 'bytes=0-1,4-5'] }],
		['another unit', { headers: ['range', 'items=0-9'] }],
		['no-store', { headers: ['range', 'bytes=0-9'], cache: 'no-store' }],
		['HEAD', { headers: ['range', 'bytes=0-9'], method: 'HEAD' }],
		['a condition', { headers: ['range', 'bytes=0-9', 'if-range', '"x"'] }],
	])('not with %s', (_, request) => {
		expect(place(fields('chromium', request))).toBeLessThan(-5);
	});
	test('Firefox leaves it where it is', () => {
		const names = fields('firefox', { headers: ['x-a', '1', 'range', 'bytes=0-9', 'x-z', '2'] }).map(([name]) => name);
		expect(names.slice(names.indexOf('x-a'), names.indexOf('x-z') + 1)).toEqual(['x-a', 'range', 'x-z']);
	});
});
