// Fetch standard: Headers with the guard "request-no-cors".
import { describe, expect, it } from 'vitest';
import type { FetchInit } from '../src/index.ts';
import { api, field, startSite } from './support/site.ts';

const kept: ReadonlyArray<readonly [name: string, value: string]> = [
	['Accept', 'text/x-own'],
	['Accept-Language', 'de-CH, de;q=0.5'],
	['content-language', 'de-CH'],
	['Content-Type', 'text/plain;charset=UTF-8'],
	['Content-Type', 'Application/X-WWW-Form-Urlencoded'],
	['accept', 'x'.repeat(128)],
];
const lost: ReadonlyArray<readonly [name: string, value: string]> = [
	['X-Own', '1'],
	['Authorization', 'Bearer x'],
	['Range', 'bytes=0-1'],
	['DPR', '2'],
	['Accept', 'a"b'],
	['Accept', 'x'.repeat(129)],
	['Accept-Language', 'de_CH'],
	['Content-Type', 'application/json'],
	['Content-Type', 'text/plain;a={}'],
];

describe("mode: 'no-cors'", () => {
	it.each(kept)('%s: %s is sent', async (name, value) => {
		await using site = await startSite();
		const init: FetchInit = { mode: 'no-cors', method: 'POST', body: Buffer.from('x'), headers: { [name]: value } };
		await (await site.session().fetch(site.at('/echo', api), init)).text();
		expect(field(site.mirror.requests.at(-1), name.toLowerCase())).toBe(value);
	});

	it.each(lost)('%s: %s is left out', async (name, value) => {
		await using site = await startSite();
		const post = { method: 'POST', body: Buffer.from('x'), headers: { [name]: value } } as const;
		const sent: unknown[] = [];
		for (const mode of ['no-cors', 'cors'] as const) {
			await (await site.session().fetch(site.at('/echo', api), { ...post, mode })).text();
			sent.push(field(site.mirror.requests.at(-1), name.toLowerCase()));
		}
		expect(sent[0]).not.toBe(value);
		expect(sent[1]).toBe(value);
	});

	it('values of one name count together, and the type of a body counts as a field', async () => {
		await using site = await startSite();
		const session = site.session();
		const headers: Array<[string, string]> = [
			['accept-language', 'a'.repeat(100)],
			['accept-language', 'b'.repeat(100)],
		];
		await (await session.fetch(site.at('/echo', api), { mode: 'no-cors', headers })).text();
		expect(field(site.mirror.requests.at(-1), 'accept-language')).toBe('a'.repeat(100));
		const body = new Blob(['{}'], { type: 'application/json' });
		await (await session.fetch(site.at('/echo', api), { mode: 'no-cors', method: 'POST', body })).text();
		expect(field(site.mirror.requests.at(-1), 'content-type')).toBeUndefined();
		const form = new URLSearchParams({ a: '1' });
		await (await session.fetch(site.at('/echo', api), { mode: 'no-cors', method: 'POST', body: form })).text();
		expect(field(site.mirror.requests.at(-1), 'content-type')).toMatch(/^application\/x-www-form-urlencoded/);
	});

	it("what is sent exactly, and the session's own fields, stay", async () => {
		await using site = await startSite();
		const session = site.session({ defaultHeaders: { 'x-session': '1' } });
		const init: FetchInit = { mode: 'no-cors', exactHeaders: [['X-Exact', '1']] };
		await (await session.fetch(site.at('/echo', api), init)).text();
		const request = site.mirror.requests.at(-1);
		expect([field(request, 'x-exact'), field(request, 'x-session')]).toEqual(['1', '1']);
	});
});
