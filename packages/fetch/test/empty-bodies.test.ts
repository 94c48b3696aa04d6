/** How a request without a byte in its body ends over HTTP/2: as both browsers (truth: bodies without a byte). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Site, startSite } from './support/site.ts';

let site: Site;
beforeAll(async () => {
	site = await startSite();
});
afterAll(() => site[Symbol.asyncDispose]());

type Init = { method: string; body?: string | Blob | URLSearchParams };
const cases: ReadonlyArray<readonly [name: string, init: Init, isPlain: boolean]> = [
	['POST, no body', { method: 'POST' }, false],
	['PUT, no body', { method: 'PUT' }, false],
	['POST, empty text', { method: 'POST', body: '' }, false],
	['POST, empty Blob', { method: 'POST', body: new Blob([]) }, false],
	['POST, empty form', { method: 'POST', body: new URLSearchParams() }, false],
	['PATCH, empty text', { method: 'PATCH', body: '' }, true],
	['DELETE', { method: 'DELETE' }, true],
	['GET', { method: 'GET' }, true],
];

describe.each([
	['chromium', true],
	['firefox', false],
] as const)('%s', (browser, endsWithHead) => {
	it.each(cases)('%s', async (_, init, isPlain) => {
		await using session = site.session({ browser });
		const response = await session.fetch(site.at('/echo'), { kind: 'fetch', ...init });
		expect(((await response.json()) as { body: string }).body).toBe('');
		const request = site.mirror.requests.at(-1);
		const frames = site.mirror.connections.find(({ id }) => id === request?.connectionId)?.frames ?? [];
		const data = frames.filter(({ type, stream }) => type === 'DATA' && stream === request?.streamId);
		const ends = endsWithHead || isPlain;
		expect(request?.endStream).toBe(ends);
		expect(data.map(({ flags, length }) => [flags, length])).toEqual(ends ? [] : [[1, 0]]);
	});
});
