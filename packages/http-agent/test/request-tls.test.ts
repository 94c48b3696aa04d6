// TLS options of one request: honoured as by Node, with connections that only equal requests share.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import type { ClientRequest, IncomingMessage } from 'node:http';
import https from 'node:https';
import type { TLSSocket } from 'node:tls';
import { sharedAuthority } from '@wiretwin/mirror';
import { describe, expect, test } from 'vitest';
import { wiretwinRequest } from '../src/index.ts';
import { responseOf, type Stage, startStage, textOf } from './support.ts';

type Options = https.RequestOptions;

const { caPem, clientIdentity } = (() => {
	const authority = sharedAuthority();
	return { caPem: authority.caPem, clientIdentity: authority.clientIdentity('grace') };
})();
const passphrase = 'open sesame';
const stranger = { session: { ca: undefined } } as const;

/** PKCS #12 as OpenSSL writes it. */
function pkcs12(): Buffer {
	const input = `${clientIdentity.keyPem}\n${clientIdentity.certificatePem}`;
	return execFileSync('openssl', ['pkcs12', '-export', '-passout', `pass:${passphrase}`], { input });
}

const ways = [
	['agent', https.request],
	['wiretwinRequest', wiretwinRequest as unknown as typeof https.request],
] as const;

describe.each(ways)('%s', (_, send) => {
	const ask = (stage: Stage, options: Options): ClientRequest =>
		send(new URL(`${stage.mirror.url}/bytes/1`), { agent: stage.agent, ...options });

	/** `ok`, or the code of the failure; and how the socket judges the server. */
	async function outcome(stage: Stage, options: Options): Promise<[string, boolean | undefined]> {
		const request = ask(stage, options);
		const failed = once(request, 'error').then(([error]) => error as NodeJS.ErrnoException);
		const answered = responseOf(request);
		answered.catch(() => undefined);
		const first = await Promise.race([answered, failed]);
		if (first instanceof Error) return [first.code ?? 'none', undefined];
		const response = first as IncomingMessage;
		const { authorized } = response.socket as TLSSocket;
		await textOf(response);
		return ['ok', authorized];
	}

	test('ca stands for all roots, for its request alone', async () => {
		await using stage = await startStage(undefined, stranger);
		const untrusted = await outcome(stage, {});
		expect(untrusted[0]).not.toBe('ok');
		expect(await outcome(stage, { ca: caPem })).toEqual(['ok', true]);
		expect(await outcome(stage, { ca: [Buffer.from(caPem)] })).toEqual(['ok', true]);
		expect(await outcome(stage, {})).toEqual(untrusted);
	});

	test('a session that trusts the server does not make up for a ca that does not', async () => {
		await using stage = await startStage();
		expect(await outcome(stage, {})).toEqual(['ok', true]);
		const [code] = await outcome(stage, { ca: clientIdentity.certificatePem });
		expect(code).not.toBe('ok');
		expect(await outcome(stage, {})).toEqual(['ok', true]);
	});

	test('rejectUnauthorized: false lets its request pass, and the socket says what was wrong', async () => {
		await using stage = await startStage(undefined, stranger);
		expect(await outcome(stage, { rejectUnauthorized: false })).toEqual(['ok', false]);
		expect((await outcome(stage, {}))[0]).not.toBe('ok');
		expect((await outcome(stage, { rejectUnauthorized: true }))[0]).not.toBe('ok');
	});

	test('rejectUnauthorized: true holds on a session that accepts anything', async () => {
		await using stage = await startStage(undefined, { session: { ca: undefined, insecure: true } });
		expect(await outcome(stage, {})).toEqual(['ok', false]);
		expect((await outcome(stage, { rejectUnauthorized: true }))[0]).not.toBe('ok');
	});

	const { certificatePem: cert, keyPem: key } = clientIdentity;
	const identities: ReadonlyArray<readonly [name: string, options: () => Options]> = [
		['cert and key', () => ({ cert, key })],
		['cert and key in lists', () => ({ cert: [Buffer.from(cert)], key: [{ pem: key }] })],
		['pfx', () => ({ pfx: pkcs12(), passphrase })],
		['pfx in a list', () => ({ pfx: [{ buf: pkcs12(), passphrase }] })],
	];
	test.each(identities)('%s: the request shows who it is', async (_name, options) => {
		await using stage = await startStage(undefined, { mirror: { clientCertificate: 'optional' } });
		expect((await outcome(stage, options()))[0]).toBe('ok');
		expect(stage.mirror.connections.at(-1)?.negotiated?.clientCertificate).toBe('grace');
		expect((await outcome(stage, {}))[0]).toBe('ok');
		expect(stage.mirror.connections.at(-1)?.negotiated?.clientCertificate ?? 'nobody').toBe('nobody');
	});

	test('equal options share a connection, others do not', async () => {
		await using stage = await startStage();
		const { certificatePem, keyPem } = clientIdentity;
		for (const options of [
			{},
			{ ca: caPem },
			{ ca: caPem },
			{ cert: certificatePem, key: keyPem },
			{ rejectUnauthorized: true },
			{},
		]) {
			expect((await outcome(stage, options))[0]).toBe('ok');
		}
		const used = stage.mirror.requests.map(({ connectionId }) => connectionId);
		expect(new Set(used).size).toBe(3);
		expect([used[1], used[4], used[5]]).toEqual([used[2], used[0], used[0]]);
	});

	test('options that change all the time pile up no connections', async () => {
		await using stage = await startStage();
		for (let last = 1; last <= 110; last++) {
			expect((await outcome(stage, { localAddress: `127.0.1.${last}` }))[0]).toBe('ok');
		}
		expect(stage.session.transport.stats().connections).toBeLessThanOrEqual(100);
		expect(new Set(stage.mirror.requests.map(({ connectionId }) => connectionId)).size).toBe(110);
	});

	test('minVersion is looked at before a byte is sent', async () => {
		await using stage = await startStage(undefined, { mirror: { tlsVersions: ['1.2', '1.2'] } });
		expect((await outcome(stage, { minVersion: 'TLSv1.2' }))[0]).toBe('ok');
		expect((await outcome(stage, { minVersion: 'TLSv1.3' }))[0]).toBe('ERR_SSL_UNSUPPORTED_PROTOCOL');
		expect(stage.mirror.requests).toHaveLength(1);
	});

	test('what cannot be read fails with a code, before a connection is made', async () => {
		await using stage = await startStage();
		const wrong: ReadonlyArray<readonly [Options, string | RegExp]> = [
			[{ cert: 'x', key: 'y' }, /^ERR_/],
			[{ cert }, 'ERR_INVALID_OPTION'],
			[{ crl: 'x' }, 'ERR_INVALID_OPTION'],
		];
		for (const [options, code] of wrong) expect((await outcome(stage, options))[0]).toMatch(code);
		expect(() => ask(stage, { cert: [cert, cert], key: [key, key] })).toThrow(
			expect.objectContaining({ code: 'ERR_INVALID_ARG_VALUE' }),
		);
		expect(stage.mirror.connections).toHaveLength(0);
	});
});
