import { expect } from 'vitest';
import type { ConformanceCase } from '../case.ts';
import { bytesOf, type ConformanceDriver, errorCodes } from '../driver.ts';
import { closedPort, startScript, startSite } from '../site.ts';

/** The codes with which a GET fails, its body included. */
async function failure(driver: ConformanceDriver, url: string): Promise<string[]> {
	await using site = await startSite(driver);
	const outcome = await site.client
		.request({ url })
		.then(bytesOf)
		.then(
			() => undefined,
			(error: unknown) => error,
		);
	expect(outcome).toBeInstanceOf(Error);
	const codes = errorCodes(outcome);
	expect((await bytesOf(await site.client.request({ url: site.at('/bytes/5') }))).length).toBe(5);
	return codes;
}

const badAnswers: ReadonlyArray<readonly [name: string, text: string]> = [
	['F07 a status line of garbage', 'nonsense\r\n\r\n'],
	['F01 two different lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!'],
	['F04 a chunk size that overflows', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\nx'],
	['F07 a space before the colon', 'HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\nhello'],
	['F09 an upgrade nobody asked for', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'],
];

export const errorCases: readonly ConformanceCase[] = [
	{
		name: 'a closed port is ECONNREFUSED',
		needs: ['error-codes'],
		run: async (driver) => {
			expect(await failure(driver, `http://127.0.0.1:${await closedPort()}/`)).toContain('ECONNREFUSED');
		},
	},
	{
		name: 'a name that does not exist is ENOTFOUND',
		needs: ['error-codes'],
		run: async (driver) => {
			const codes = await failure(driver, 'http://does-not-exist.invalid/');
			expect(codes.some((code) => code === 'ENOTFOUND' || code === 'EAI_AGAIN')).toBe(true);
		},
	},
	{
		name: 'a connection that is reset instead of an answer is ECONNRESET',
		needs: ['error-codes'],
		run: async (driver) => {
			await using server = await startScript((socket) => socket.resetAndDestroy());
			expect(await failure(driver, `${server.url}/`)).toContain('ECONNRESET');
		},
	},
	{
		name: 'a connection that ends without an answer is ECONNRESET',
		needs: ['error-codes'],
		run: async (driver) => {
			await using server = await startScript((socket) => socket.end());
			expect(await failure(driver, `${server.url}/`)).toContain('ECONNRESET');
		},
	},
	{
		name: 'T01 an untrusted certificate is refused, and the code says so',
		needs: ['error-codes'],
		run: async (driver) => {
			await using site = await startSite(driver, { mirror: { certificate: 'expired' } });
			const outcome = await site.client.request({ url: site.at('/') }).then(
				() => undefined,
				(error: unknown) => error,
			);
			expect(errorCodes(outcome)).toContain('CERT_HAS_EXPIRED');
			expect(site.mirror.requests.length).toBe(0);
		},
	},
	{
		name: 'F05 a body that stops short of its length fails while it is read',
		run: async (driver) => {
			await using server = await startScript((socket) => {
				socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this');
			});
			await failure(driver, `${server.url}/`);
		},
	},
	{
		name: 'F05 a body that stops inside a chunk fails while it is read',
		run: async (driver) => {
			await using server = await startScript((socket) => {
				socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nonly this');
			});
			await failure(driver, `${server.url}/`);
		},
	},
	...(badAnswers.map(([name, text]) => ({
		name: `${name} is an error`,
		run: async (driver) => {
			await using server = await startScript((socket) => socket.end(text, 'latin1'));
			await failure(driver, `${server.url}/`);
		},
	})) satisfies ConformanceCase[]),
	{
		name: 'N06 no error shows a credential of the request',
		run: async (driver) => {
			await using site = await startSite(driver);
			const outcome = await site.client
				.request({
					url: `http://127.0.0.1:${await closedPort()}/`,
					headers: { authorization: 'Bearer canary-7f3a' },
				})
				.then(
					() => undefined,
					(error: unknown) => error,
				);
			expect(outcome).toBeInstanceOf(Error);
			expect(String((outcome as Error).message)).not.toContain('canary-7f3a');
			expect(String((outcome as Error).stack)).not.toContain('canary-7f3a');
		},
	},
];
