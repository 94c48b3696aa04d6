/** One response: a Set-Cookie line, or its fields. */
export type CookieStep =
	| string
	| { at?: string; status?: number; fields: readonly (readonly [name: string, value: string])[] };

/** A date so many seconds from now, as servers write it. */
const date = (seconds: number) => new Date(Date.now() + seconds * 1000).toUTCString();
const hour = 3600;
const day = 24 * hour;

/**
 * What both browsers are asked, and we are (`cookies-as-browsers.browser.test.ts`): responses one after the other, and then what
 * the next request carries. A line makes a case. `HOST` is www.mirror.test, `SITE` mirror.test.
 */
export const cookieCases: readonly (readonly CookieStep[])[] = [
	['a=1'],
	['alone'],
	['=alone'],
	['='],
	['a='],
	['=a=b'],
	['a=b=c'],
	['a="quoted; x"'],
	[' \ta = b \t; Secure'],
	['a=b\tc'],
	['a=gr\xc3\xbc\xc3\x9fe'],
	['a=%0d%0ax'],
	['__Secure-a=1'],
	['__Secure-a=1; Secure'],
	['__SeCuRe-a=1'],
	['__Host-a=1; Secure; Path=/'],
	['__Host-a=1; Secure'],
	['__hOsT-a=1; Path=/'],
	['__Host-a=1; Secure; Path=/; Domain=HOST'],
	['__Http-a=1; Secure'],
	['__Http-a=1; Secure; HttpOnly'],
	['__Host-Http-a=1; Secure; Path=/'],
	['__Host-Http-a=1; Secure; Path=/; HttpOnly'],
	['=__Secure-a=1; Secure'],
	['__Secure-a; Secure'],
	['a=1; SameSite=None'],
	['a=1; SameSite=None; Secure'],
	['a=1; SameSite=Strict'],
	['a=1; SameSite=StrictLax'],
	['a=1; Partitioned'],
	['a=1; Secure; Partitioned'],
	['a=1; Secure', 'a=2; Secure; Partitioned'],
	['a=1; Domain=HOST'],
	['a=1; Domain=.SITE'],
	['a=1; Domain=SITE.'],
	['a=1; Domain=example'],
	['a=1; Domain=other.SITE'],
	['a=1; Domain='],
	['a=1; Path=/elsewhere'],
	['a=1; Path=relative'],
	[`a=1; Path=/${'p'.repeat(1024)}`],
	[`a=${'x'.repeat(4095)}`],
	[`a=${'x'.repeat(4096)}`],
	['a=1; Max-Age=0'],
	['a=1; Max-Age=-5'],
	['a=1; Max-Age=ten'],
	['a=1; Max-Age=100000000000000000000'],
	['a=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT'],
	['a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT'],
	['a=1; Expires=tomorrow'],
	['a=1', 'b=1', 'a=1'],
	['a=1', 'b=1', 'a=2'],
	['a=1; Path=/', 'b=1; Path=/get', 'c=1; Path=/'],
	['a=1', 'a=; Max-Age=0'],
	['a=1; Secure', 'a=2'],
	['__proto__=1', 'constructor=2'],
	['a=1; HttpOnly', 'a=2'],
	['a=1', 'b=1', 'a=2', 'b=2'],
	['a=1; HttpOnly', 'b=1', 'a=1'],
	['a=1; Path=/; Max-Age=100', 'b=1; Path=/', 'a=1; Path=/'],
	['alone', 'a=1', 'other'],
	['=alone', 'a=1', '=other'],
	['a=1', 'a'],
	['a=b, c=d'],
	[' a b = c d ; Path'],
	['u=\xe9'],
	['u=\xe9\xc3\xa9\xff', 'gr\xfc=1'],
	['u=a,b"c\\d'],
	['u[0]/(x)=1'],
	['a=1; Domain=WWW.MIRROR.TEST'],
	['a=1; Domain=test'],
	['a=1; Foo=bar; Priority=High'],
	...[
		'Thu, 31-Dec-2099 23:59:59 GMT',
		'Sat, 01-Jan-50 00:00:00 GMT',
		'Thu, 01-Jan-70 00:00:00 GMT',
		'Thu Dec 31 23:59:59 2099',
		'Thu, 01 Jan 1970 00:00:00',
		'Thursday, 01-January-1970 00:00:00 GMT',
		'1970-01-01T00:00:00Z',
		'0',
		'',
		'"Thu, 01 Jan 1970 00:00:00 GMT"',
		'Thu, 32 Jan 1970 00:00:00 GMT',
		'Mon, 01 Jan 1601 00:00:00 GMT',
		'Fri, 31 Dec 9999 23:59:59 GMT',
	].map((expires) => [`a=1; Expires=${expires}`]),
	['a=1; Max-Age="0"'],
	// the server's clock is wrong
	...[-day, -hour, hour, day].flatMap((skew) =>
		[-2 * hour, -hour / 2, hour / 2, 2 * hour].map((life) => [
			{
				fields: [
					['date', date(skew)],
					['set-cookie', `a=1; Expires=${date(skew + life)}`],
				] as const,
			},
		]),
	),
	[
		{
			fields: [
				['date', date(-2 * day)],
				['set-cookie', `a=1; Expires=${date(-day)}`],
			],
		},
	],
	[
		{
			fields: [
				['date', date(2 * day)],
				['set-cookie', `a=1; Expires=${date(day)}`],
			],
		},
	],
	[
		{
			fields: [
				['date', date(2 * day)],
				['set-cookie', `a=1; Max-Age=100`],
			],
		},
	],
	[
		{
			fields: [
				['date', 'yesterday'],
				['set-cookie', `a=1; Expires=${date(-day)}`],
			],
		},
	],
	[
		{
			fields: [
				['date', 'yesterday'],
				['set-cookie', `a=1; Expires=${date(day)}`],
			],
		},
	],
	[
		'a=1',
		{
			fields: [
				['date', date(2 * day)],
				['set-cookie', `a=2; Expires=${date(day)}`],
			],
		},
	],
	// Clear-Site-Data
	['a=1', 'b=1; Domain=SITE', { fields: [['clear-site-data', '"cookies"']] }],
	['a=1; Domain=HOST', { fields: [['clear-site-data', '"cookies"']] }],
	['a=1; Path=/get', { fields: [['clear-site-data', '"cookies"']] }],
	['a=1', { fields: [['clear-site-data', '"*"']] }],
	['a=1', { fields: [['clear-site-data', 'cookies']] }],
	['a=1', { fields: [['clear-site-data', '*']] }],
	['a=1', { fields: [['clear-site-data', '"cache"']] }],
	['a=1', { fields: [['clear-site-data', '"storage"']] }],
	['a=1', { fields: [['clear-site-data', '"cache", "cookies"']] }],
	['a=1', { fields: [['clear-site-data', '"cache","cookies"']] }],
	[
		'a=1',
		{
			fields: [
				['clear-site-data', '"cache"'],
				['clear-site-data', '"cookies"'],
			],
		},
	],
	['a=1', { fields: [['clear-site-data', '"COOKIES"']] }],
	['a=1', { fields: [['clear-site-data', '"nonsense", "cookies"']] }],
	['a=1', { fields: [['clear-site-data', '"cookies";x=1']] }],
	['a=1', { fields: [['clear-site-data', ' "cookies" ']] }],
	['a=1', { fields: [['clear-site-data', '"cook" "cookies"']] }],
	[
		'a=1',
		{
			fields: [
				['clear-site-data', '"cookies"'],
				['set-cookie', 'b=2'],
			],
		},
	],
	[
		'a=1',
		{
			fields: [
				['set-cookie', 'b=2'],
				['clear-site-data', '"cookies"'],
			],
		},
	],
	['a=1', { status: 404, fields: [['clear-site-data', '"cookies"']] }],
	[
		'a=1',
		{
			status: 302,
			fields: [
				['clear-site-data', '"cookies"'],
				['location', '/done'],
			],
		},
	],
	['a=1; Secure; Partitioned', { fields: [['clear-site-data', '"cookies"']] }],
	['a=1', 'b=1; Domain=SITE', { at: 'api.mirror.test', fields: [['clear-site-data', '"cookies"']] }],
	['a=1', { at: 'other.example', fields: [['clear-site-data', '"cookies"']] }],
];
