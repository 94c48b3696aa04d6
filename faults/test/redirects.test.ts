import { type Reply, startFault, startMirror } from '@wiretwin/mirror';
import { describe, expect, test } from 'vitest';
import { canaries, secretHeaders, secretsIn } from './support/canaries.ts';
import { browsers, eventually, underInvariants, useWorld } from './support/world.ts';

useWorld();

const www = 'www.mirror.test';
const other = 'other.example';
const resolve = { [www]: '127.0.0.1', [other]: '127.0.0.1', localhost: '127.0.0.1' };

describe.each(browsers)('redirects, %s', (browser) => {
	test('R01 Authorization, Cookie and Host do not cross an origin, and do not come back', async () => {
		await using mirror = await startMirror({
			handler: ({ url }): Reply | undefined => {
				if (url.pathname === '/start')
					return { status: 302, headers: [['location', `${mirror.urlFor(other)}/middle`]] };
				if (url.pathname === '/middle') return { status: 302, headers: [['location', `${mirror.urlFor(www)}/end`]] };
				return undefined;
			},
		});
		await underInvariants({ browser, resolve }, async ({ session }) => {
			const response = await session.fetch(`${mirror.urlFor(www)}/start`, { headers: secretHeaders });
			expect(response.redirects).toHaveLength(2);
			await response.bytes();
		});
		const [first, ...later] = mirror.requests.filter((request) => request.path !== '/echo');
		expect(secretsIn(JSON.stringify(first?.headers))).toContain(canaries.authorization);
		for (const request of later) {
			const shown = secretsIn(JSON.stringify(request.headers));
			expect(shown).not.toContain(canaries.authorization);
			expect(shown).not.toContain(canaries.cookie);
		}
		expect(later.map((request) => request.path)).toEqual(['/middle', '/end']);
	});

	test.each(['h2', 'http/1.1'] as const)('R03 %s: 10,000 hops are bounded, and so is a loop', async (protocol) => {
		await using mirror = await startMirror({
			protocols: [protocol],
			handler: ({ url }) =>
				url.pathname.startsWith('/hop') ? { status: 302, headers: [['location', `/hop${Math.random()}`]] } : undefined,
		});
		await underInvariants({ browser }, async ({ session, errors }) => {
			const error = await session.fetch(`${mirror.url}/hop`).catch((reason: unknown) => reason);
			errors.push(error);
			expect(error).toMatchObject({ code: 'ERR_REDIRECT_TOO_MANY', phase: 'redirect' });
			expect(mirror.requests).toHaveLength(21);
		});
	});

	test.each(['h2', 'http/1.1'] as const)(
		'R03 %s: bodies of redirects may be huge, endless or corrupt',
		async (protocol) => {
			const endless = async function* () {
				for (;;) yield Buffer.alloc(65_536, 'e');
			};
			const body = (path: string): [Reply['body'], [string, string][]] => {
				if (path === '/endless') return [endless(), []];
				if (path === '/corrupt') return ['this is no gzip', [['content-encoding', 'gzip']]];
				if (path === '/chain') return ['x', [['content-encoding', new Array(50).fill('gzip').join(', ')]]];
				return [Buffer.alloc(1_000_000), []];
			};
			await using mirror = await startMirror({
				protocols: [protocol],
				handler: ({ url }) => {
					if (url.pathname === '/') return undefined;
					const [content, headers] = body(url.pathname);
					return { status: 302, headers: [['location', '/'], ...headers], body: content ?? '' };
				},
			});
			await underInvariants({ browser }, async ({ session }) => {
				for (const path of ['/huge', '/endless', '/corrupt', '/chain']) {
					const response = await session.fetch(mirror.url + path);
					expect([response.status, response.redirects.length]).toEqual([200, 1]);
					await response.bytes();
				}
			});
		},
	);

	test.each([
		'file:///etc/passwd',
		'javascript:alert(1)',
		'data:,x',
		'unix:/x',
		'ftp://a.test/',
		'blob:x',
		'ws://a.test/',
	])('R03 a redirect to %s is refused', async (location) => {
		await using mirror = await startMirror({
			handler: ({ url }) => (url.pathname === '/go' ? { status: 302, headers: [['location', location]] } : undefined),
		});
		await underInvariants({ browser }, async ({ session, errors }) => {
			const error = await session.fetch(`${mirror.url}/go`).catch((reason: unknown) => reason);
			errors.push(error);
			expect(error).toMatchObject({ code: 'ERR_REDIRECT_SCHEME', phase: 'redirect' });
		});
	});

	test('R01 R03 userinfo and control characters in Location reach nobody', async () => {
		await using mirror = await startMirror({
			handler: ({ url }) =>
				url.pathname === '/go'
					? { status: 307, headers: [['location', `https://user:${canaries.apiKey}@${www}:${url.port}/a%0d%0ab\tc`]] }
					: undefined,
		});
		await underInvariants({ browser, resolve }, async ({ session }) => {
			const response = await session.fetch(`${mirror.urlFor(www)}/go`);
			await response.bytes();
			// Firefox escapes the tab that Chromium leaves out (profile: headers.urls).
			const tab = browser === 'firefox_153' ? '%09' : '';
			expect(response.url).toBe(`${mirror.urlFor(www)}/a%0d%0ab${tab}c`);
			expect(secretsIn(JSON.stringify([response.redirects, mirror.requests.at(-1)?.headers]))).toEqual([]);
		});
	});

	test('R03 P01 an error on a later hop has that hop in it', async () => {
		await using fault = await startFault('F01');
		await using mirror = await startMirror({
			handler: ({ url }) =>
				url.pathname === '/go' ? { status: 302, headers: [['location', `${fault.url}/later`]] } : undefined,
		});
		await underInvariants({ browser }, async ({ session, errors }) => {
			const error = await session.fetch(`${mirror.url}/go`).catch((reason: unknown) => reason);
			errors.push(error);
			expect(error).toMatchObject({ code: 'ERR_H1_FRAMING', request: { method: 'GET', url: `${fault.url}/later` } });
		});
	});
});

describe('R05 a server cannot fill or break the jar', () => {
	const lines: [string, string][] = [
		['set-cookie', `big=${'a'.repeat(1_000_000)}`],
		['set-cookie', 'far=1; Max-Age=100000000000000000000'],
		['set-cookie', 'past=1; Max-Age=-100000000000000000000'],
		['set-cookie', 'suffix=1; Domain=test'],
		['set-cookie', 'foreign=1; Domain=other.example'],
		['set-cookie', '__Host-a=1; Path=/; Domain=www.mirror.test; Secure'],
		['set-cookie', '__Secure-a=1'],
		['set-cookie', 'lax=1; SameSite=StrictLax'],
		['set-cookie', 'escaped=%0d%0a'],
		['set-cookie', '=; ; ;'],
		['set-cookie', ''],
	];
	test('R05 bad lines are dropped or clamped, good ones kept', async () => {
		await using mirror = await startMirror({
			http2: { compressHeaders: false },
			handler: ({ url }) => {
				const line = lines[Number(url.searchParams.get('line') ?? -1)];
				return line ? { headers: [line] } : undefined;
			},
		});
		await underInvariants({ resolve }, async ({ session }) => {
			for (let line = 0; line < lines.length; line++) {
				const url = `${mirror.urlFor(www)}/?line=${line}`;
				await session.fetch(url).then(
					(response) => response.bytes(),
					(error: { code: string }) => expect(error.code).toBe('ERR_H2_PROTOCOL'),
				);
			}
			const names = Object.keys(session.getCookies(mirror.urlFor(www))).sort();
			expect(names).toEqual(['escaped', 'far', 'lax']);
		});
	});

	test('R05 10,000 cookies leave a jar and a header of bounded size', async () => {
		await using mirror = await startMirror({
			handler: ({ url }) => {
				const page = Number(url.searchParams.get('page') ?? -1);
				if (page < 0) return undefined;
				return {
					headers: Array.from({ length: 100 }, (_, index) => [
						'set-cookie',
						`c${page * 100 + index}=${'v'.repeat(100)}`,
					]),
				};
			},
		});
		await underInvariants({ resolve }, async ({ session }) => {
			for (let page = 0; page < 100; page++) await (await session.fetch(`${mirror.urlFor(www)}/?page=${page}`)).bytes();
			expect(session.getAllCookies().length).toBeLessThanOrEqual(180);
			const response = await session.fetch(`${mirror.urlFor(www)}/echo`);
			expect(response.status).toBe(200);
			await response.bytes();
			await eventually(() => expect(session.transport.stats().exchanges).toBe(0));
		});
	});
});
