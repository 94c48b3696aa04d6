import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HarRecorder } from '../src/har/har-recorder.ts';
import type { RequestEvent } from '../src/index.ts';
import { harFlaws } from './support/har-check.ts';
import { type Site, startSite } from './support/site.ts';

let site: Site;
beforeAll(async () => {
	site = await startSite();
});
afterAll(() => site[Symbol.asyncDispose]());

describe('HAR', () => {
	it('records each hop with headers, cookies, times and sizes', async () => {
		const session = site.session({ har: true });
		session.setCookie('mine', '1', site.at('/'));
		await (await session.fetch(site.at('/cookies/set?a=1&to=/echo%3Fq=2'))).text();
		const { log } = session.har();
		expect(log).toMatchObject({ version: '1.2', creator: { name: 'wiretwin' } });
		expect(log.entries).toHaveLength(2);
		expect(log.entries[0]).toMatchObject({
			request: { method: 'GET', httpVersion: 'HTTP/2', cookies: [{ name: 'mine', value: '1' }] },
			response: { status: 302, redirectURL: '/echo?q=2', cookies: [{ name: 'a', value: '1' }] },
			serverIPAddress: '127.0.0.1',
		});
		expect(log.entries[1]?.request.queryString).toEqual([{ name: 'q', value: '2' }]);
		expect(log.entries[1]?.response.content.size).toBeGreaterThan(10);
		expect(log.entries[0]?.timings.ssl).toBeGreaterThan(0);
		expect(log.entries[1]?.timings.ssl).toBe(-1);
		expect(() => site.session().har()).toThrow(expect.objectContaining({ code: 'ERR_INVALID_OPTION' }));
	});
});

describe.each(['h2', 'http/1.1'] as const)('N13 an archive is valid HAR 1.2, over %s', (protocol) => {
	it('with redirects, forms, compressed and unread bodies, failures before and after the head', async () => {
		await using own = await startSite(undefined, { protocols: [protocol] });
		const session = own.session({ har: true });
		await (await session.fetch(own.at('/cookies/set?a=1&to=/echo%3Fq=2'))).text();
		await (await session.fetch(own.at('/login'), { method: 'POST', body: new URLSearchParams({ user: 'x' }) })).text();
		const unread = await session.fetch(own.at('/bytes/100000'));
		await session.fetch(own.at('/hang'), { timeout: 30 }).catch(() => undefined);
		await session.fetch('http://127.0.0.1:2/').catch(() => undefined);
		await session.fetch('http://no-such-host.invalid/').catch(() => undefined);
		const har = session.har();
		expect(harFlaws(har)).toEqual([]);
		const [first] = har.log.entries;
		const [late, refused] = ['/hang', ':2/'].map((end) =>
			har.log.entries.find(({ request }) => request.url.endsWith(end)),
		);
		const version = protocol === 'h2' ? 'HTTP/2' : 'HTTP/1.1';
		expect(first?.response).toMatchObject({ statusText: protocol === 'h2' ? '' : 'Found', httpVersion: version });
		expect(late).toMatchObject({ request: { httpVersion: version }, response: { status: 0, httpVersion: version } });
		// The limit less what passed before the exchange was made.
		expect(late?.time).toBeGreaterThan(20);
		expect(refused).toMatchObject({ request: { httpVersion: 'unknown' }, comment: expect.stringContaining('REFUSED') });
		await unread.body?.cancel();
	});

	it("holds no pause of the reader's", async () => {
		await using own = await startSite(undefined, { protocols: [protocol] });
		const session = own.session({ har: true });
		const response = await session.fetch(own.at('/bytes/3000000'));
		await wait(300);
		const start = performance.now();
		await response.bytes();
		const reading = performance.now() - start;
		const [entry] = session.har().log.entries;
		expect(response.timings.total).toBeGreaterThan(300);
		// However long that took on a busy machine: the pause came before.
		expect(entry?.timings.receive).toBeLessThanOrEqual(reading);
	});
});

it('N13 an entry past the limit leaves nothing behind', () => {
	const recorder = new HarRecorder();
	const base = { hop: 0, request: { method: 'GET', url: 'https://a.test/' }, headers: [] };
	for (let id = 0; id < 10_010; id++) recorder.record({ ...base, id, type: 'start' } as unknown as RequestEvent);
	const late = { ...base, id: 3, type: 'error', error: new Error('late'), timings: {}, waitedMs: 0 };
	recorder.record(late as unknown as RequestEvent);
	const { entries } = recorder.archive('1').log;
	expect([entries.length, entries.filter(({ comment }) => comment !== undefined)]).toEqual([10_000, []]);
});
