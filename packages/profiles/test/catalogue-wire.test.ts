/** Every profile on the wire, through the native engine: peers answer, and the hello is the one that the file describes. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { akamai, type ClientHello, isGrease, type Mirror, regularFields, startMirror } from '../../mirror/src/index.ts';
import { getProfile, getProfiles, layoutHeaders, type Profile } from '../src/index.ts';
import { startGoServer } from './support/go-server.ts';
import { exchange, profileRequest, profileTransport } from './support/native-request.ts';
import { navigate } from './support/navigation.ts';
import { startNssServer } from './support/nss-server.ts';
import type { PeerProgram } from './support/peer-program.ts';
import { publishedFingerprints } from './support/published-fingerprints.ts';

/** Those of another brand send the same but for the brand (catalogue-consistency). */
const names = getProfiles().flatMap(({ name, of }) => (of === undefined ? [name] : []));

let h2: Mirror;
let http1: Mirror;
let tls12: Mirror;
let go: PeerProgram;
let nss: PeerProgram;

beforeAll(async () => {
	[h2, http1, tls12, go, nss] = await Promise.all([
		startMirror(),
		startMirror({ protocols: ['http/1.1'] }),
		startMirror({ tlsVersions: ['1.2', '1.2'], certificateKey: 'rsa' }),
		startGoServer(),
		startNssServer(),
	]);
});

afterAll(async () => {
	go.close();
	nss.close();
	await Promise.all([h2.close(), http1.close(), tls12.close()]);
});

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

/** The fields that the header engine lays out, as HTTP/2 writes them. */
function laidOut(profile: Profile): Array<[string, string]> {
	const { headers } = layoutHeaders(profile, { kind: 'navigate' });
	const fields: Array<[string, string]> = [];
	for (let at = 0; at < headers.length; at += 2)
		fields.push([(headers[at] ?? '').toLowerCase(), headers[at + 1] ?? '']);
	// A mark of a place in HTTP/1.1 heads.
	return fields.filter(([name]) => name !== 'connection');
}

describe.each(names)('%s', (name) => {
	const profile = getProfile(name);
	const tls = profile.document.tls as unknown as Tls;

	test('is served over h2, and its hello, settings, fields and priority are those of its file', async () => {
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
		expect(regularFields(request.headers)).toEqual(laidOut(profile));
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

	test.each([
		['Go', () => go.ports, 'HTTP/2.0', 'HTTP/1.1'],
		['NSS', () => nss.ports, 'h2', 'http/1.1'],
	] as const)('is served by %s over h2, HTTP/1.1 and TLS 1.2', async (_, ports, two, one) => {
		await using transport = profileTransport(profile);
		const newest = tls.versions[1] === '1.3' ? '304' : '303';
		for (const [port, body] of [
			[ports().h2, `${two} ${newest}`],
			[ports().http1, `${one} ${newest}`],
			[ports().tls12, `${two} 303`],
		] as const) {
			expect(await exchange(transport, profileRequest(profile, port))).toEqual({ status: 200, body });
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
