/** Every profile on the wire, through the native engine: peers answer, and the hello is the one that the file describes. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { akamai, type ClientHello, isGrease, type Mirror, startMirror } from '../../mirror/src/index.ts';
import { getProfile, getProfiles, type Profile } from '../src/index.ts';
import { type GoServer, startGoServer } from './support/go-server.ts';
import { exchange, profileRequest, profileTransport } from './support/native-request.ts';
import { type NssServer, startNssServer } from './support/nss-server.ts';
import { publishedFingerprints } from './support/published-fingerprints.ts';

const names = getProfiles().map(({ name }) => name);

let h2: Mirror;
let http1: Mirror;
let tls12: Mirror;
let go: GoServer;
let nss: readonly NssServer[];

beforeAll(async () => {
	[h2, http1, tls12, go] = await Promise.all([
		startMirror(),
		startMirror({ protocols: ['http/1.1'] }),
		startMirror({ tlsVersions: ['1.2', '1.2'], certificateKey: 'rsa' }),
		startGoServer(),
	]);
	nss = [await startNssServer('1.3'), await startNssServer('1.2')];
});

afterAll(async () => {
	go.close();
	for (const server of nss) server.close();
	await Promise.all([h2.close(), http1.close(), tls12.close()]);
});

/** One navigation of a profile to `mirror`, on a connection of its own. */
async function navigate(profile: Profile, mirror: Mirror) {
	await using transport = profileTransport(profile);
	const { status } = await exchange(transport, profileRequest(profile, mirror.port));
	const connection = mirror.connections.at(-1);
	const request = mirror.requests.at(-1);
	if (connection === undefined || request === undefined || connection.clientHello === null)
		throw new Error('no record');
	return { status, connection, request, hello: connection.clientHello };
}

/** What a profile file says a hello contains, read off a hello. */
function describedBy(hello: ClientHello) {
	const plain = (list: readonly number[]) => list.filter((id) => !isGrease(id));
	return {
		ciphers: plain(hello.cipherIds),
		groups: plain(hello.supportedGroups),
		keyShares: plain(hello.keyShares.map(({ group }) => group)),
		signatureAlgorithms: plain(hello.signatureAlgorithms),
		delegatedCredentials: hello.delegatedCredentials,
		recordSizeLimit: hello.recordSizeLimit,
		alpn: hello.alpn,
		grease: hello.cipherIds.some(isGrease),
		ech: hello.ech !== null,
		alps: hello.alps,
		certificateCompression: hello.certificateCompression,
		pskKeyExchangeModes: hello.pskKeyExchangeModes,
		sessionTicket: hello.sessionTicketLength !== null,
	};
}

type Tls = {
	versions: [string, string];
	ciphers: number[];
	groups: number[];
	keyShares: number[];
	signatureAlgorithms: number[];
	delegatedCredentials: number[] | null;
	recordSizeLimit: number | null;
	alpn: string[];
	grease: boolean;
	ech: object | null;
	alps: object | null;
	certificateCompression: string[];
	pskKeyExchangeModes: number[] | null;
	sessionTicket: boolean;
	extensionOrder: { mode: string; order?: number[] };
};

const COMPRESSION: { readonly [name: string]: number } = { zlib: 1, brotli: 2, zstd: 3 };

function described(tls: Tls) {
	return {
		ciphers: tls.ciphers,
		groups: tls.groups,
		// A client that stops at TLS 1.2 has no key_share.
		keyShares: tls.versions[1] === '1.3' ? tls.keyShares : [],
		signatureAlgorithms: tls.signatureAlgorithms,
		delegatedCredentials: tls.delegatedCredentials ?? [],
		recordSizeLimit: tls.recordSizeLimit,
		alpn: tls.alpn,
		grease: tls.grease,
		ech: tls.ech !== null,
		alps: tls.alps,
		certificateCompression: tls.certificateCompression.map((name) => COMPRESSION[name]),
		pskKeyExchangeModes: tls.pskKeyExchangeModes ?? [],
		sessionTicket: tls.sessionTicket,
	};
}

describe.each(names)('%s', (name) => {
	const profile = getProfile(name);
	const tls = profile.document.tls as unknown as Tls;

	test('is served over h2, and its hello, settings and priority are those of its file', async () => {
		const { status, connection, request, hello } = await navigate(profile, h2);
		expect(status).toBe(200);
		expect(connection.alpn).toBe('h2');
		expect(describedBy(hello)).toEqual(described(tls));
		const order = hello.extensionOrder.filter((id) => id !== 'GREASE');
		if (tls.extensionOrder.mode === 'fixed') {
			expect(order).toEqual(tls.extensionOrder.order?.filter((id) => order.includes(id)));
		}
		const { settings, dependency, firstStreamId } = profile.document.http2;
		expect(connection.frames.find((frame) => frame.settings)?.settings).toEqual(settings);
		expect(request.priority === null).toBe(dependency === 'none');
		expect(request.streamId).toBe(firstStreamId);
	});

	test('is served by OpenSSL over HTTP/1.1 and TLS 1.2 with an RSA key', async () => {
		const plain = await navigate(profile, http1);
		expect([plain.status, plain.connection.alpn]).toEqual([200, 'http/1.1']);
		// OkHttp alone writes the value with capitals.
		const connection = profile.browser === 'okhttp' ? 'Keep-Alive' : 'keep-alive';
		expect(plain.request.rawHead).toContain(`\r\nConnection: ${connection}\r\n`);
		const old = await navigate(profile, tls12);
		expect([old.status, old.connection.negotiated?.version]).toEqual([200, 'TLSv1.2']);
	});

	test('is served by Go over h2, HTTP/1.1 and TLS 1.2', async () => {
		await using transport = profileTransport(profile);
		const tls13 = tls.versions[1] === '1.3' ? '304' : '303';
		for (const [port, body] of [
			[go.ports.h2, `HTTP/2.0 ${tls13}`],
			[go.ports.http1, `HTTP/1.1 ${tls13}`],
			[go.ports.tls12, 'HTTP/2.0 303'],
		] as const) {
			expect(await exchange(transport, profileRequest(profile, port))).toEqual({ status: 200, body });
		}
	});

	test('is served by NSS over TLS 1.3 and 1.2', async () => {
		await using transport = profileTransport(profile);
		for (const { port } of nss) {
			expect((await exchange(transport, profileRequest(profile, port))).status).toBe(200);
		}
	});
});

describe.each(publishedFingerprints)('$measured: $source', ({ profiles, ja4, ja3n, akamai: hash }) => {
	test.each(profiles)('%s', async (name) => {
		const { connection } = await navigate(getProfile(name), h2);
		if (ja4) expect(ja4).toContain(connection.fingerprints?.ja4);
		if (ja3n) expect(ja3n).toContain(connection.fingerprints?.ja3nHash);
		if (hash) expect(createHash('md5').update(akamai(connection.frames)).digest('hex')).toBe(hash);
	});
});
