/** Set-Cookie, cookie files and storage states, whatever stands in them. */
import { getProfile } from '@wiretwin/profiles';
import fc from 'fast-check';
import { CookieJar } from 'tough-cookie';
import { describe, expect, it } from 'vitest';
import { BrowserCookies } from '../../src/cookies/browser-cookies.ts';
import { firstPartyContext } from '../../src/cookies/context.ts';
import { chromiumCookies, maxNameValueBytes, parseSetCookie } from '../../src/cookies/parse-set-cookie.ts';
import { cookieFields } from '../../src/cookies/response-fields.ts';
import { checkFieldValue } from '../../src/headers/check.ts';
import {
	createSession,
	formatCookiesTxt,
	formatStorageState,
	isWiretwinError,
	parseCookiesTxt,
	parseStorageState,
} from '../../src/index.ts';
import { holds, latin1, limit } from './holds.ts';

const firefox = getProfile('firefox').document.headers.cookies ?? chromiumCookies;
const now = Date.UTC(2026, 10, 30);

const word = fc.constantFrom(
	'a',
	'B',
	'__Host-x',
	'__Secure-x',
	'__proto__',
	'constructor',
	'',
	' ',
	'\t',
	'=',
	',',
	'"',
);
const name = fc.oneof(word, latin1(12));
const attribute = fc.oneof(
	fc.constantFrom(
		'Secure',
		'HttpOnly',
		'Partitioned',
		'Path=/',
		'Path=/a/b',
		'Path=a',
		'SameSite=None',
		'samesite=LAX',
	),
	fc.constantFrom(
		'Domain=mirror.test',
		'Domain=.www.mirror.test',
		'Domain=test',
		'Domain=',
		'Domain=[::1]',
		'Domain=x y',
	),
	fc.integer().map((seconds) => `Max-Age=${seconds}`),
	fc.constantFrom(`Max-Age=${'9'.repeat(400)}`, 'Max-Age=-0', 'Expires=Thu, 01 Jan 1970 00:00:00 GMT', 'Expires=99'),
	fc.date({ noInvalidDate: true }).map((date) => `Expires=${date.toUTCString()}`),
	latin1(30),
);
const line = fc
	.tuple(name, fc.constantFrom('=', ' = ', '', '=='), name, fc.array(attribute, { maxLength: 6 }))
	.map(([first, equals, second, rest]) => [`${first}${equals}${second}`, ...rest].join('; '));
const url = fc
	.constantFrom('https://www.mirror.test/', 'http://www.mirror.test/a/b/c', 'https://mirror.test/a', 'https://[::1]/')
	.map((text) => new URL(text));

// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what may not be there
const control = /[\x00-\x08\x0a-\x1f\x7f]/;

describe('Set-Cookie', () => {
	it.each([
		['chromium', chromiumCookies],
		['firefox', firefox],
	] as const)(
		'is refused or read within its limits, as %s',
		{ ...(limit ? { timeout: limit } : {}) },
		(_name, rules) => {
			holds(
				fc.property(fc.oneof(line, latin1(200)), (text) => {
					const cookie = parseSetCookie(text, now, rules);
					if (!cookie) return;
					expect(cookie.name.length).toBeLessThanOrEqual(maxNameValueBytes);
					expect(`${cookie.name}${cookie.value}`).not.toMatch(control);
					expect(`${cookie.name}`).not.toMatch(/[;=]/);
					expect(cookie.value).not.toContain(';');
					expect(cookie.path ?? '/').toMatch(/^\//);
					expect(Number.isNaN(cookie.expiresAtMs ?? 0)).toBe(false);
					// What is sent back is read as the same cookie.
					const again = parseSetCookie(
						cookie.name === '' ? cookie.value : `${cookie.name}=${cookie.value}`,
						now,
						rules,
					);
					expect([again?.name, again?.value]).toEqual([cookie.name, cookie.value]);
				}) as never,
			);
		},
	);

	it('gives a jar that sends what can be sent, and can be written to every kind of file', {
		timeout: limit ?? 120_000,
	}, () => {
		const steps = fc.array(fc.record({ line, url }), { maxLength: 30 });
		holds(
			fc.property(steps, fc.boolean(), (cookies, isFirefox) => {
				const jar = new CookieJar(undefined, { looseMode: true, rejectPublicSuffixes: false });
				const store = new BrowserCookies(jar, () => now, isFirefox ? firefox : chromiumCookies);
				for (const { line, url } of cookies) {
					const fields = cookieFields(['set-cookie', line, 'date', new Date(now).toUTCString()]);
					if (fields) store.storeFromResponse(fields, url, firstPartyContext(url));
				}
				for (const { url } of cookies) {
					const header = store.headerFor(url, firstPartyContext(url)) as string;
					expect(header).not.toMatch(control);
					expect(checkFieldValue('cookie', header).length).toBeLessThanOrEqual(header.length);
				}
				const listed = store.list() as Array<{ cookie: { key: string } }>;
				expect(new Set(listed).size).toBe(listed.length);
				expect(({} as Record<string, unknown>)['x']).toBeUndefined();
			}) as never,
			200,
		);
	});

	// Found here: 80,000 blanks took 9 s, because the regular expression that trimmed began anew at each of them.
	it('takes no longer for the largest field than for many small ones', () => {
		const long = `a=b${' '.repeat(250_000)}c${'\t'.repeat(250_000)}d`;
		for (const text of [long, `a=${long}`, `a; ${long}`, `${'; '.repeat(120_000)}`, `a${'='.repeat(250_000)}`]) {
			parseSetCookie(text, now);
			cookieFields(['set-cookie', text, 'date', text, 'clear-site-data', text]);
		}
		for (const value of [long, ` ${long} `]) expect(checkFieldValue('x', value)).toBe(value.trim());
	});
});

const record = fc.record({
	name: fc.stringMatching(/^[a-zA-Z_]{1,8}$/),
	value: fc.stringMatching(/^[!-:<-~]{0,12}$/),
	domain: fc.constantFrom('mirror.test', 'www.mirror.test', '127.0.0.1'),
	path: fc.constantFrom('/', '/a', '/a/b'),
	secure: fc.boolean(),
	httpOnly: fc.boolean(),
	isWide: fc.boolean(),
	expiresAtMs: fc.integer({ min: 1, max: 4_000_000_000 }).map((seconds) => seconds * 1000),
});

describe('cookie files', () => {
	it('a cookies.txt is read, whatever it holds', { timeout: limit ?? 120_000 }, () => {
		const cell = fc.oneof(
			fc.string({ unit: 'binary', maxLength: 12 }),
			fc.constantFrom('TRUE', 'FALSE', '0', '-1', '1e999', '/'),
		);
		const file = fc.array(
			fc.array(cell, { maxLength: 9 }).map((cells) => cells.join('\t')),
			{ maxLength: 6 },
		);
		holds(
			fc.property(fc.tuple(file, fc.constantFrom('\n', '\r\n', '\r', '\n#HttpOnly_')), ([lines, end]) => {
				for (const cookie of parseCookiesTxt(lines.join(end))) {
					expect(Number.isFinite(cookie.expiresAtMs ?? 0) || cookie.expiresAtMs === Infinity).toBe(true);
					expect(cookie.domain).toBe(cookie.domain?.toLowerCase());
				}
			}) as never,
		);
	});

	it('what is written is read as it was, in both formats', { timeout: limit ?? 120_000 }, () => {
		holds(
			fc.property(fc.array(record, { maxLength: 5 }), (records) => {
				const known = records.map(({ isWide, ...cookie }) => ({
					...cookie,
					...(isWide ? { hostOnly: false as const } : {}),
				}));
				expect(parseCookiesTxt(formatCookiesTxt(known))).toEqual(
					known.map((cookie) => ({ ...cookie, hostOnly: cookie.hostOnly !== false })),
				);
				const back = parseStorageState(JSON.stringify(formatStorageState(known)));
				expect(back.map(({ name, value, path, expiresAtMs }) => [name, value, path, expiresAtMs])).toEqual(
					known.map(({ name, value, path, expiresAtMs }) => [name, value, path, expiresAtMs]),
				);
			}) as never,
		);
	});

	it('a session takes what a file holds, or refuses it by name', { timeout: limit ?? 120_000 }, () => {
		const cell = fc.oneof(
			fc.string({ maxLength: 8 }),
			fc.constantFrom('TRUE', '0', '/', 'mirror.test', '.mirror.test', '__Host-x'),
		);
		const lines = fc.array(fc.array(cell, { minLength: 7, maxLength: 7 }).map((cells) => cells.join('\t')));
		const json = fc.record({
			cookies: fc.array(
				fc.oneof(
					fc.object({ key: fc.constantFrom('name', 'value', 'domain', 'path', 'expires', 'sameSite', 'secure') }),
					fc.jsonValue(),
				),
			),
		});
		const session = createSession();
		const take = (cookies: () => Parameters<typeof session.setCookies>[0]) => {
			try {
				session.setCookies(cookies());
			} catch (error) {
				expect(isWiretwinError(error) && error.code, String((error as Error).stack)).toMatch(/^ERR_/);
			}
		};
		holds(
			fc.property(lines, json, (text, state) => {
				take(() => parseCookiesTxt(text.join('\n')));
				take(() => parseStorageState(state as never));
				take(() => parseStorageState(JSON.stringify(state)));
				for (const cookie of session.getAllCookies()) expect(typeof cookie.name).toBe('string');
				session.clearCookies();
			}) as never,
			200,
		);
	});
});
