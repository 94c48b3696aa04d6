import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import type { ConformanceCase } from '../case.ts';
import { bytesOf, textOf } from '../driver.ts';
import { startSite } from '../site.ts';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
/** Bytes without a pattern that a wrong offset would hide in. */
const noise = (length: number) =>
	Buffer.from(Uint8Array.from({ length }, (_, index) => (index * 7919 + (index >> 8)) & 0xff));

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
	for (let offset = 0; offset < bytes.length; offset += size) yield bytes.subarray(offset, offset + size);
}

const up: readonly ConformanceCase[] = [
	...([0, 1, 1000, 70_000, 3_000_000].map((length) => ({
		name: `bytes as a body, ${length} long, arrive whole with a length`,
		run: async (driver) => {
			await using site = await startSite(driver, { mirror: { protocols: ['http/1.1'] } });
			const body = noise(length);
			const response = await site.client.request({ url: site.at('/upload'), method: 'POST', body });
			expect(JSON.parse(await textOf(response))).toEqual({ bytes: length, sha256: sha256(body) });
			const seen = await site.mirror.waitForRequest();
			expect(seen.headers.filter(([name]) => /^(content-length|transfer-encoding)$/i.test(name))).toEqual([
				['Content-Length', String(length)],
			]);
		},
	})) satisfies ConformanceCase[]),
	{
		name: 'text beyond ASCII arrives as UTF-8',
		run: async (driver) => {
			await using site = await startSite(driver);
			const body = 'na\u00efve \u{1f600} \u4e2d';
			const response = await site.client.request({ url: site.at('/echo'), method: 'POST', body });
			expect(JSON.parse(await textOf(response))).toMatchObject({ body, bodyLength: Buffer.byteLength(body) });
		},
	},
	{
		name: 'a content type of the caller arrives, once',
		run: async (driver) => {
			await using site = await startSite(driver);
			const headers = { 'content-type': 'application/vnd.test+json' };
			const request = { url: site.at('/echo'), method: 'POST', headers, body: '{"a":1}' };
			const seen = JSON.parse(await textOf(await site.client.request(request)));
			const fields = seen.headers.filter(([name]: [string]) => name === 'content-type');
			expect(fields).toEqual([['content-type', 'application/vnd.test+json']]);
		},
	},
	...((['h2', 'http/1.1'] as const).map((protocol) => ({
		name: `a stream of unknown length arrives whole over ${protocol}`,
		needs: ['upload-stream'] as const,
		run: async (driver) => {
			await using site = await startSite(driver, { mirror: { protocols: [protocol] } });
			const body = noise(400_000);
			const request = { url: site.at('/upload'), method: 'POST', body: pieces(body, 30_001) };
			const response = await site.client.request(request);
			expect(JSON.parse(await textOf(response))).toEqual({ bytes: body.length, sha256: sha256(body) });
		},
	})) satisfies ConformanceCase[]),
];

const down: readonly ConformanceCase[] = [
	...([0, 1, 65_536, 5_000_000].map((length) => ({
		name: `a response of ${length} bytes arrives whole, with and without a length`,
		run: async (driver) => {
			await using site = await startSite(driver);
			for (const path of [`/bytes/${length}`, `/stream/${length}`]) {
				const bytes = await bytesOf(await site.client.request({ url: site.at(path) }));
				expect(bytes.length).toBe(length);
				expect(bytes.every((byte, index) => byte === (index & 0xff))).toBe(true);
			}
		},
	})) satisfies ConformanceCase[]),
	...((['gzip', 'br', 'zstd', 'deflate'] as const).map((coding) => ({
		name: `a ${coding} body reaches the user decoded, with the browser's own accept-encoding sent`,
		needs: ['decoding'] as const,
		run: async (driver) => {
			await using site = await startSite(driver);
			const body = JSON.parse(await textOf(await site.client.request({ url: site.at(`/${coding}`) })));
			expect(body).toMatchObject({ coding, text: 'hello '.repeat(200) });
			expect(body.acceptEncoding).toBe('gzip, deflate, br, zstd');
		},
	})) satisfies ConformanceCase[]),
];

export const bodyCases: readonly ConformanceCase[] = [...up, ...down];
