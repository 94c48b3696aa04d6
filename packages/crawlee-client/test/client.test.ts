import type { BaseHttpClient } from '@crawlee/cheerio';
import { noReply } from '@wiretwin/mirror';
import type { BaseHttpClient as LowestHttpClient } from 'crawlee-cheerio-lowest';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { createSession } from 'wiretwin';
import { WiretwinHttpClient } from '../src/index.ts';
import { field, last, start } from './support/site.ts';

it('is what Crawlee calls an HTTP client', () => {
	const client: BaseHttpClient = {} as WiretwinHttpClient;
	const lowest: LowestHttpClient = {} as WiretwinHttpClient;
	expectTypeOf(client).toEqualTypeOf<BaseHttpClient>();
	expectTypeOf(lowest).toEqualTypeOf<LowestHttpClient>();
});

it.each([null, 'chrome', { browzer: 'chrome' }, { browser: 'brave' }, { isolateSessions: 'no' }, { maxTransports: 0 }])(
	'%j is refused by the constructor',
	(options) => {
		const code = expect.stringMatching(/^ERR_(INVALID_OPTION|PROFILE_UNKNOWN)$/);
		expect(() => new WiretwinHttpClient(options as never)).toThrow(expect.objectContaining({ code }));
	},
);

describe('alone', () => {
	it('a stream has head, progress, trailers and the end', async () => {
		await using site = await start();
		const response = await site.client.stream({ url: site.at('/bytes/200000') });
		expect([response.statusCode, response.complete, response.headers['content-length']]).toEqual([
			200,
			false,
			'200000',
		]);
		let size = 0;
		for await (const chunk of response.stream) size += (chunk as Buffer).length;
		expect([size, response.complete, response.downloadProgress]).toEqual([
			200_000,
			true,
			{ percent: 1, transferred: 200_000, total: 200_000 },
		]);
		const trailers = await site.client.stream({ url: site.at('/trailers') });
		trailers.stream.resume();
		await new Promise((resolve) => trailers.stream.on('end', resolve));
		expect(trailers.trailers).toEqual({ 'x-checksum': 'abc123', 'server-timing': 'total;dur=1' });
	});

	it('sendRequest uses a jar at every hop', async () => {
		await using site = await start(({ url }) =>
			url.pathname === '/start'
				? {
						status: 302,
						headers: [
							['location', '/end'],
							['set-cookie', 'a=1; Path=/'],
						],
					}
				: { body: 'end' },
		);
		await using session = createSession(site.trust);
		const response = await site.client.sendRequest({ url: site.at('/start'), cookieJar: session.cookieJar });
		expect([response.body, response.redirectUrls.map(String)]).toEqual(['end', [site.at('/end')]]);
		expect(field(last(site.mirror, '/end'), 'cookie')).toBe('a=1');
	});

	it('a jar of tough-cookie keeps what a browser keeps: by the clock of the server, until Clear-Site-Data', async () => {
		const dayOff = new Date(Date.now() - 86_400_000);
		await using site = await start(({ url }) => ({
			body: 'here',
			headers:
				url.pathname === '/clear'
					? [['clear-site-data', '"cookies"']]
					: [
							['date', dayOff.toUTCString()],
							['set-cookie', `late=1; Path=/; Expires=${new Date(dayOff.getTime() + 3_600_000).toUTCString()}`],
							['set-cookie', '__Host-bad=1; Path=/'],
						],
		}));
		await using session = createSession(site.trust);
		const { cookieJar } = session;
		await site.client.sendRequest({ url: site.at('/late'), cookieJar });
		expect(session.getCookies(site.at('/'))).toEqual({ late: '1' });
		await site.client.sendRequest({ url: site.at('/echo'), cookieJar });
		expect(field(last(site.mirror, '/echo'), 'cookie')).toBe('late=1');
		await site.client.sendRequest({ url: site.at('/clear'), cookieJar });
		expect(session.getCookies(site.at('/'))).toEqual({});
	});

	it('any other jar gets the lines, and one that refuses costs no page', async () => {
		await using site = await start(() => ({ headers: [['set-cookie', 'a=1; Path=/']], body: 'here' }));
		const lines: unknown[] = [];
		const cookieJar = {
			getCookieString: () => 'own=1',
			setCookie: (...given: unknown[]) => {
				lines.push(given);
				throw new Error('no');
			},
		};
		const { body } = await site.client.sendRequest({ url: site.at('/a'), cookieJar });
		expect([body, lines, field(last(site.mirror, '/a'), 'cookie')]).toEqual([
			'here',
			[['a=1; Path=/', site.at('/a')]],
			'own=1',
		]);
	});

	it("got's limit of silence holds for the head, too", async () => {
		await using site = await start(() => noReply);
		const request = { url: site.at('/silent'), timeout: { socket: 30 } };
		await expect(site.client.sendRequest(request)).rejects.toMatchObject({ code: 'ERR_TIMEOUT_HEAD' });
	});

	it('forgets credentials on the way to another origin', async () => {
		await using site = await start(({ url }) =>
			url.pathname === '/start' ? { status: 302, headers: [['location', '/end']] } : undefined,
		);
		await using other = await start(() => ({ body: 'other' }));
		await using away = await start(() => ({ status: 307, headers: [['location', other.at('/end')]] }));
		const headers = { authorization: 'Bearer x', Cookie: 'a=1', 'x-kept': '1' };
		await site.client.sendRequest({ url: site.at('/start'), headers }).catch(() => undefined);
		expect(field(last(site.mirror, '/end'), 'authorization')).toBe('Bearer x');
		await away.client.sendRequest({ url: away.at('/start'), headers });
		const end = last(other.mirror, '/end');
		expect([field(end, 'authorization'), field(end, 'cookie'), field(end, 'x-kept')]).toEqual([
			undefined,
			undefined,
			'1',
		]);
	});

	it('visitors share no connection; the same visitor does', async () => {
		await using site = await start();
		const [first, second] = [{}, {}];
		for (const sessionToken of [first, first, second]) {
			await site.client.sendRequest({ url: site.at('/echo'), sessionToken });
		}
		expect(site.mirror.connections).toHaveLength(2);
		await using shared = await start(undefined, { isolateSessions: false });
		for (const sessionToken of [first, second])
			await shared.client.sendRequest({ url: shared.at('/echo'), sessionToken });
		expect(shared.mirror.connections).toHaveLength(1);
	});

	it('client hints that a page asked for are remembered by that visitor alone', async () => {
		await using site = await start(() => ({ headers: [['accept-ch', 'Sec-CH-UA-Arch']] }));
		const [first, second] = [{}, {}];
		for (const sessionToken of [first, first, second]) {
			await site.client.sendRequest({ url: site.at('/'), sessionToken });
		}
		const sent = site.mirror.requests.map((request) => field(request, 'sec-ch-ua-arch') !== undefined);
		expect(sent).toEqual([false, true, false]);
	});

	it('a page named by Referer on a sibling host is the same site; a redirect keeps the page', async () => {
		await using site = await start(({ url }) =>
			url.pathname === '/start'
				? { status: 302, headers: [['location', site.at('/end', 'other.example')]] }
				: undefined,
		);
		const headers = { referer: site.at('/page', 'mirror.test') };
		await site.client.sendRequest({ url: site.at('/echo'), headers });
		expect(field(last(site.mirror, '/echo'), 'sec-fetch-site')).toBe('same-site');
		await site.client.sendRequest({ url: site.at('/start'), headers: { accept: 'application/json' } });
		const end = last(site.mirror, '/end');
		expect([field(end, 'sec-fetch-site'), field(end, 'referer')]).toEqual(['cross-site', site.at('/')]);
	});

	it('a redirect keeps the fields where they were: the type of a body that is gone has had its say', async () => {
		await using site = await start(({ url }) =>
			url.pathname === '/start' ? { status: 303, headers: [['location', '/end']] } : undefined,
		);
		const more = { 'content-type': 'application/json', 'x-one': '1', 'x-csrf-token': '1' };
		const call = { method: 'POST', body: 'x', headers: { accept: 'application/json', ...more } } as const;
		await site.client.sendRequest({ url: site.at('/start'), ...call });
		const byCrawlee = last(site.mirror, '/end')?.headers;
		await using session = createSession({ browser: 'chrome', ...site.trust });
		await (await session.fetch(site.at('/start'), call)).text();
		expect(byCrawlee?.map(([name]) => name)).toEqual(last(site.mirror, '/end')?.headers.map(([name]) => name));
	});

	it('closes the longest unused connections beyond the limit', async () => {
		await using site = await start(undefined, { maxTransports: 2 });
		const visitors = Array.from({ length: 5 }, () => ({}));
		for (const sessionToken of visitors) await site.client.sendRequest({ url: site.at('/echo'), sessionToken });
		expect(site.mirror.connections).toHaveLength(5);
		await expect.poll(() => site.mirror.connections.filter(({ closed }) => closed === null).length).toBe(2);
	});

	it('stops at the limit of redirects, at a timeout and at an abort', async () => {
		await using site = await start(({ url }) =>
			url.pathname === '/loop' ? { status: 302, headers: [['location', '/loop']] } : undefined,
		);
		await expect(site.client.sendRequest({ url: site.at('/loop'), maxRedirects: 3 })).rejects.toThrow(/more than 3/);
		await using silent = await start(() => noReply);
		await expect(silent.client.sendRequest({ url: silent.at('/'), timeout: { request: 50 } })).rejects.toMatchObject({
			code: 'ERR_TIMEOUT_TOTAL',
		});
		await expect(silent.client.stream({ url: silent.at('/'), signal: AbortSignal.timeout(50) })).rejects.toMatchObject({
			name: 'TimeoutError',
		});
	});

	it('a proxy that cannot be reached makes Crawlee change it', async () => {
		await using site = await start();
		const error = await site.client.sendRequest({ url: site.at('/'), proxyUrl: 'http://127.0.0.1:1' }).catch((e) => e);
		expect(error.message).toMatch(/^ERR_PROXY_CONNECTION_FAILED/);
	});
});
