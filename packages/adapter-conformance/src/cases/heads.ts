import { expect } from 'vitest';
import type { ConformanceCase } from '../case.ts';
import { bytesOf, textOf } from '../driver.ts';
import { startScript, startSite } from '../site.ts';

const safeMethods = ['GET', 'HEAD', 'OPTIONS'] as const;
const bodyMethods = ['POST', 'PUT', 'PATCH', 'DELETE'] as const;

const methods: readonly ConformanceCase[] = [
	...(safeMethods.map((method) => ({
		name: `${method} arrives as ${method}, without a body`,
		run: async (driver) => {
			await using site = await startSite(driver);
			const response = await site.client.request({ url: site.at('/echo'), method });
			await bytesOf(response);
			const seen = await site.mirror.waitForRequest();
			expect([response.status, seen.method, seen.bodyLength]).toEqual([200, method, 0]);
		},
	})) satisfies ConformanceCase[]),
	...(bodyMethods.map((method) => ({
		name: `${method} arrives as ${method}, with its body`,
		run: async (driver) => {
			await using site = await startSite(driver);
			const response = await site.client.request({ url: site.at('/echo'), method, body: 'some text' });
			expect(JSON.parse(await textOf(response))).toMatchObject({ method, body: 'some text' });
		},
	})) satisfies ConformanceCase[]),
	{
		name: 'a method of an extension arrives as it is',
		needs: ['methods'],
		run: async (driver) => {
			await using site = await startSite(driver);
			const response = await site.client.request({ url: site.at('/echo'), method: 'PROPFIND' });
			expect(JSON.parse(await textOf(response))).toMatchObject({ method: 'PROPFIND' });
		},
	},
];

const statuses: readonly ConformanceCase[] = [
	...([200, 201, 400, 404, 418, 500, 503].map((status) => ({
		name: `status ${status} with a body is a response`,
		run: async (driver) => {
			await using site = await startSite(driver);
			const response = await site.client.request({ url: site.at(`/status/${status}`) });
			expect([response.status, await textOf(response)]).toEqual([status, `status ${status}\n`]);
		},
	})) satisfies ConformanceCase[]),
	...([204, 304].map((status) => ({
		name: `status ${status} ends without a body, and the next request works`,
		run: async (driver) => {
			await using site = await startSite(driver, {
				handler: (request) => (request.url.pathname === '/empty' ? { status } : undefined),
			});
			const response = await site.client.request({ url: site.at('/empty') });
			expect([response.status, (await bytesOf(response)).length]).toEqual([status, 0]);
			const next = await site.client.request({ url: site.at('/bytes/10') });
			expect((await bytesOf(next)).length).toBe(10);
		},
	})) satisfies ConformanceCase[]),
	{
		name: 'HEAD shows the length of the body that it does not send, and the next request works',
		run: async (driver) => {
			await using site = await startSite(driver);
			const response = await site.client.request({ url: site.at('/bytes/1234'), method: 'HEAD' });
			expect(response.header('content-length')).toBe('1234');
			expect((await bytesOf(response)).length).toBe(0);
			const next = await site.client.request({ url: site.at('/bytes/10') });
			expect((await bytesOf(next)).length).toBe(10);
		},
	},
	{
		name: 'response fields arrive, repeated ones too',
		needs: ['repeated-fields'],
		run: async (driver) => {
			await using site = await startSite(driver, {
				handler: () => ({
					headers: [
						['x-first', 'one'],
						['set-cookie', 'a=1'],
						['x-latin', 'caf\u00e9'],
						['set-cookie', 'b=2; Path=/'],
					],
					body: 'x',
				}),
			});
			const response = await site.client.request({ url: site.at('/') });
			await bytesOf(response);
			expect(response.header('X-First')).toBe('one');
			expect(response.header('x-none')).toBeNull();
			expect(response.setCookies()).toEqual(['a=1', 'b=2; Path=/']);
		},
	},
	{
		name: 'F09 interim answers do not disturb the final one',
		run: async (driver) => {
			await using site = await startSite(driver);
			const response = await site.client.request({ url: site.at('/1xx') });
			expect([response.status, await textOf(response)]).toEqual([200, 'after 103\n']);
		},
	},
	{
		name: 'query, percent escapes and non-ASCII arrive as in a browser',
		run: async (driver) => {
			await using site = await startSite(driver);
			const response = await site.client.request({ url: site.at('/echo/%2Fa%20b/caf\u00e9?x=1&y=%26&z=') });
			expect(JSON.parse(await textOf(response)).path).toBe('/echo/%2Fa%20b/caf%C3%A9?x=1&y=%26&z=');
		},
	},
	{
		name: 'plain HTTP/1.1 in every framing: length, chunked, and until close',
		run: async (driver) => {
			await using server = await startScript((socket, head) => {
				const path = head.split(' ')[1];
				if (path === '/length') socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello');
				else if (path === '/chunked')
					socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n');
				else socket.end('HTTP/1.0 200 OK\r\n\r\nhello');
			});
			await using site = await startSite(driver);
			for (const path of ['/length', '/chunked', '/close']) {
				expect(await textOf(await site.client.request({ url: server.url + path }))).toBe('hello');
			}
		},
	},
];

export const headCases: readonly ConformanceCase[] = [...methods, ...statuses];
