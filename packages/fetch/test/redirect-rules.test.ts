import type { UrlRules } from '@wiretwin/profiles';
import { describe, expect, it } from 'vitest';
import type { Hop } from '../src/exchange/hop.ts';
import { readHeaders } from '../src/headers/caller-headers.ts';
import { clientOfPage } from '../src/initiator/client.ts';
import { nextHop } from '../src/redirect/next-hop.ts';
import { redirectTarget } from '../src/redirect/redirect-target.ts';
import { originFor, parseReferrerPolicy, refererFor } from '../src/redirect/referrer.ts';
import { siteRelation } from '../src/redirect/site-relation.ts';

const request = { method: 'GET', url: 'https://a.test/dir/page' };
const here = new URL('https://a.test/dir/page#part');
const target = (location: string, status = 302, rules?: UrlRules) =>
	redirectTarget(status, ['Location', location], here, request, rules)?.href;

function hop(overrides: Partial<Hop> = {}): Hop {
	return {
		url: new URL('https://a.test/start'),
		method: 'GET',
		headers: readHeaders(undefined),
		body: null,
		kind: 'fetch',
		mode: undefined,
		destination: undefined,
		credentials: undefined,
		cache: undefined,
		fetchPriority: undefined,
		sync: false,
		preflightFor: undefined,
		before: undefined,
		through: undefined,
		userActivation: undefined,
		validators: undefined,
		client: undefined,
		referrer: undefined,
		sendReferrer: true,
		referrerPolicy: '',
		site: 'none',
		originTainted: false,
		aside: undefined,
		leftOrigin: false,
		originAdded: false,
		keepalive: false,
		internal: undefined,
		index: 0,
		...overrides,
	};
}

const body = { kind: 'bytes', bytes: Buffer.from('x'), contentType: 'text/plain' } as const;
const sent = { headers: [], referer: undefined };
const follow = (from: Hop, status: number, to: string) => nextHop(from, status, [], new URL(to), request, sent);

describe('R03 where a redirect points', () => {
	it('resolves relative oddities and keeps the fragment', () => {
		expect(target('other')).toBe('https://a.test/dir/other#part');
		expect(target('//b.test/x')).toBe('https://b.test/x#part');
		expect(target('?q')).toBe('https://a.test/dir/page?q#part');
		expect(target('/x#own')).toBe('https://a.test/x#own');
		expect(target('\\x')).toBe('https://a.test/x#part');
	});
	it('only 301, 302, 303, 307 and 308 with a Location are redirects', () => {
		expect(target('/x', 300)).toBeUndefined();
		expect(target('/x', 304)).toBeUndefined();
		expect(target('/x', 308)).toBe('https://a.test/x#part');
		expect(redirectTarget(302, [], here, request, undefined)).toBeUndefined();
	});
	it.each(['file:///etc/passwd', 'javascript:alert(1)', 'data:text/plain,x', 'unix:/x', 'ftp://a.test/'])(
		'refuses %s',
		(location) => {
			expect(() => target(location)).toThrow(expect.objectContaining({ code: 'ERR_REDIRECT_SCHEME' }));
		},
	);
	it('refuses what is no URL, and two that differ', () => {
		expect(() => target('http://[')).toThrow(expect.objectContaining({ code: 'ERR_REDIRECT_LOCATION' }));
		expect(() => redirectTarget(302, ['location', '/a', 'Location', '/b'], here, request, undefined)).toThrow();
	});
	it('is read as the browser reads it', () => {
		expect([target('/a|b?c|d'), target('/a|b?c|d', 302, { escapesPipe: true })]).toEqual([
			'https://a.test/a|b?c|d#part',
			'https://a.test/a%7Cb?c|d#part',
		]);
		expect([target(''), target('', 302, { showsEmptyLocation: true })]).toEqual([here.href, undefined]);
		const escapes = { escapesControlsOfLocation: true };
		expect([target('/a\tb\x01'), target('/a\tb\x01', 302, escapes)]).toEqual([
			'https://a.test/ab#part',
			'https://a.test/a%09b%01#part',
		]);
		expect(target('\x1f/\xc3\xa9 x', 302, escapes)).toBe('https://a.test/dir/%1F/%C3%A9%20x#part');
	});
	it('R01 drops userinfo', () => {
		expect(target('https://user:pass@b.test/')).toBe('https://b.test/#part');
	});
});

describe('R02 methods', () => {
	it.each([
		[301, 'POST', 'GET'],
		[302, 'POST', 'GET'],
		[303, 'POST', 'GET'],
		[303, 'PUT', 'GET'],
		[303, 'HEAD', 'HEAD'],
		[301, 'PUT', 'PUT'],
		[302, 'HEAD', 'HEAD'],
		[307, 'POST', 'POST'],
		[308, 'PUT', 'PUT'],
	])('%i after %s is %s', (status, method, expected) => {
		const headers = readHeaders({ 'content-type': 'text/plain', 'content-language': 'de', 'x-a': '1' });
		const next = follow(hop({ method, headers, body: method === 'HEAD' ? null : body }), status, 'https://a.test/x');
		expect(next.method).toBe(expected);
		const dropped = expected === 'GET' && method !== 'GET';
		expect(next.body).toBe(dropped || method === 'HEAD' ? null : body);
		expect(next.headers.list).toEqual(dropped ? ['x-a', '1'] : headers.list);
	});
	it('knows what was sent before, unless a cache has answered', () => {
		const sent = { headers: ['Accept', '*/*', 'x-A', '1'], referer: undefined };
		const after = (given: typeof sent) => nextHop(hop(), 302, [], new URL('https://a.test/x'), request, given).before;
		expect(after(sent)).toEqual(['accept', 'x-a']);
		expect(after({ ...sent, headers: [] })).toBeUndefined();
	});
	it('a change to GET takes the origin out of what went before', () => {
		const headers = ['Accept', '*/*', 'Origin', 'https://a.test', 'Sec-Fetch-Dest', 'empty'];
		const after = (status: number) =>
			nextHop(hop({ method: 'POST' }), status, [], new URL('https://b.test/'), request, { ...sent, headers });
		expect(after(307).before).toEqual(['accept', 'origin', 'sec-fetch-dest']);
		expect(after(303)).toMatchObject({ originAdded: true, before: ['accept', 'sec-fetch-dest'] });
	});
	it('B06 a one-shot stream cannot be sent again, except that 303 needs no body', () => {
		const stream = {
			kind: 'stream',
			open: () => ({ chunks: (async function* () {})(), stop() {} }),
			length: undefined,
			contentType: undefined,
			replayable: false,
		} as const;
		const from = hop({ method: 'POST', body: stream });
		expect(() => follow(from, 307, 'https://a.test/x')).toThrow(expect.objectContaining({ code: 'ERR_REDIRECT_BODY' }));
		expect(follow(from, 303, 'https://a.test/x').body).toBeNull();
	});
});

describe('R01 credentials', () => {
	const headers = readHeaders({ Authorization: 'x', Cookie: 'a=b', 'Proxy-Authorization': 'y', Host: 'h', 'x-a': '1' });
	it.each(['https://b.test/', 'https://a.test:8443/', 'http://a.test/', 'https://www.a.test/'])(
		'are dropped on the way to %s',
		(to) => {
			const next = follow(hop({ headers }), 302, to);
			expect(next.headers.list).toEqual(['x-a', '1']);
			expect(follow(next, 302, 'https://a.test/').headers.list).toEqual(['x-a', '1']);
		},
	);
	it('stay within the origin', () => {
		expect(follow(hop({ headers }), 302, 'https://a.test/x').headers.list).toEqual(headers.list);
	});
});

describe('sec-fetch-site, origin and referer over hops', () => {
	const page = new URL('https://a.test/page?q#f');
	const client = clientOfPage(page);
	it('a typed address stays none, also across sites', () => {
		expect(siteRelation('none', undefined, new URL('https://b.test/'))).toBe('none');
	});
	it('never gets closer again', () => {
		expect(siteRelation(undefined, client, new URL('https://a.test/'))).toBe('same-origin');
		expect(siteRelation('same-origin', client, new URL('https://www.a.test/'))).toBe('same-site');
		expect(siteRelation('same-site', client, new URL('https://a.test/'))).toBe('same-site');
		expect(siteRelation('cross-site', client, new URL('https://a.test/'))).toBe('cross-site');
	});
	it('an origin is tainted when a foreign origin redirects on', () => {
		const first = follow(hop({ client }), 307, 'https://b.test/');
		expect(first.originTainted).toBe(false);
		const second = follow(first, 307, 'https://a.test/');
		expect(second.originTainted).toBe(true);
		expect(originFor(page, second.url, '', true, true)).toBe('null');
	});
	it('referer follows the policy', () => {
		const same = new URL('https://a.test/x');
		const other = new URL('https://b.test/x');
		const plain = new URL('http://b.test/x');
		expect(refererFor(page, same, '')).toBe('https://a.test/page?q');
		expect(refererFor(page, other, '')).toBe('https://a.test/');
		expect(refererFor(page, plain, '')).toBeUndefined();
		expect(refererFor(page, plain, 'unsafe-url')).toBe('https://a.test/page?q');
		expect(refererFor(page, other, 'same-origin')).toBeUndefined();
		expect(refererFor(page, same, 'no-referrer')).toBeUndefined();
		expect(refererFor(new URL(`https://a.test/${'x'.repeat(5000)}`), same, '')).toBe('https://a.test/');
	});
	it('a redirect can change the policy; unknown words are skipped', () => {
		expect(parseReferrerPolicy(['origin, new-one', 'bogus'])).toBe('origin');
		expect(parseReferrerPolicy(['bogus'])).toBeUndefined();
	});
});

describe('what is said of a body', () => {
	const first = hop({
		method: 'POST',
		body,
		headers: readHeaders({ 'content-type': 'a/b', authorization: 'x', 'x-a': '1' }),
	});
	const statuses = (returns: 'stated' | undefined, to: readonly (readonly [number, string])[]) =>
		to.reduce((from, [status, url]) => nextHop(from, status, [], new URL(url), request, { ...sent, returns }), first)
			.headers.list;
	it('stays away with the body', () => {
		expect(
			statuses(undefined, [
				[302, 'https://a.test/1'],
				[307, 'https://a.test/2'],
			]),
		).toEqual(['authorization', 'x', 'x-a', '1']);
	});
	it('says the type of a body without a word of the caller behind his fields', () => {
		const typed = hop({ method: 'POST', body, headers: readHeaders({ 'x-a': '1' }) });
		const second = nextHop(typed, 302, [], new URL('https://a.test/1'), request, { ...sent, returns: 'all' });
		const third = nextHop(second, 307, [], new URL('https://a.test/2'), request, { ...sent, returns: 'all' });
		expect([second, third].map(({ headers }) => headers.list)).toEqual([
			['x-a', '1'],
			['x-a', '1', 'Content-Type', 'text/plain'],
		]);
	});
	it('is back, where the browser asks the first method, and without credentials that have been taken away', () => {
		expect(statuses('stated', [[302, 'https://a.test/1']])).toEqual(['authorization', 'x', 'x-a', '1']);
		expect(
			statuses('stated', [
				[302, 'https://a.test/1'],
				[302, 'https://a.test/2'],
			]),
		).toEqual(['authorization', 'x', 'x-a', '1']);
		expect(
			statuses('stated', [
				[302, 'https://a.test/1'],
				[307, 'https://a.test/2'],
			]),
		).toEqual(['content-type', 'a/b', 'authorization', 'x', 'x-a', '1']);
		expect(
			statuses('stated', [
				[302, 'https://a.test/1'],
				[307, 'https://a.test/2'],
				[301, 'https://a.test/3'],
			]),
		).toEqual(['authorization', 'x', 'x-a', '1']);
		expect(
			statuses('stated', [
				[302, 'https://b.test/1'],
				[307, 'https://b.test/2'],
			]),
		).toEqual(['content-type', 'a/b', 'x-a', '1']);
		expect(
			statuses('stated', [
				[302, 'https://a.test/1'],
				[307, 'https://b.test/2'],
			]),
		).toEqual(['content-type', 'a/b', 'x-a', '1']);
	});
});
