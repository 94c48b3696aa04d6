import { once } from 'node:events';
import tls from 'node:tls';
import { describe, expect, test } from 'vitest';
import { type CertificateKind, createAuthority, type MirrorOptions, mirrorHosts, startMirror } from '../src/index.ts';
import { curl } from './support/clients.ts';

/** Connects as a strict client; resolves with `ok` or the error code. */
async function verdict(options: MirrorOptions, host = 'localhost'): Promise<string> {
	await using mirror = await startMirror(options);
	const isAddress = /^[\d.:]+$/.test(host);
	const socket = tls.connect({
		port: mirror.port,
		host: '127.0.0.1',
		ca: mirror.caPem,
		...(isAddress ? {} : { servername: host }),
	});
	try {
		await once(socket, 'secureConnect');
		return 'ok';
	} catch (error) {
		return String((error as NodeJS.ErrnoException).code);
	} finally {
		socket.destroy();
	}
}

describe('trusted certificate', () => {
	test.each([...mirrorHosts, '127.0.0.1'])('is good for %s', async (host) => {
		expect(await verdict({}, host)).toBe('ok');
	});

	test('with an RSA key, and with TLS 1.2', async () => {
		expect(await verdict({ certificateKey: 'rsa', tlsVersions: ['1.2', '1.2'] })).toBe('ok');
	});

	test('with an extra host', async () => {
		expect(await verdict({ extraHosts: ['more.example'] }, 'more.example')).toBe('ok');
	});

	test('on ::1, accepted by curl', async () => {
		await using mirror = await startMirror({ listenAddress: '::1' });
		expect(mirror.url).toBe(`https://[::1]:${mirror.port}`);
		expect(JSON.parse(await curl(mirror, `${mirror.url}/echo`))).toMatchObject({ method: 'GET' });
	});
});

test.each<[CertificateKind, string]>([
	['expired', 'CERT_HAS_EXPIRED'],
	['not-yet-valid', 'CERT_NOT_YET_VALID'],
	['self-signed', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
	['wrong-host', 'ERR_TLS_CERT_ALTNAME_INVALID'],
	['nul-in-name', 'ERR_TLS_CERT_ALTNAME_INVALID'],
	['wildcard', 'ERR_TLS_CERT_ALTNAME_INVALID'],
	['client-purpose', 'INVALID_PURPOSE'],
	['unknown-authority', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
])('a certificate that is %s is refused', async (certificate, code) => {
	expect(await verdict({ certificate })).toBe(code);
});

test('a wildcard is good for one label', async () => {
	expect(await verdict({ certificate: 'wildcard' }, 'www.mirror.test')).toBe('ok');
});

test('without an IP entry, 127.0.0.1 is refused', async () => {
	expect(await verdict({ certificate: 'no-ip' }, '127.0.0.1')).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
});

test('another authority is not trusted', async () => {
	await using mirror = await startMirror({ authority: createAuthority() });
	const socket = tls.connect({
		port: mirror.port,
		host: '127.0.0.1',
		servername: 'localhost',
		ca: createAuthority().caPem,
	});
	await expect(once(socket, 'secureConnect')).rejects.toThrow();
});

test('a client certificate is recorded, and required where asked', async () => {
	await using mirror = await startMirror({ clientCertificate: 'required', tlsVersions: ['1.2', '1.2'] });
	const { certificatePem, keyPem } = mirror.authority.clientIdentity('alice');
	const options = { port: mirror.port, host: '127.0.0.1', servername: 'localhost', ca: mirror.caPem };
	const known = tls.connect({ ...options, cert: certificatePem, key: keyPem });
	known.end('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
	known.resume();
	await once(known, 'close');
	expect(mirror.connections[0]?.negotiated?.clientCertificate).toBe('alice');
	const unknown = tls.connect(options);
	await expect(once(unknown, 'secureConnect')).rejects.toThrow();
});
