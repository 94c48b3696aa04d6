/** Where a page's own header fields go: vectors of both browsers, and the table that gives Chromium's. */
import { describe, expect, test } from 'vitest';
import { readOrderVectors } from '../scripts/capture.ts';
import { blinkTableOrder } from '../src/headers/blink-table.ts';
import { caseFoldingHash, rapidHash } from '../src/headers/rapid-hash.ts';
import { getProfile, layoutHeaders } from '../src/index.ts';

const vectors = readOrderVectors();

/** Values do not matter for order, but `accept-language` and the like must be accepted. */
function request(key: string) {
	const [method = 'GET', list = ''] = key.split('/');
	const names = list.split('+');
	const headers = names.flatMap((name) => [name, name === 'content-type' ? 'application/json' : 'x']);
	const body = method === 'POST' ? { contentType: 'text/plain;charset=UTF-8', contentLength: 2 } : null;
	return {
		kind: 'fetch' as const,
		method,
		headers,
		body,
		origin: 'https://www.mirror.test',
		referer: 'https://www.mirror.test/',
	};
}

function namesOf(headers: readonly string[]): string[] {
	return headers.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
}

describe.each([
	{ browser: 'chromium', profile: 'chromium' },
	{ browser: 'firefox', profile: 'firefox' },
] as const)('$browser vectors', ({ browser, profile }) => {
	test.each(Object.keys(vectors[browser]))('%s', (key) => {
		const { headers } = layoutHeaders(getProfile(profile, { os: 'linux' }), request(key));
		expect(namesOf(headers).filter((name) => name !== 'connection')).toEqual(vectors[browser][key]);
	});
});

describe('hash table', () => {
	test('rapidhash gives the value that Chromium tests for', () => {
		expect(rapidHash(Uint8Array.of(0x41, 0x95, 0xff, 0x50, 0x01))).toBe(0xe9422771e0a5dde6n);
	});

	test('case does not matter to the hash of a name, of any length', () => {
		for (const name of ['A', 'Dnt', 'X-Custom', 'Sec-CH-UA-Platform-Version', `X-${'Long'.repeat(30)}`]) {
			expect(caseFoldingHash(name)).toBe(caseFoldingHash(name.toLowerCase()));
		}
	});

	test('an independent port gives the same hash to a name in no vector', () => {
		expect(caseFoldingHash('X-Novel-Hashmap-Probe')).toBe(0x947f45);
	});

	test.each([
		[['cache-control', 'priority', 'x-c'], 'x-c', 'cache-control'],
		[['cache-control', 'x-a', 'x-api-key'], 'x-api-key', 'x-a'],
	])(
		'%j: a name that wrapped round the first 8 buckets goes in front (published captures of 149)',
		(page, first, second) => {
			const order = blinkTableOrder([...page, 'sec-ch-ua', 'sec-ch-ua-mobile', 'sec-ch-ua-platform', 'user-agent']);
			expect(order.indexOf(first)).toBeLessThan(order.indexOf(second));
		},
	);

	test.each([
		['super-fast', 128, [], 'sec-ch-ua, sec-ch-ua-mobile, user-agent, sec-ch-ua-platform'],
		['super-fast', 128, ['content-type'], 'sec-ch-ua, content-type, sec-ch-ua-mobile, user-agent, sec-ch-ua-platform'],
		[
			'super-fast',
			128,
			['accept', 'x-requested-with'],
			'sec-ch-ua, accept, x-requested-with, sec-ch-ua-mobile, user-agent, sec-ch-ua-platform',
		],
		[
			'super-fast',
			128,
			['content-disposition', 'content-type', 'dnt'],
			'sec-ch-ua, sec-ch-ua-platform, dnt, content-disposition, sec-ch-ua-mobile, user-agent, content-type',
		],
		['rapid', 129, ['accept'], 'sec-ch-ua-platform, user-agent, accept, sec-ch-ua, sec-ch-ua-mobile'],
		[
			'rapid',
			130,
			['accept', 'content-type', 'x-requested-with'],
			'sec-ch-ua-platform, x-requested-with, user-agent, accept, sec-ch-ua, content-type, sec-ch-ua-mobile',
		],
		[
			'rapid',
			130,
			['accept', 'cache-control'],
			'sec-ch-ua-platform, cache-control, user-agent, accept, sec-ch-ua, sec-ch-ua-mobile',
		],
	] as const)('%s: order in published requests of %i with %j', (hash, _major, page, expected) => {
		const browser = ['sec-ch-ua', 'sec-ch-ua-mobile', 'sec-ch-ua-platform', 'user-agent'];
		expect(blinkTableOrder([...page, ...browser], hash).join(', ')).toBe(expected);
	});

	test('call order does not matter while no two names share a bucket', () => {
		const browser = ['sec-ch-ua', 'sec-ch-ua-mobile', 'sec-ch-ua-platform', 'user-agent'];
		expect(blinkTableOrder(['x-a', 'x-b', ...browser])).toEqual(blinkTableOrder(['x-b', 'x-a', ...browser]));
	});

	test('keeps every name once, however many there are', () => {
		const names = Array.from({ length: 200 }, (_, index) => `x-${index}`);
		const order = blinkTableOrder([...names, ...names]);
		expect([...order].sort()).toEqual([...names].sort());
	});
});

describe("the caller's fields", () => {
	const page = { kind: 'fetch', origin: 'https://a.test', referer: 'https://a.test/' } as const;

	test('Chromium places an unseen name where its hash says, with the case the page typed', () => {
		const { headers } = layoutHeaders(getProfile('chrome'), { ...page, headers: ['X-Unseen-Name', '1'] });
		const names = headers.filter((_, index) => index % 2 === 0);
		const table = blinkTableOrder([
			'x-unseen-name',
			'sec-ch-ua',
			'sec-ch-ua-mobile',
			'sec-ch-ua-platform',
			'user-agent',
		]);
		expect(names.slice(0, 5).map((name) => name.toLowerCase())).toEqual(table);
		expect(names).toContain('X-Unseen-Name');
	});

	test('Firefox keeps call order after Referer', () => {
		const { headers } = layoutHeaders(getProfile('firefox'), { ...page, headers: ['x-b', '1', 'x-a', '2'] });
		const names = namesOf(headers);
		expect(names.slice(names.indexOf('referer'), names.indexOf('referer') + 3)).toEqual(['referer', 'x-b', 'x-a']);
	});

	test('a navigation spells known names as the browser does and lets the caller replace values in place', () => {
		const plain = layoutHeaders(getProfile('chrome'), { kind: 'navigate' });
		const replaced = layoutHeaders(getProfile('chrome'), {
			kind: 'navigate',
			headers: ['user-agent', 'mine', 'accept', 'text/html'],
		});
		expect(namesOf(replaced.headers)).toEqual(namesOf(plain.headers));
		expect(replaced.headers).toContain('User-Agent');
		expect(replaced.headers[replaced.headers.indexOf('User-Agent') + 1]).toBe('mine');
	});

	test('repeated names are joined as Headers joins them', () => {
		const { headers } = layoutHeaders(getProfile('chrome'), { ...page, headers: ['x-a', '1', 'X-A', '2'] });
		expect(headers[headers.indexOf('x-a') + 1]).toBe('1, 2');
		expect(namesOf(headers).filter((name) => name === 'x-a')).toHaveLength(1);
	});

	test('a verbatim list is the whole order; only what the body needs is added', () => {
		const { headers } = layoutHeaders(getProfile('chrome'), {
			kind: 'fetch',
			method: 'POST',
			verbatim: true,
			headers: ['B', '1', 'a', '2'],
			body: { contentType: 'text/plain', contentLength: 3 },
			cookie: 'k=v',
		});
		expect(headers).toEqual(['B', '1', 'a', '2', 'Content-Type', 'text/plain', 'Content-Length', '3', 'Cookie', 'k=v']);
	});
});
