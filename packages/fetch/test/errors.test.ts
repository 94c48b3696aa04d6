import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { inspect } from 'node:util';
import { sharedAuthority } from '@wiretwin/mirror';
import { describe, expect, it } from 'vitest';
import type { SessionOptions } from '../src/index.ts';
import { createSession, fetch, isConnectionError, isTlsError } from '../src/index.ts';
import { closedPort } from './support/closed-port.ts';
import { startSite } from './support/site.ts';

/** What npm's is-network-error 1.3.1 asks, which ky 2 and p-retry 7 have in them. */
function isNetworkError(error: unknown): boolean {
	const { name, message } = error as Error;
	const isError = Object.prototype.toString.call(error) === '[object Error]';
	return isError && name === 'TypeError' && message.startsWith('Failed to fetch (') && message.endsWith(')');
}

const failureOf = (call: Promise<unknown>) => call.then(String, (error: unknown) => error as Error & { code: string });

describe('a failed fetch', () => {
	it("has the caller's own line in its stack, a cause without a stack of ours, and few lines", async () => {
		async function callerOfFetch() {
			await fetch(`http://127.0.0.1:${await closedPort()}/`);
		}
		async function callerOfSession() {
			await using session = createSession();
			return await session.fetch(`http://127.0.0.1:${await closedPort()}/`);
		}
		for (const call of [callerOfFetch, callerOfSession]) {
			const failure = (await failureOf(call())) as Error & { cause: Error };
			expect(failure.stack).toMatch(new RegExp(`at (async )?${call.name} `));
			expect(failure.stack).not.toMatch(/event-reader|exchange-port/);
			expect(failure.cause).toMatchObject({ code: 'ECONNREFUSED', message: 'ECONNREFUSED' });
			expect(failure.cause.cause).toBeUndefined();
			expect(inspect(failure).split('\n').length).toBeLessThan(25);
			expect(inspect(failure).match(/connection refused/gi)?.length).toBe(1);
		}
	});

	it('has it too when the body fails', async () => {
		const server = http
			.createServer((_request, response) => {
				response.writeHead(200, { 'content-length': '10' });
				response.write('half', () => response.destroy());
			})
			.listen(0, '127.0.0.1');
		await once(server, 'listening');
		await using session = createSession();
		async function callerOfText() {
			const response = await session.fetch(urlOf('http', server));
			return await response.text();
		}
		const failure = (await failureOf(callerOfText())) as Error;
		expect(failure.stack).toMatch(/at (async )?callerOfText /);
		expect(isNetworkError(failure)).toBe(true);
		server.close();
	});

	it('is known as a network error by those who retry; mistakes and limits of the caller are not', async () => {
		const dead = `127.0.0.1:${await closedPort()}`;
		const refused = await failureOf(fetch(`http://${dead}/`));
		expect([isNetworkError(refused), isConnectionError(refused), (refused as Error).constructor.name]).toEqual([
			true,
			true,
			'ConnectionError',
		]);
		expect(refused).toBeInstanceOf(TypeError);
		expect(isNetworkError(await failureOf(fetch('http://no-such-host.invalid/')))).toBe(true);
		// A `lookup` of the caller's fails for DNS, or by itself.
		for (const code of ['ENOTFOUND', 'EAI_AGAIN', 'EBLOCKED', undefined]) {
			const failure = Object.assign(new Error('no'), { code });
			const lookup: SessionOptions['lookup'] = (_host, _options, done) => done(failure, '');
			const failed = await failureOf(fetch('http://no-such-host.invalid/', { lookup }));
			expect(isNetworkError(failed), code).toBe(code?.startsWith('EN') || code?.startsWith('EA') || false);
			expect(failed).toMatchObject({ code: 'ERR_DNS_NOT_FOUND', cause: failure });
		}
		await using site = await startSite();
		expect(isNetworkError(await failureOf(fetch(site.at('/'), { resolve: site.trust.resolve ?? {} })))).toBe(true);
		for (const [call, name] of [
			[() => fetch('nonsense'), 'InvalidArgumentError'],
			[() => fetch(site.at('/hang'), { ...site.trust, timeout: 20 }), 'TimeoutError'],
			[() => fetch(site.at('/cookies/set?a=1&to=/echo'), { ...site.trust, redirect: 'error' }), 'RedirectError'],
			[async () => (await fetch(site.at('/bytes/100'), { ...site.trust, maxResponseBytes: 1 })).text(), 'BodyError'],
		] as const) {
			const failure = (await failureOf(call())) as Error;
			expect(isNetworkError(failure)).toBe(false);
			expect(failure.name).toBe(name);
		}
	});
});

describe('the scheme is wrong', () => {
	it('the message says so, for https on a plain port and http on a TLS port', async () => {
		const { certificatePem: cert, keyPem: key } = sharedAuthority().serverIdentity('trusted');
		for (const [scheme, server, hint] of [
			['https', http.createServer(), /does not speak TLS on this port, is it an http URL\?/],
			['http', https.createServer({ cert, key }), /if the port speaks TLS, it is an https URL/],
		] as const) {
			server.listen(0, '127.0.0.1');
			await once(server, 'listening');
			const failure = (await failureOf(fetch(urlOf(scheme, server)))) as Error;
			expect(failure.message).toMatch(hint);
			expect(isTlsError(failure)).toBe(scheme === 'https');
			server.close();
		}
	});
});

function urlOf(scheme: string, server: Server): string {
	return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}
