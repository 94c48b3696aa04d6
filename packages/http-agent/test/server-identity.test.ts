import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { ClientRequest, IncomingMessage } from 'node:http';
import https, { type RequestOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls, { type DetailedPeerCertificate, type TLSSocket } from 'node:tls';
import { type MirrorOptions, sharedAuthority } from '@wiretwin/mirror';
import { describe, expect, test } from 'vitest';
import { createSession } from 'wiretwin';
import { type WiretwinAgent, wiretwinAgent, wiretwinRequest } from '../src/index.ts';
import { responseOf, type Stage, startStage, textOf } from './support.ts';

/** Both ways of sending: through ClientRequest and without it. */
const ways = [
	['https.request', https.request],
	['wiretwinRequest', wiretwinRequest as unknown as typeof https.request],
] as const;
const protocols = ['h2', 'http/1.1'] as const;
const cases = ways.flatMap(([way, send]) => protocols.map((protocol) => [way, protocol, send] as const));

const speaking = (protocol: 'h2' | 'http/1.1', more: MirrorOptions = {}) => ({
	mirror: { protocols: [protocol], ...more },
});

/** Sends a request and tells how it ended: the answer's text, or the error. */
async function outcome(request: ClientRequest, body?: string): Promise<string | Error> {
	return responseOf(request, body).then(textOf, (error: Error) => error);
}

const refusal = new Error('not the one I know');

describe.each(cases)('%s over %s: checkServerIdentity', (_way, protocol, send) => {
	const to = (stage: Stage, path: string, options: RequestOptions) =>
		send(new URL(path, stage.mirror.urlFor('www.mirror.test')), { agent: stage.agent, ...options });

	test('is asked as Node asks, once a connection', async () => {
		await using stage = await startStage(undefined, speaking(protocol));
		const asked: unknown[][] = [];
		const checkServerIdentity = (...parameters: unknown[]) => void asked.push(parameters);
		expect(await outcome(to(stage, '/bytes/1', { checkServerIdentity }))).toHaveLength(1);
		const byNode: unknown[][] = [];
		const answer = await responseOf(
			https.request(stage.mirror.url, {
				ca: stage.mirror.caPem,
				servername: 'www.mirror.test',
				agent: false,
				checkServerIdentity: (...parameters: unknown[]) => void byNode.push(parameters),
			}),
		);
		answer.resume();
		expect(asked).toEqual(byNode);
		expect(asked).toEqual([['www.mirror.test', expect.objectContaining({ fingerprint256: expect.any(String) })]]);
	});

	test('refuses with that very error, and the server sees nothing of the request', async () => {
		await using stage = await startStage(undefined, speaking(protocol));
		for (const body of [undefined, 'secret']) {
			const method = body === undefined ? 'GET' : 'POST';
			const request = to(stage, '/echo', { method, checkServerIdentity: () => refusal });
			const events: string[] = [];
			request.on('socket', (socket) => socket.on('secureConnect', () => events.push('secureConnect')));
			const socket = once(request, 'socket').then(([each]) => each as TLSSocket);
			expect(await outcome(request, body)).toBe(refusal);
			expect([events, (await socket).authorized]).toEqual([[], false]);
			expect((await socket).authorizationError).toBe(refusal.message);
		}
		const thrown = new TypeError('thrown');
		const throwing = () => {
			throw thrown;
		};
		expect(await outcome(to(stage, '/echo', { checkServerIdentity: throwing }))).toBe(thrown);
		// A promise of an error is no word yet.
		const later = (async () => refusal) as unknown as () => Error;
		expect(await outcome(to(stage, '/echo', { checkServerIdentity: later }))).toMatchObject({
			code: 'ERR_INVALID_ARG',
		});
		const frames = stage.mirror.connections.flatMap((connection) => connection.frames.map(({ type }) => type));
		expect([stage.mirror.requests, frames.filter((type) => type === 'HEADERS')]).toEqual([[], []]);
	});

	test('of another request is asked about the connection that is used again', async () => {
		await using stage = await startStage(undefined, speaking(protocol));
		const seen: string[] = [];
		expect(await outcome(to(stage, '/bytes/1', { checkServerIdentity: () => void seen.push('first') }))).toHaveLength(
			1,
		);
		expect(await outcome(to(stage, '/bytes/2', {}))).toHaveLength(2);
		expect(await outcome(to(stage, '/bytes/3', { checkServerIdentity: () => refusal }))).toBe(refusal);
		const request = to(stage, '/bytes/4', { checkServerIdentity: () => void seen.push('last') });
		expect(await outcome(request)).toHaveLength(4);
		expect(seen).toEqual(['first', 'last']);
		expect(stage.mirror.requests.map(({ path }) => path)).toEqual(['/bytes/1', '/bytes/2', '/bytes/4']);
		expect([stage.mirror.connections.length, request.reusedSocket]).toEqual([1, true]);
	});

	test('of the agent and of the request have to agree', async () => {
		let verdicts: (Error | undefined)[] = [];
		const next = () => verdicts.shift();
		await using stage = await startStage(undefined, { ...speaking(protocol), agent: { checkServerIdentity: next } });
		for (const [given, expected] of [
			[[undefined, undefined], 'x'],
			[[refusal, undefined], refusal],
			[[undefined, refusal], refusal],
		] as const) {
			verdicts = [...given];
			const result = await outcome(to(stage, '/bytes/1', { checkServerIdentity: next }));
			expect(result).toEqual(expected instanceof Error ? expected : expect.any(String));
		}
		verdicts = [refusal];
		expect(await outcome(to(stage, '/bytes/1', {}))).toBe(refusal);
		expect(stage.mirror.requests.length).toBe(1);
	});

	test('is asked after the chain and the name have been found right', async () => {
		let asked = 0;
		const checkServerIdentity = () => void asked++;
		for (const certificate of ['wrong-host', 'expired', 'self-signed'] as const) {
			await using stage = await startStage(undefined, speaking(protocol, { certificate }));
			const error = (await outcome(to(stage, '/bytes/1', { checkServerIdentity }))) as NodeJS.ErrnoException;
			expect(error.code).toMatch(/CERT/);
		}
		expect(asked).toBe(0);
	});

	test('with rejectUnauthorized: false is noted, not heeded, and not asked about a wrong certificate', async () => {
		for (const [certificate, asked] of [
			['trusted', 1],
			['self-signed', 0],
		] as const) {
			await using stage = await startStage(undefined, {
				...speaking(protocol, { certificate }),
				session: { insecure: true },
			});
			let calls = 0;
			const checkServerIdentity = () => {
				calls++;
				return refusal;
			};
			const answer = await responseOf(to(stage, '/bytes/1', { rejectUnauthorized: false, checkServerIdentity }));
			expect(answer.socket).toMatchObject({ authorized: false });
			expect(calls).toBe(asked);
			// Only a session accepts any certificate here: a request that does not say so is held to its check.
			expect(await outcome(to(stage, '/bytes/1', { checkServerIdentity }))).toBe(refusal);
		}
	});

	test('holds no request back: aborts and the limit of a socket still end it', async () => {
		await using stage = await startStage(undefined, speaking(protocol));
		const controller = new AbortController();
		const checkServerIdentity = () => void controller.abort();
		const error = await outcome(to(stage, '/echo', { signal: controller.signal, checkServerIdentity }));
		expect(error).toMatchObject({ code: 'ABORT_ERR' });
		const request = to(stage, '/echo', { checkServerIdentity: () => void request.destroy(refusal) });
		expect(await outcome(request)).toBe(refusal);
		expect(stage.mirror.requests).toEqual([]);
	});

	test("must be a function; Node's own costs nothing", async () => {
		await using stage = await startStage(undefined, speaking(protocol));
		const wrong = { checkServerIdentity: 'sha256/...' } as unknown as RequestOptions;
		expect(() => to(stage, '/', wrong)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' }));
		expect(() => wiretwinAgent(stage.session, wrong as object)).toThrow(TypeError);
		const { checkServerIdentity } = tls;
		expect(await outcome(to(stage, '/bytes/1', { checkServerIdentity }))).toHaveLength(1);
	});
});

test('a refused server has read not one byte that is not TLS', async () => {
	const identity = sharedAuthority().serverIdentity('trusted');
	const received: Buffer[] = [];
	const ended = Promise.withResolvers<void>();
	const server = tls.createServer({ cert: identity.certificatePem, key: identity.keyPem }, (socket) => {
		socket.on('data', (bytes) => received.push(bytes)).on('error', () => undefined);
		socket.on('close', () => ended.resolve());
	});
	await once(server.listen(0, '127.0.0.1'), 'listening');
	const session = createSession({ ca: sharedAuthority().caPem });
	const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/secret`;
	const options = { agent: wiretwinAgent(session), method: 'POST', checkServerIdentity: () => refusal };
	expect(await outcome(https.request(url, options), 'secret')).toBe(refusal);
	await session.close();
	await ended.promise;
	server.close();
	expect(Buffer.concat(received).toString()).toBe('');
});

/** What the socket of an answer says of its peer. */
async function certificatesOf(options: RequestOptions, url: string) {
	const response = await responseOf(https.request(url, options));
	const socket = response.socket as TLSSocket;
	const known = {
		plain: socket.getPeerCertificate(),
		detailed: socket.getPeerCertificate(true),
		protocol: socket.getProtocol(),
		// Node 24 has no certificate any more once this was called.
		x509: socket.getPeerX509Certificate()?.toString(),
	};
	response.resume();
	await once(response, 'end');
	return known;
}

describe('getPeerCertificate', () => {
	/** The same for our agent as for Node's over the same server. */
	async function compare(agent: WiretwinAgent, caPem: string, url: string): Promise<DetailedPeerCertificate> {
		const ours = await certificatesOf({ agent }, url);
		const plain = new https.Agent({ keepAlive: true, ca: caPem });
		const nodes = await certificatesOf({ agent: plain }, url);
		plain.destroy();
		expect(ours).toEqual(nodes);
		expect(Object.keys(ours.plain)).toEqual(Object.keys(nodes.plain));
		return ours.detailed;
	}

	test.each(['ecdsa', 'rsa'] as const)(
		"says what Node's says: %s, the root from the trust store",
		async (certificateKey) => {
			await using stage = await startStage(undefined, { mirror: { certificateKey } });
			const detailed = await compare(stage.agent, stage.mirror.caPem, `${stage.mirror.url}/bytes/1`);
			expect(detailed.subjectaltname).toContain('www.mirror.test');
			const root = detailed.issuerCertificate;
			expect([root.raw, root.issuerCertificate]).toEqual([stage.mirror.caDer, root]);
		},
	);

	test("says what Node's says of a chain in disorder and of places to ask", async () => {
		const folder = mkdtempSync(join(tmpdir(), 'wiretwin-chain-'));
		try {
			const chain = openSslChain(folder);
			const server = https.createServer(chain, (_, response) => response.end('x'));
			await once(server.listen(0, '127.0.0.1'), 'listening');
			const session = createSession({ ca: chain.ca });
			const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
			const detailed = await compare(wiretwinAgent(session), chain.ca, url);
			expect(detailed.infoAccess).toEqual({
				'OCSP - URI': ['http://ocsp.example/'],
				'CA Issuers - URI': ['http://ca.example/a,b', 'http://ca.example/second'],
			});
			const names = [];
			for (let each = detailed; ; each = each.issuerCertificate) {
				names.push(each.subject.CN);
				if (each.issuerCertificate === each) break;
			}
			expect(names).toEqual(['leaf', 'middle', 'root']);
			await session.close();
			server.close();
			server.closeAllConnections();
		} finally {
			rmSync(folder, { recursive: true });
		}
	});

	test('is there for a connection that is used again and after the body, and empty before', async () => {
		await using stage = await startStage();
		const leaf = sharedAuthority().serverIdentity('trusted').certificateDer;
		for (let round = 0; round < 2; round++) {
			const request = https.request(`${stage.mirror.url}/bytes/1`, { agent: stage.agent });
			const [socket] = (await once(request, 'socket')) as [TLSSocket];
			expect([socket.getPeerCertificate(), socket.getPeerX509Certificate()]).toEqual([{}, undefined]);
			const response: IncomingMessage = await responseOf(request);
			await textOf(response);
			expect(socket.getPeerCertificate().raw).toEqual(leaf);
		}
	});
});

const openSslConfig = `
[req]
distinguished_name=name
[name]
[authority]
basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign
[leaf]
basicConstraints=critical,CA:FALSE
subjectAltName=IP:127.0.0.1,DNS:leaf.example
authorityInfoAccess=@places
[places]
OCSP;URI.0=http://ocsp.example/
caIssuers;URI.0=http://ca.example/a,b
caIssuers;URI.1=http://ca.example/second
`;

/** root, middle, leaf for 127.0.0.1; the server sends an unrelated certificate between the two that matter. */
function openSslChain(folder: string): { ca: string; cert: string; key: string } {
	writeFileSync(join(folder, 'config'), openSslConfig);
	const issue = (name: string, extensions: 'authority' | 'leaf', issuer?: string) => {
		const parameters = [
			...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc', '-days', '2'],
			...['-config', 'config', '-extensions', extensions, '-subj', `/O=wiretwin tests/CN=${name}`],
			...['-keyout', `${name}.key`, '-out', `${name}.pem`],
			...(issuer === undefined ? [] : ['-CA', `${issuer}.pem`, '-CAkey', `${issuer}.key`]),
		];
		execFileSync('openssl', parameters, { stdio: 'pipe', cwd: folder });
		return readFileSync(join(folder, `${name}.pem`), 'utf8');
	};
	const ca = issue('root', 'authority');
	const other = issue('other', 'authority');
	const middle = issue('middle', 'authority', 'root');
	const leaf = issue('leaf', 'leaf', 'middle');
	return { ca, cert: leaf + other + middle, key: readFileSync(join(folder, 'leaf.key'), 'utf8') };
}
