/** Profiles that say only what is different, and the JSON Schema by which editors help to write them. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
	defineProfile,
	engineProfileJson,
	getProfile,
	getProfiles,
	layoutHeaders,
	type ProfileError,
} from '../src/index.ts';
import { documentSchema } from '../src/validate/document.ts';
import { accepts } from './support/json-schema.ts';

const code = (run: () => unknown) => {
	try {
		run();
	} catch (error) {
		return [(error as ProfileError).code, (error as ProfileError).message] as const;
	}
	throw new Error('did not fail');
};

describe('extends', () => {
	test('is the base with what is different: objects are merged, lists replace', () => {
		const base = getProfile('chrome_156');
		const settings = [
			[1, 65_536],
			[4, 1_048_576],
		];
		const profile = defineProfile({
			extends: 'chrome156',
			name: 'mine',
			http2: { settings },
			headers: { accept: { document: 'text/html' } },
		});
		expect(profile).toMatchObject({ name: 'mine', browser: 'chrome', os: 'windows', verified: 'derived' });
		const { http2, tls, headers } = profile.document;
		expect(http2).toEqual({ ...base.document.http2, settings });
		expect(tls).toEqual(base.document.tls);
		expect(headers.accept).toEqual({ ...base.document.headers.accept, document: 'text/html' });
		expect(profile.provenance[0]).toEqual({
			facts: 'name, http2, headers',
			source: 'defineProfile, extends chrome_156',
		});
		expect(engineProfileJson(profile)).not.toBe(engineProfileJson(base));
		// The base is as it was.
		expect(getProfile('chrome_156').document.http2.settings).not.toEqual(settings);
	});

	test('takes a text, names itself, and knows the variants of the base', () => {
		const profile = defineProfile('{"extends":"firefox_153"}', { os: 'macos' });
		expect(profile).toMatchObject({ name: 'firefox_153_custom', os: 'macos', verified: 'derived' });
		expect(defineProfile({ extends: 'firefox_153' }, { os: 'linux' }).verified).toBe('derived');
		expect(layoutHeaders(profile, { kind: 'navigate' })).toEqual(
			layoutHeaders(getProfile('firefox_153', { os: 'macos' }), { kind: 'navigate' }),
		);
		expect(defineProfile({ extends: 'chromium_142' }).document.headers.clientHints?.brand).toBe('chromium');
	});

	test.each([
		[{ extends: 'chrome_9' }, 'ERR_PROFILE_UNKNOWN', /did you mean/],
		[{ extends: '../../package' }, 'ERR_PROFILE_UNKNOWN', /Unknown/],
		[{ extends: 7 }, 'ERR_PROFILE_INVALID', /^extends: /],
		[{ extends: 'chrome', tls: { cyphers: [] } }, 'ERR_PROFILE_INVALID', /^tls\.cyphers: unknown key/],
		[{ extends: 'chrome', tls: null }, 'ERR_PROFILE_INVALID', /^tls: /],
		[{ extends: 'chrome', headers: { kinds: { navigate: { template: 'none' } } } }, 'ERR_PROFILE_INVALID', /refers to/],
		[{ extends: 'chrome', http2: { settings: [[1, -1]] } }, 'ERR_PROFILE_INVALID', /^http2\.settings\[0\]\[1\]/],
	])('%j is refused', (value, expected, message) => {
		const [failure, text] = code(() => defineProfile(value));
		expect(failure).toBe(expected);
		expect(text).toMatch(message);
	});

	test('a key __proto__ is an unknown one and reaches no prototype', () => {
		const text = '{"extends":"chrome","tls":{"__proto__":{"polluted":true}},"__proto__":{"polluted":true}}';
		expect(code(() => defineProfile(text))[1]).toContain('__proto__: unknown key');
		expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
	});
});

describe('the JSON Schema', () => {
	const schema = documentSchema();
	const document = () => JSON.parse(JSON.stringify(getProfile('chrome_156').document));

	test('is the file that the package exports', () => {
		const file = new URL('../generated/profile.schema.json', import.meta.url);
		expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(JSON.stringify(schema)));
	});

	test('accepts every profile, and one that extends another', () => {
		const names = getProfiles().map(({ name }) => name);
		expect(names.filter((name) => !accepts(schema, JSON.parse(JSON.stringify(getProfile(name).document))))).toEqual([]);
		expect(accepts(schema, { $schema: 'x', extends: 'chrome_156', http2: { flowControl: { readSize: 4096 } } })).toBe(
			true,
		);
	});

	test.each<[string, (value: ReturnType<typeof document>) => unknown]>([
		['an unknown key', (value) => Object.assign(value.tls, { cyphers: [] })],
		['a missing key', (value) => delete value.http2.settings],
		['a number out of range', (value) => Object.assign(value.http2, { firstStreamId: 0 })],
		['a word that is none', (value) => Object.assign(value.http2, { settingsAck: 'never' })],
		['a shape of another mode', (value) => Object.assign(value.tls, { extensionOrder: { mode: 'fixed' } })],
		['a line break in a value', (value) => Object.assign(value.headers.accept, { document: 'a\nb' })],
	])('refuses %s, as defineProfile does', (_, spoil) => {
		const value = document();
		spoil(value);
		expect(accepts(schema, value)).toBe(false);
		expect(code(() => defineProfile(value))[0]).toBe('ERR_PROFILE_INVALID');
	});

	test('a change of nothing is no profile', () => {
		expect(accepts(schema, { name: 'mine' })).toBe(false);
		expect(accepts(schema, { extends: 'chrome_156', tls: { cyphers: [] } })).toBe(false);
	});
});
