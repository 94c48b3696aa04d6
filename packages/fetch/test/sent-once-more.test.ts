/** What browsers send once more, or over HTTP/1.1 as well, which they do not otherwise (live: truth/src/scenarios/found-elsewhere.ts). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BodyInput } from '../src/index.ts';
import { type Site, startSite } from './support/site.ts';

let site: Site;
/** Bodies of all requests. */
const taken: string[] = [];
beforeAll(async () => {
	const met = new Set<string>();
	site = await startSite(async ({ url, readBody }) => {
		if (!url.pathname.startsWith('/421')) return undefined;
		taken.push((await readBody()).toString('latin1'));
		const isFirst = !met.has(url.href);
		met.add(url.href);
		return isFirst ? { status: 421 } : { body: 'taken' };
	});
});
afterAll(() => site[Symbol.asyncDispose]());

const text = 'x'.repeat(70_000);
const form = () => {
	const data = new FormData();
	data.set('file', new File([text], 'a.txt'));
	return data;
};

describe.each(['chromium', 'firefox'])('%s, after a 421', (browser) => {
	it.each<[string, number, number, () => BodyInput]>([
		['a Blob', 200, 2, () => new Blob([text])],
		['a File', 200, 2, () => new File([text], 'a.txt')],
		['a form with a file', 200, 2, form],
		['more than is kept', 421, 1, () => new Blob([text.repeat(16)])],
		['a stream, which is read once', 421, 1, () => new Blob([text]).stream()],
	])('%s: %i', async (name, status, count, body) => {
		await using session = site.session({ browser });
		const path = `/421/${browser}/${encodeURIComponent(name)}`;
		taken.length = 0;
		const init = { method: 'POST', kind: 'fetch', referrer: site.at('/page'), duplex: 'half' } as const;
		const response = await session.fetch(site.at(path), { ...init, body: body() });
		await response.text();
		expect(response.status).toBe(status);
		expect(taken).toHaveLength(count);
		expect(new Set(taken).size).toBe(1);
		expect(taken[0]).toContain(text);
	});
});

it.each([
	['the browser itself', {}, undefined],
	['the caller', { Priority: 'u=5' }, 'u=5'],
])('over HTTP/1.1 the priority of %s', async (_name, headers, expected) => {
	await using old = await startSite(undefined, { protocols: ['http/1.1'] });
	await using session = old.session({ browser: 'chromium' });
	for (let turn = 0; turn < 2; turn++) {
		await (await session.fetch(old.at('/echo'), { kind: 'fetch', headers, referrer: old.at('/page') })).text();
		const sent = old.mirror.requests.at(-1)?.headers ?? [];
		expect(sent.find(([name]) => name.toLowerCase() === 'priority')).toEqual(expected && ['Priority', expected]);
	}
});
