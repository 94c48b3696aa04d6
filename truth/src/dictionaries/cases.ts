import type { BrowserName } from '@wiretwin/mirror/browsers';
import type { Ask } from '../cache/visits.ts';

/** Answers that say that they are dictionaries, and a request that may use them. */
export type DictionaryCase = {
	/** Unique, shown in the report. */
	name: string;
	/** `Use-As-Dictionary` of each answer, one after the other; `$` is the folder, `^` the origin. */
	terms: readonly string[];
	/** Further fields of those answers. @default cache-control: max-age=1000 */
	fields?: ReadonlyArray<readonly [name: string, value: string]>;
	/** @default 200 */
	status?: number;
	/** Text of those answers. @default the sample's dictionary */
	text?: string;
	/** The answers' and the request's host. @default www.mirror.test, the page's */
	host?: 'api.mirror.test' | 'other.example';
	learn?: Ask;
	use?: Ask;
	/** What is asked for, from the folder on. @default /data */
	path?: string;
	/** How its answer is coded. @default not at all */
	coded?: 'dcb' | 'dcz' | 'dcb for another' | 'dcz for another' | 'dcb, cut off' | 'dcz, gzip';
	/** Asked of this browser only. */
	only?: BrowserName;
};

const cached = (value: string): NonNullable<DictionaryCase['fields']> => [['cache-control', value]];
const one = (name: string, terms: string, more: Omit<DictionaryCase, 'name' | 'terms'> = {}): DictionaryCase => ({
	name,
	terms: [terms],
	...more,
});
const all = 'match="$/*"';

/** What is asked of dictionaries: one case a line (RFC 9842). `make truth TRUTH=--only=dictionaries` runs the table. */
const dictionaryCases: readonly DictionaryCase[] = [
	// What is in the field (2.1).
	one('plain', all),
	one('relative', 'match="data*"'),
	one('all beside it', 'match="*"'),
	one('with its origin', 'match="^$/*"'),
	one('with another origin', 'match="https://other.example$/*"'),
	one('any host', 'match="https://*:*$/*"'),
	one('a regular expression', 'match="$/(data)"'),
	one('an expression for all', 'match="$/(.*)"'),
	one('a name', 'match="$/:x"'),
	one('a name, two folders', 'match="$/:x"', { path: '/a/b' }),
	one('a name that need not be', 'match="$/data/:x?"'),
	one('the same name twice', 'match="$/:a/:a"', { path: '/a/b' }),
	one('braces', 'match="$/{da}+ta"'),
	one('braces that are open', 'match="$/{data"'),
	one('question mark behind a star', 'match="$/*?v=*"', { path: '/data?v=2' }),
	one('escaped question mark', 'match="$/*\\\\?v=*"', { path: '/data?v=2' }),
	one('a query that is not said', 'match="$/data"', { path: '/data?v=2' }),
	one('another query', 'match="$/data?v=1"', { path: '/data?v=2' }),
	one('a query alone', 'match="?v=2"', { path: '/dict-0?v=2' }),
	one('a fragment', 'match="$/data#x"'),
	one('dots', 'match="$/x/../data"'),
	one('upper case', 'match="$/DATA"'),
	one('escapes', 'match="$/d%61ta"'),
	one('nothing', 'match=""', { path: '/dict-0' }),
	one('no match', 'id="x"'),
	one('match is a token', 'match=x'),
	one('match is a list', 'match=("$/*")'),
	one('type raw', `${all}, type=raw`),
	one('type of its own', `${all}, type=x`),
	one('type is a text', `${all}, type="raw"`),
	one('a key of its own', `${all}, other=1`),
	one('parameters', 'match="$/*";a=1'),
	one('ttl 0', `${all}, ttl=0`),
	one('ttl is a text', `${all}, ttl="5"`),
	one('id', `${all}, id="some \\"id\\""`),
	one('id twice', `${all}, id="a", id="b"`),
	one('id is empty', `${all}, id=""`),
	one('id is a token', `${all}, id=x`),
	one('id of 1024', `${all}, id="${'a'.repeat(1024)}"`),
	one('id of 1025', `${all}, id="${'a'.repeat(1025)}"`),
	one('for no destination', `${all}, match-dest=()`),
	one("for scripts' requests", `${all}, match-dest=("")`),
	one('for scripts', `${all}, match-dest=("script")`),
	one('for what nobody knows', `${all}, match-dest=("foo")`),
	one("for what nobody knows and scripts' requests", `${all}, match-dest=("foo" "")`),
	one('destination is a text', `${all}, match-dest=""`),
	one('destination is a token', `${all}, match-dest=(script)`),
	one('a comma at the end', `${all}, `),
	one('a text that is open', 'match="$/*'),
	one('key in upper case', 'MATCH="$/*"'),
	// How long (2.1.5).
	one('nothing is said', all, { fields: [] }),
	one('no-store', all, { fields: cached('no-store') }),
	one('no-cache', all, { fields: cached('no-cache') }),
	one('max-age=0', all, { fields: cached('max-age=0') }),
	one('stale-while-revalidate', all, { fields: cached('max-age=0, stale-while-revalidate=100') }),
	one('no-cache, stale-while-revalidate', all, { fields: cached('no-cache, stale-while-revalidate=100') }),
	one('changed long ago', all, { fields: [['last-modified', 'Sat, 01 Nov 2025 00:00:00 GMT']] }),
	one('expires', all, { fields: [['expires', 'Sat, 01 Nov 2036 00:00:00 GMT']] }),
	one('age beyond max-age', all, {
		fields: [
			['cache-control', 'max-age=100'],
			['age', '200'],
		],
	}),
	one('vary on all', all, {
		fields: [
			['cache-control', 'max-age=100'],
			['vary', '*'],
		],
	}),
	one('404', all, { status: 404 }),
	one('an empty body', all, { text: '' }),
	// Who asks.
	one('POST brings it', all, { learn: { method: 'POST', body: 'x' } }),
	one('no-store brings it', all, { learn: { cache: 'no-store' } }),
	one('no-cors brings it', all, { learn: { mode: 'no-cors' } }),
	one('no-cors uses it', all, { use: { mode: 'no-cors' } }),
	one('no-store uses it', all, { use: { cache: 'no-store' } }),
	one('POST uses it', all, { use: { method: 'POST', body: 'x' } }),
	one('HEAD uses it', all, { use: { method: 'HEAD' } }),
	one('a range uses it', all, { use: { headers: { range: 'bytes=0-1' } } }),
	one('without credentials', all, { learn: { credentials: 'omit' } }),
	one('another host', all, { host: 'api.mirror.test' }),
	one('another host, no-cors brings it', all, { host: 'api.mirror.test', learn: { mode: 'no-cors' } }),
	one('another host, no-cors uses it', all, { host: 'api.mirror.test', use: { mode: 'no-cors' } }),
	one('another site', all, { host: 'other.example' }),
	// Which one (2.2.3).
	{ name: 'the longer pattern', terms: [`${all}, id="short"`, 'match="$/da*", id="long"', 'match="$/d*", id="less"'] },
	{ name: 'the later of two', terms: ['match="$/:a", id="one"', 'match="$/d*", id="two"'] },
	{ name: 'the later of the same', terms: [`${all}, id="one"`, `${all}, id="two"`] },
	{
		name: 'the one for a destination',
		terms: ['match="$/d*", match-dest=(""), id="one"', 'match="$/data*", id="two"'],
	},
	// Bodies (4, 5).
	...(['dcb', 'dcz', 'dcb for another', 'dcz for another', 'dcb, cut off'] as const).flatMap((coded) => [
		one(coded, all, { coded }),
		one(`${coded}, without a dictionary`, 'match="/nowhere"', { coded }),
	]),
	// Firefox 153 never ends such a body.
	one('dcz, gzip', all, { coded: 'dcz, gzip', only: 'chromium' }),
];

/** Those that are asked of a browser. */
export const casesFor = (browser: BrowserName): readonly DictionaryCase[] =>
	dictionaryCases.filter(({ only = browser }) => only === browser);
