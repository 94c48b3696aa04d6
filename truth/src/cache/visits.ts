import type { CacheMode } from '@wiretwin/profiles';
import type { CredentialsMode, RequestMode } from 'wiretwin';

/** A call of `fetch()` in the page; everything that is absent is what a page would write without it. */
export type Ask = {
	method?: string;
	cache?: CacheMode;
	credentials?: CredentialsMode;
	mode?: RequestMode;
	headers?: Readonly<Record<string, string>>;
	body?: string;
};

/** Two requests for the same URL, and what the server says to the first. */
export type Visit = {
	/** Unique, shown in the report. */
	name: string;
	/** @default 200 */
	status?: number;
	/** Fields of each 200. `{now}`, `{past}`, `{future}`: dates; `{url}`: another page, for redirects. */
	fields: ReadonlyArray<readonly [name: string, value: string]>;
	/** Fields of a 304. @default those of the 200 */
	again?: ReadonlyArray<readonly [name: string, value: string]>;
	first?: Ask;
	/** Between the two. @default nothing */
	between?: Ask;
	second?: Ask;
	/** Requests that come by themselves besides those for the calls. @default 0 */
	behind?: number;
	/** Added to the path. */
	query?: string;
};

const ETAG = ['etag', '"v1"'] as const;
const OLD = ['last-modified', '{past}'] as const;
const cached = (value: string): readonly [string, string] => ['cache-control', value];

/** What one line says of one field each; the server adds `date` and a type. */
const one = (name: string, ...fields: Visit['fields']): Visit => ({ name, fields });

/**
 * What an HTTP cache is asked: one visit a line (RFC 9111, fetch standard 4.6). Whoever meets an odd field adds a line and runs
 * `make truth TRUTH=--only=cache`.
 */
export const visits: readonly Visit[] = [
	// How long an answer is fresh (RFC 9111 4.2).
	one('nothing is said'),
	one('max-age', cached('max-age=100')),
	one('max-age and etag', cached('max-age=100'), ETAG),
	one('max-age=0 and etag', cached('max-age=0'), ETAG),
	one('max-age=0 alone', cached('max-age=0')),
	one('etag alone', ETAG),
	one('weak etag', ['etag', 'W/"v1"']),
	one('changed long ago', OLD),
	one('changed just now', ['last-modified', '{now}'], ['date', '{now}']),
	one('etag and changed just now', ETAG, ['last-modified', '{now}'], ['date', '{now}']),
	{ name: 'changed long ago, with a query', fields: [OLD], query: '?a=b' },
	one('changed long ago, no-cache', OLD, cached('no-cache')),
	one('expires later', ['expires', '{future}']),
	one('expired, etag', ['expires', '{past}'], ETAG),
	one('expires 0, etag', ['expires', '0'], ETAG),
	one('expires -1, changed long ago', ['expires', '-1'], OLD),
	one('expires later, max-age=0, etag', ['expires', '{future}'], cached('max-age=0'), ETAG),
	one('expired, max-age', ['expires', '{past}'], cached('max-age=100')),
	one('age beyond max-age, etag', ['age', '200'], cached('max-age=100'), ETAG),
	one('age below max-age', ['age', '20'], cached('max-age=100')),
	one('age that is no number', ['age', 'x'], cached('max-age=100')),
	one('date of yesterday, max-age', ['date', '{yesterday}'], cached('max-age=100'), ETAG),
	one('date of tomorrow, max-age', ['date', '{tomorrow}'], cached('max-age=100'), ETAG),
	one('negative max-age, etag', cached('max-age=-1'), ETAG),
	one('quoted max-age, etag', cached('max-age="100"'), ETAG),
	one('max-age that is no number, etag', cached('max-age=abc'), ETAG),
	one('max-age beyond all', cached('max-age=99999999999999999999'), ETAG),
	one('two max-age, the longer first', cached('max-age=100, max-age=0'), ETAG),
	one('two max-age, the shorter first', cached('max-age=0, max-age=100'), ETAG),
	one('two fields', cached('private'), cached('max-age=100')),
	one('upper case', ['cache-control', 'MAX-AGE=100']),
	one('blanks about the sign', cached('max-age = 100'), ETAG),
	// Directives (RFC 9111 5.2.2).
	one('no-store', cached('no-store'), ETAG),
	one('no-store and max-age', cached('no-store, max-age=100'), ETAG),
	one('no-cache', cached('no-cache'), ETAG),
	one('no-cache and max-age', cached('no-cache, max-age=100'), ETAG),
	one('no-cache for a field', cached('no-cache="set-cookie", max-age=100'), ETAG),
	one('no-cache without a validator', cached('no-cache')),
	one('must-revalidate, max-age', cached('must-revalidate, max-age=100'), ETAG),
	one('must-revalidate, changed long ago', cached('must-revalidate'), OLD),
	one('private, max-age', cached('private, max-age=100')),
	one('public, changed long ago', cached('public'), OLD),
	one('s-maxage=0, max-age', cached('s-maxage=0, max-age=100'), ETAG),
	one('s-maxage alone', cached('s-maxage=100'), ETAG),
	one('immutable, max-age', cached('max-age=100, immutable'), ETAG),
	one('immutable alone', cached('immutable'), ETAG),
	one('pragma no-cache, etag', ['pragma', 'no-cache'], ETAG),
	one('pragma no-cache, max-age', ['pragma', 'no-cache'], cached('max-age=100'), ETAG),
	one('with a cookie', ['set-cookie', 'a=b'], cached('max-age=100')),
	// What is shown while it is asked for again (RFC 5861 3).
	...[
		['stale-while-revalidate', 'max-age=0, stale-while-revalidate=100'],
		['stale-while-revalidate alone', 'stale-while-revalidate=100'],
		['stale-while-revalidate, upper case', 'max-age=0, STALE-WHILE-REVALIDATE=100'],
	].map(([name = '', value = '']): Visit => ({ name, fields: [cached(value), ETAG], behind: 1 })),
	{
		name: 'stale-while-revalidate without a validator',
		fields: [cached('max-age=0, stale-while-revalidate=100')],
		behind: 1,
	},
	one('stale-while-revalidate, no-cache', cached('no-cache, stale-while-revalidate=100'), ETAG),
	one(
		'stale-while-revalidate, must-revalidate',
		cached('max-age=0, must-revalidate, stale-while-revalidate=100'),
		ETAG,
	),
	// Not with 0: in Firefox an answer is within those seconds until the second ends in which it came.
	one('stale-while-revalidate that is no number', cached('max-age=0, stale-while-revalidate=x'), ETAG),
	{
		name: 'stale-while-revalidate, beyond it',
		fields: [['age', '300'], cached('max-age=0, stale-while-revalidate=100'), ETAG],
		behind: 1,
	},
	{
		name: 'stale-while-revalidate, no-cache asks',
		fields: [cached('max-age=0, stale-while-revalidate=100'), ETAG],
		second: { cache: 'no-cache' },
	},
	// Parts of what is kept whole (RFC 9110 14).
	...['bytes=2-3', 'bytes=2-', 'bytes=-3', 'bytes=2-100', 'bytes=100-', 'bytes=0-1,3-4', 'bytes=x', 'bytes=3-2'].map(
		(range): Visit => ({
			name: `fresh, then ${range}`,
			fields: [cached('max-age=100'), ETAG],
			second: { headers: { range } },
		}),
	),
	{
		name: 'stale, then bytes=2-3',
		fields: [cached('max-age=0'), ETAG],
		second: { headers: { range: 'bytes=2-3' } },
	},
	{
		name: 'fresh, then bytes=2-3, reload',
		fields: [cached('max-age=100'), ETAG],
		second: { headers: { range: 'bytes=2-3' }, cache: 'reload' },
	},
	{
		name: 'stale, then bytes=2-3, force-cache',
		fields: [cached('max-age=0'), ETAG],
		second: { headers: { range: 'bytes=2-3' }, cache: 'force-cache' },
	},
	{
		name: 'fresh, then bytes=2-3, then all',
		fields: [cached('max-age=100'), ETAG],
		between: { headers: { range: 'bytes=2-3' } },
	},
	// Vary (RFC 9111 4.1).
	one('vary on what is the same', ['vary', 'accept'], cached('max-age=100')),
	{
		name: 'vary on what has changed',
		fields: [['vary', 'x-own'], cached('max-age=100'), ETAG],
		first: { headers: { 'x-own': '1' } },
		second: { headers: { 'x-own': '2' } },
	},
	{
		name: 'vary on what is there the second time only',
		fields: [['vary', 'x-own'], cached('max-age=100')],
		second: { headers: { 'x-own': '2' } },
	},
	one('vary on all', ['vary', '*'], cached('max-age=100'), ETAG),
	one('vary on the origin', ['vary', 'origin'], cached('max-age=100')),
	// Statuses (RFC 9110 15.1).
	...[203, 204, 300, 404, 405, 410, 414, 500, 501].map(
		(status): Visit => ({ name: `${status}, changed long ago`, status, fields: [OLD] }),
	),
	...[201, 206, 400, 403, 404, 410, 500, 503].map(
		(status): Visit => ({ name: `${status}, max-age`, status, fields: [cached('max-age=100')] }),
	),
	...[301, 302, 303, 307, 308].flatMap((status): Visit[] => [
		{ name: `${status}`, status, fields: [['location', '{url}']] },
		{ name: `${status}, max-age`, status, fields: [['location', '{url}'], cached('max-age=100')] },
	]),
	{ name: '301, no-store', status: 301, fields: [['location', '{url}'], cached('no-store')] },
	// Modes (fetch: HTTP-network-or-cache fetch).
	...(['no-store', 'reload', 'no-cache', 'force-cache'] as const).flatMap((cache): Visit[] => [
		{ name: `fresh, then ${cache}`, fields: [cached('max-age=100'), ETAG], second: { cache } },
		{ name: `stale, then ${cache}`, fields: [cached('max-age=0'), ETAG], second: { cache } },
		{ name: `${cache} first`, fields: [cached('max-age=100'), ETAG], first: { cache } },
	]),
	{
		name: 'fresh, then only-if-cached',
		fields: [cached('max-age=100')],
		second: { cache: 'only-if-cached', mode: 'same-origin' },
	},
	{
		name: 'stale, then only-if-cached',
		fields: [cached('max-age=0')],
		second: { cache: 'only-if-cached', mode: 'same-origin' },
	},
	{
		name: 'nothing kept, then only-if-cached',
		fields: [cached('no-store')],
		second: { cache: 'only-if-cached', mode: 'same-origin' },
	},
	// Requests that others precede.
	{ name: 'POST between', fields: [cached('max-age=100'), ETAG], between: { method: 'POST', body: 'x' } },
	{ name: 'PUT between', fields: [cached('max-age=100'), ETAG], between: { method: 'PUT', body: 'x' } },
	{ name: 'DELETE between', fields: [cached('max-age=100'), ETAG], between: { method: 'DELETE' } },
	{ name: 'HEAD between', fields: [cached('max-age=100'), ETAG], between: { method: 'HEAD' } },
	{ name: 'HEAD second', fields: [cached('max-age=100'), ETAG], second: { method: 'HEAD' } },
	{ name: 'HEAD first', fields: [cached('max-age=100'), ETAG], first: { method: 'HEAD' } },
	{ name: 'POST first', fields: [cached('max-age=100'), ETAG], first: { method: 'POST', body: 'x' } },
	{
		name: 'POST twice',
		fields: [cached('max-age=100')],
		first: { method: 'POST', body: 'x' },
		second: { method: 'POST', body: 'x' },
	},
	// Fields of the caller's.
	{
		name: 'own authorization',
		fields: [cached('max-age=100')],
		first: { headers: { authorization: 'x' } },
		second: { headers: { authorization: 'x' } },
	},
	{
		name: 'own cache-control no-cache',
		fields: [cached('max-age=100'), ETAG],
		second: { headers: { 'cache-control': 'no-cache' } },
	},
	{
		name: 'own cache-control no-store',
		fields: [cached('max-age=100'), ETAG],
		second: { headers: { 'cache-control': 'no-store' } },
	},
	{
		name: 'own cache-control max-age=0',
		fields: [cached('max-age=100'), ETAG],
		second: { headers: { 'cache-control': 'max-age=0' } },
	},
	{ name: 'own pragma', fields: [cached('max-age=100'), ETAG], second: { headers: { pragma: 'no-cache' } } },
	{
		name: 'own if-none-match',
		fields: [cached('max-age=100'), ETAG],
		second: { headers: { 'if-none-match': '"v1"' } },
	},
	{
		name: 'own if-none-match, another',
		fields: [cached('max-age=100'), ETAG],
		second: { headers: { 'if-none-match': '"v2"' } },
	},
	{ name: 'without credentials, then with', fields: [cached('max-age=100')], first: { credentials: 'omit' } },
	{ name: 'with credentials, then without', fields: [cached('max-age=100')], second: { credentials: 'omit' } },
	// What a 304 brings (RFC 9111 4.3.4).
	{
		name: '304 with another field',
		fields: [cached('max-age=0'), ETAG, ['x-own', 'one']],
		again: [['x-own', 'two'], ETAG],
	},
	{ name: '304 with less', fields: [cached('max-age=0'), ETAG, ['x-own', 'one']], again: [] },
	{ name: '304 with another length', fields: [cached('max-age=0'), ETAG], again: [['content-length', '7'], ETAG] },
	{ name: '304 with another type', fields: [cached('max-age=0'), ETAG], again: [['content-type', 'text/html'], ETAG] },
];
