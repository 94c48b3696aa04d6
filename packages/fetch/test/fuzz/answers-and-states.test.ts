/** Location, archives, states and profiles, whatever stands in them. */
import { getProfile } from '@wiretwin/profiles';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HarRecorder } from '../../src/har/har-recorder.ts';
import {
	createSession,
	defineProfile,
	isWiretwinError,
	type RequestEvent,
	type SessionState,
} from '../../src/index.ts';
import { redirectTarget } from '../../src/redirect/redirect-target.ts';
import { harFlaws } from '../support/har-check.ts';
import { holds, holdsLater, latin1, limit } from './holds.ts';

const summary = { method: 'GET', url: 'https://www.mirror.test/' } as const;

async function refusedByCode(run: () => unknown): Promise<void> {
	try {
		await run();
	} catch (error) {
		if (!isWiretwinError(error) || !error.code.startsWith('ERR_')) throw error;
	}
}

describe('Location', () => {
	it('leads to http or https without a user, or is refused by code', { timeout: limit ?? 120_000 }, () => {
		const part = fc.constantFrom(
			'//',
			'/',
			'\\',
			'\\\\',
			'http:',
			'https:',
			'HTTPS://',
			'javascript:',
			'data:',
			'file:',
			'user:pass@',
			'@',
			'#f',
			'?q',
			'..',
			'%00',
			'%',
			'[::1]',
			':0',
			':25',
			':99999',
			' ',
			'\t',
			'xn--',
			'\u00e4',
			'mirror.test',
			'127.1',
			'0x7f.1',
		);
		const location = fc.oneof(
			fc.array(part, { maxLength: 7 }).map((parts) => parts.join('')),
			latin1(60),
			fc.webUrl({ withQueryParameters: true, withFragments: true }),
		);
		const current = fc
			.constantFrom('https://www.mirror.test/a/b?c#d', 'http://user@127.0.0.1:8080/')
			.map((text) => new URL(text));
		holds(
			fc.property(
				fc.array(location, { maxLength: 2 }),
				current,
				fc.constantFrom(301, 302, 303, 307, 308, 300, 304, 200),
				fc.record({ escapesPipe: fc.boolean(), escapesControlsOfLocation: fc.boolean() }),
				(values, url, status, rules) => {
					const headers = values.flatMap((value) => ['Location', value]);
					try {
						const target = redirectTarget(status, headers, url, summary, rules);
						if (target === undefined)
							return void expect(values.length === 0 || [300, 304, 200].includes(status)).toBe(true);
						expect(['http:', 'https:']).toContain(target.protocol);
						expect([target.username, target.password, target.hostname === '']).toEqual(['', '', false]);
						expect(target.port).not.toBe('25');
						expect(new URL(target.href).href).toBe(target.href);
					} catch (error) {
						if (!isWiretwinError(error)) throw error;
						expect(error.code).toMatch(/^ERR_REDIRECT_/);
					}
				},
			) as never,
			2_000,
		);
	});
});

describe('HAR', () => {
	it('is valid, whatever the events say', { timeout: limit ?? 120_000 }, () => {
		// Moments since the beginning, one behind the other; an open connection has fewer.
		const moments = fc.constantFrom(
			['queue', 'resolve', 'connect', 'proxy', 'tls', 'send', 'head', 'total'],
			['queue', 'resolve', 'connect', 'send', 'head'],
			['queue', 'send', 'head', 'total'],
			[],
		);
		const timings = fc.tuple(moments, fc.array(fc.nat(5_000), { minLength: 8, maxLength: 8 })).map(([names, spans]) => {
			let now = 0;
			return Object.fromEntries(
				names.map((name, index) => {
					now += (spans[index] ?? 0) / 7;
					return [name, now];
				}),
			);
		});
		const header = fc.tuple(
			fc.oneof(
				fc.constantFrom('set-cookie', 'Content-Type', 'content-length', 'location', 'cookie', '__proto__'),
				latin1(10),
			),
			latin1(30),
		);
		const headers = fc.array(header, { maxLength: 6 }).map((fields) => fields.flat());
		const event = fc.oneof(
			fc.record({ type: fc.constant('start'), headers }),
			fc.record({
				type: fc.constant('head'),
				status: fc.integer({ min: 0, max: 9_999 }),
				statusText: latin1(10),
				headers,
				timings,
				connection: fc.constant({ httpVersion: '2', remoteAddress: '::1', localPort: 5 }),
			}),
			fc.record({ type: fc.constant('progress'), bytes: fc.nat() }),
			fc.record({ type: fc.constant('done'), bytes: fc.nat(), timings, waitedMs: fc.nat() }),
			fc.record({ type: fc.constant('error'), error: fc.constant(new Error('x')), timings, waitedMs: fc.nat() }),
		);
		const place = fc.record({
			id: fc.nat(3),
			hop: fc.nat(1),
			request: fc.webUrl({ withQueryParameters: true }).map((url) => ({ method: 'GET', url })),
		});
		holds(
			fc.property(fc.array(fc.tuple(place, event), { maxLength: 20 }), (events) => {
				const recorder = new HarRecorder();
				for (const [where, what] of events) recorder.record({ ...where, ...what } as unknown as RequestEvent);
				const archive = recorder.archive('1');
				expect(harFlaws(JSON.parse(JSON.stringify(archive)))).toEqual([]);
			}) as never,
			200,
		);
	});
});

/** Some values of a document replaced by others, of the same type mostly. */
function edited(document: unknown, edits: ReadonlyArray<readonly [at: number, value: unknown]>): unknown {
	const copy = structuredClone(document);
	for (const [at, value] of edits) {
		const places: Array<[object, string]> = [];
		const walk = (node: unknown): void => {
			if (typeof node !== 'object' || node === null) return;
			for (const key of Object.keys(node)) {
				places.push([node, key]);
				walk((node as Record<string, unknown>)[key]);
			}
		};
		walk(copy);
		const place = places[at % Math.max(places.length, 1)];
		if (place) (place[0] as Record<string, unknown>)[place[1]] = value;
	}
	return copy;
}

const value = fc.oneof(
	fc.jsonValue(),
	latin1(),
	fc.integer(),
	fc.constantFrom('', '__proto__', 'a\r\nb', '\0', 'x'.repeat(5_000), [], {}, null, true),
);
const edits = fc.array(fc.tuple(fc.nat(100_000), value), { minLength: 1, maxLength: 5 });

describe('documents', () => {
	it('a state is refused by code, or everything goes on', { timeout: limit ?? 120_000 }, async () => {
		const stateKey = 'k'.repeat(32);
		const own = createSession({ stateKey });
		own.setCookies([
			{ name: 'a', value: '1', domain: 'mirror.test', hostOnly: false, path: '/', expiresAtMs: Date.now() + 5_000_000 },
			{ name: '__Host-b', value: '2', domain: 'www.mirror.test', path: '/', secure: true, sameSite: 'None' },
		]);
		const state = JSON.parse(JSON.stringify(await own.export())) as SessionState;
		await own.close();
		await holdsLater(
			fc.asyncProperty(edits, fc.option(value, { freq: 20, nil: undefined }), async (changes, other) => {
				await refusedByCode(async () => {
					const session = createSession({ state: (other ?? edited(state, changes)) as never, stateKey });
					session.getAllCookies();
					await session.cookieHeader('https://www.mirror.test/');
					const again = await session.export();
					await createSession({ state: again, stateKey }).close();
					await session.close();
				});
			}) as never,
			400,
		);
		expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
	});

	it('a profile, as a capture writes it, is refused by key, or a session is made with it', {
		timeout: limit ?? 120_000,
	}, async () => {
		const documents = ['chrome', 'firefox'].map((name) => getProfile(name).document);
		await holdsLater(
			fc.asyncProperty(fc.constantFrom(...documents), edits, async (document, changes) => {
				await refusedByCode(async () => {
					const session = createSession({ browser: defineProfile(edited(document, changes) as never) });
					session.getAllCookies();
					await session.close();
				});
			}) as never,
			150,
		);
	});
});
