import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sharedAuthority } from '@wiretwin/mirror';
import { describe, expect, it } from 'vitest';
import { createSession, type TransportOptions, WebSocket } from '../src/index.ts';
import { type Site, startSite } from './support/site.ts';

const identity = sharedAuthority().clientIdentity('grace');
const passphrase = 'open sesame';

/** What the mirror learned about the client, or the error. */
async function introduce(site: Site, options: TransportOptions): Promise<unknown> {
	try {
		await (await site.session(options).fetch(site.at('/echo'))).text();
		return site.mirror.connections.at(-1)?.negotiated?.clientCertificate;
	} catch (error) {
		return error;
	}
}

/** PKCS #12 as OpenSSL writes it. */
function pkcs12(): Uint8Array {
	const input = `${identity.keyPem}\n${identity.certificatePem}`;
	return execFileSync('openssl', ['pkcs12', '-export', '-passout', `pass:${passphrase}`], { input });
}

describe('checkServerIdentity of a session', () => {
	const refusal = new Error('a pin of the user');

	it('is asked about the certificate before each request', async () => {
		await using site = await startSite();
		const asked: string[] = [];
		const session = site.session({
			checkServerIdentity: (hostname, { subject }, { verified }) => {
				asked.push(`${hostname} ${subject.CN} ${verified}`);
				return undefined;
			},
		});
		await (await session.fetch(site.at('/echo'))).text();
		await (await session.fetch(site.at('/echo'))).text();
		expect(asked).toEqual(new Array(2).fill(`www.mirror.test ${asked[0]?.split(' ')[1]} true`));
		expect(site.mirror.connections).toHaveLength(1);
	});

	it('is what a refused fetch fails with, and a WebSocket; the server gets no request', async () => {
		await using site = await startSite();
		const session = site.session({ checkServerIdentity: () => refusal });
		await expect(session.fetch(site.at('/echo'))).rejects.toBe(refusal);
		const socket = new WebSocket(site.at('/websocket').replace('https', 'wss'), { session });
		const [event] = (await once(socket, 'error')) as [Event & { error: unknown }];
		expect(event.error).toBe(refusal);
		expect(site.mirror.requests).toEqual([]);
	});

	it('and that of a request both have to agree', async () => {
		await using site = await startSite();
		const lenient = site.transport({ checkServerIdentity: () => undefined });
		const strict = site.transport({ checkServerIdentity: () => refusal });
		for (const [transport, check] of [
			[lenient, () => refusal],
			[strict, () => undefined],
		] as const) {
			const failure = new Promise((resolve, reject) => {
				const request = { url: site.at('/echo'), checkServerIdentity: check };
				transport.exchange(request, { onHead: () => reject(new Error('an answer')), onError: resolve });
			});
			expect(await failure).toBe(refusal);
		}
		expect(site.mirror.requests).toEqual([]);
	});

	it('has to be a function', () => {
		expect(() => createSession({ checkServerIdentity: true as never })).toThrow(/"checkServerIdentity"/);
	});
});

describe('client certificates', () => {
	it('pfx', async () => {
		await using site = await startSite(undefined, { clientCertificate: 'required' });
		const pfx = pkcs12();
		expect(await introduce(site, { pfx, passphrase })).toBe('grace');
		for (const options of [{ pfx, passphrase: 'wrong' }, { pfx }, { pfx: pfx.slice(0, 40), passphrase }]) {
			const failure = await introduce(site, options);
			expect(failure).toMatchObject({ name: 'InvalidArgumentError', phase: 'input' });
			expect(String(failure)).not.toContain(passphrase);
		}
	});
	it('an encrypted key', async () => {
		await using site = await startSite(undefined, { clientCertificate: 'required' });
		const cert = identity.certificatePem;
		const key = execFileSync('openssl', ['pkey', '-aes-256-cbc', '-passout', `pass:${passphrase}`], {
			input: identity.keyPem,
		});
		expect(String(key)).toContain('ENCRYPTED PRIVATE KEY');
		expect(await introduce(site, { cert, key, passphrase })).toBe('grace');
		for (const options of [
			{ cert, key, passphrase: 'wrong' },
			{ cert, key },
		]) {
			expect(await introduce(site, options)).toMatchObject({ name: 'InvalidArgumentError', phase: 'input' });
		}
	});
});

describe("trustStore: 'system'", () => {
	/** The code of the failure or the status, of a process whose system trusts the mirror's CA. */
	async function fetchWith(site: Site, trustStore: string): Promise<string> {
		const folder = await mkdtemp(join(tmpdir(), 'wiretwin-trust-'));
		try {
			await writeFile(join(folder, 'ca.pem'), site.mirror.caPem);
			const entry = fileURLToPath(new URL('../src/index.ts', import.meta.url));
			const program = `
				const { fetch } = await import(${JSON.stringify(entry)});
				const options = { trustStore: ${JSON.stringify(trustStore)} };
				const outcome = await fetch(${JSON.stringify(site.mirror.urlFor('localhost'))} + '/echo', options);
				console.log(outcome.status, outcome.tls.verified);`;
			const child = spawn(
				process.execPath,
				[
					'--conditions=wiretwin-source',
					'--input-type=module',
					'-e',
					`try { ${program} } catch (e) { console.log(e.code) }`,
				],
				{ env: { ...process.env, SSL_CERT_FILE: join(folder, 'ca.pem'), SSL_CERT_DIR: folder }, stdio: 'pipe' },
			);
			let output = '';
			child.stdout.on('data', (text) => {
				output += String(text);
			});
			await once(child, 'close');
			return output.trim();
		} finally {
			await rm(folder, { recursive: true });
		}
	}

	it('trusts what the system trusts, and the bundled list does not look there', async () => {
		await using site = await startSite();
		expect(await fetchWith(site, 'system')).toBe('200 true');
		expect(await fetchWith(site, 'combined')).toBe('200 true');
		expect(await fetchWith(site, 'bundled')).toBe('ERR_TLS_CERT_UNTRUSTED');
		expect(await fetchWith(site, 'none')).toBe('ERR_TLS_CERT_UNTRUSTED');
	});
});
