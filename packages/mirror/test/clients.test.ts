import { once } from 'node:events';
import tls from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Mirror, startMirror, startPlainMirror } from '../src/index.ts';
import { curl, http1, http2Session, python, zeroFile } from './support/clients.ts';
import { standstill } from './support/eventually.ts';

let mirror: Mirror;
beforeAll(async () => {
	mirror = await startMirror();
});
afterAll(() => mirror.close());

test('one mirror on two ports records both', async () => {
	await using both = await startMirror({ morePorts: 1 });
	const [first = 0, second = 0] = both.ports;
	expect([both.port, new Set(both.ports).size]).toEqual([first, 2]);
	for (const port of both.ports) {
		using client = await http2Session({ ...both, urlFor: (host) => both.urlFor(host, port) });
		await client.get('/echo');
	}
	expect(both.requests.map(({ authority }) => authority)).toEqual([`localhost:${first}`, `localhost:${second}`]);
});

describe('HTTP/2', () => {
	test('node:http2: frames, header block and fields are recorded', async () => {
		using client = await http2Session(mirror);
		const answer = await client.get('/echo', { 'x-one': '1', 'x-two': 'two' }, 'hello');
		expect(JSON.parse(answer.body.toString())).toMatchObject({ method: 'POST', protocol: 'h2', body: 'hello' });

		const request = await mirror.waitForRequest((each) => each.headers.some(([name]) => name === 'x-two'));
		const connection = mirror.connections.find((each) => each.id === request.connectionId);
		expect(request).toMatchObject({
			protocol: 'h2',
			streamId: 1,
			method: 'POST',
			path: '/echo',
			bodyLength: 5,
			complete: true,
		});
		expect(request.headers.slice(-2)).toEqual([
			['x-one', '1'],
			['x-two', 'two'],
		]);
		expect(request.hpackRepresentations).toHaveLength(request.headers.length);
		expect(connection).toMatchObject({ alpn: 'h2', protocol: 'h2', resumed: false });
		expect(connection?.frames.map((frame) => frame.type)).toEqual(
			expect.arrayContaining(['SETTINGS', 'HEADERS', 'DATA']),
		);
		const settings = connection?.frames[0]?.settings?.map(([id, value]) => `${id}:${value}`).join(';');
		expect(connection?.akamai?.split('|')[0]).toBe(settings);
	});

	test('a client may send the default window before it has seen a smaller one', async () => {
		await using narrow = await startMirror({ http2: { settings: [[4, 1000]] } });
		using client = await http2Session(narrow);
		const answer = await client.get('/echo', {}, 'x'.repeat(20_000));
		expect(JSON.parse(answer.body.toString()).body).toHaveLength(20_000);
	});

	test('a handler knows by a ping that the client has read what was sent before', async () => {
		await using pinging = await startMirror({
			handler: async ({ control, connection }) => {
				await control.ping();
				return { body: connection.frames.map(({ type, flags }) => `${type} ${flags}`).join() };
			},
		});
		using client = await http2Session(pinging);
		expect((await client.get('/')).body.toString()).toMatch(/HEADERS \d+.*PING 1/);
		expect(await http1(pinging, '/')).toMatchObject({ status: 200 });
	});

	test('curl: /fingerprint shows what the record has', async () => {
		const report = JSON.parse(await curl(mirror, `${mirror.urlFor('localhost')}/fingerprint`));
		const connection = mirror.connections.at(-1);
		expect(report.fingerprints).toEqual(connection?.fingerprints);
		expect(report.akamai).toBe(connection?.akamai);
		expect(report.fingerprints.ja4).toMatch(/^t13d\d{4}h2_[0-9a-f]{12}_[0-9a-f]{12}$/);
		expect(connection?.tlsRecords[0]?.slice(0, 2)).toEqual([22, '0301']);
	});

	test('many streams at once are answered', async () => {
		using client = await http2Session(mirror);
		const paths = Array.from({ length: 100 }, (_, index) => `/bytes/${index * 1000}`);
		const answers = await Promise.all(paths.map((path) => client.get(path)));
		expect(answers.map((answer) => answer.body.length)).toEqual(paths.map((_, index) => index * 1000));
	});
});

describe('HTTP/1.1', () => {
	test('node:https: the head is kept verbatim', async () => {
		await http1(mirror, '/echo?x=1', { headers: { 'X-Mixed-Case': 'a', 'x-lower': 'b' } });
		const request = await mirror.waitForRequest((each) => each.path === '/echo?x=1');
		expect(request.rawHead).toBe(
			`GET /echo?x=1 HTTP/1.1\r\nX-Mixed-Case: a\r\nx-lower: b\r\nHost: localhost:${mirror.port}\r\nConnection: close\r\n\r\n`,
		);
		expect(request.headers[0]).toEqual(['X-Mixed-Case', 'a']);
	});

	test('python: sequential requests on one connection', async () => {
		const program = `
import http.client, os, ssl
context = ssl.create_default_context(cafile=os.environ['CA'])
connection = http.client.HTTPSConnection('localhost', int(os.environ['PORT']), context=context)
for body in ('first', 'second'):
    connection.request('POST', '/echo?python', body=body)
    response = connection.getresponse()
    response.read()
    print(response.status)
`;
		expect(await python(mirror, program)).toBe('200\n200\n');
		const requests = mirror.requests.filter((each) => each.path === '/echo?python');
		expect(requests.map((each) => each.body.toString())).toEqual(['first', 'second']);
		expect(new Set(requests.map((each) => each.connectionId)).size).toBe(1);
	});

	test('curl: chunk sizes, trailers and Expect are seen', async () => {
		const url = `${mirror.urlFor('localhost')}/upload?chunked`;
		const args = [
			'--http1.1',
			'-H',
			'Transfer-Encoding: chunked',
			'-H',
			'Expect: 100-continue',
			'-d',
			'x'.repeat(2000),
			url,
		];
		expect(JSON.parse(await curl(mirror, ...args))).toMatchObject({ bytes: 2000 });
		const request = await mirror.waitForRequest((each) => each.path === '/upload?chunked');
		expect(request.chunkSizes?.at(-1)).toBe(0);
		expect(request.bodyLength).toBe(2000);
	});
});

describe('large bodies', () => {
	const size = 200_000_000;
	test.each(['--http2', '--http1.1'])('%s: 200 MB come and go', async (version) => {
		const host = mirror.urlFor('localhost');
		const format = ['-o', '/dev/null', '-w', '%{size_download}'];
		expect(await curl(mirror, version, ...format, `${host}/stream/${size}`)).toBe(String(size));
		await using file = await zeroFile(size);
		const answer = JSON.parse(await curl(mirror, version, '-T', file.path, `${host}/upload`));
		expect(answer).toEqual({ bytes: size, sha256: file.sha256 });
	});

	test('a reader that stops holds the server back', async () => {
		let produced = 0;
		await using source = await startMirror({
			handler: () => ({
				body: (async function* () {
					for (; produced < 100_000_000; produced += 65_536) yield Buffer.alloc(65_536);
				})(),
			}),
		});
		using slow = await http2Session(source);
		const stream = slow.session.request({ ':path': '/' });
		await once(stream, 'response');
		expect(await standstill(() => produced)).toBeLessThan(20_000_000); // nobody reads `stream`
		stream.destroy();
	});
});

describe('TLS', () => {
	test('a group without key share forces a HelloRetryRequest', async () => {
		await using retry = await startMirror({ groups: ['P-384'] });
		await http1(retry, '/');
		const [connection] = retry.connections;
		expect(connection?.clientHello?.keyShares.map((share) => share.group)).not.toContain(24);
		expect(connection?.secondClientHello?.keyShares.map((share) => share.group)).toEqual([24]);
		expect(connection?.secondClientHello?.random).toBe(connection?.clientHello?.random);
	});

	test.each(['1.2', '1.3'] as const)('TLS %s: a ticket is resumed, unless tickets are off', async (version) => {
		const resumed = async (tickets: boolean) => {
			await using server = await startMirror({ tlsVersions: [version, version], protocols: ['http/1.1'], tickets });
			const connect = async (session?: Buffer) => {
				const socket = tls.connect({
					port: server.port,
					host: '127.0.0.1',
					servername: 'localhost',
					ca: server.caPem,
					session,
				});
				let ticket: Buffer | undefined;
				socket.on('session', (data) => {
					ticket = data;
				});
				socket.end('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
				socket.resume();
				await once(socket, 'close');
				return ticket ?? (socket.getSession() as Buffer | undefined);
			};
			await connect(await connect());
			return server.connections.map((each) => each.resumed);
		};
		expect(await resumed(true)).toEqual([false, true]);
		expect(await resumed(false)).toEqual([false, false]);
	});

	test('without ALPN HTTP/1.1 is spoken', async () => {
		await using server = await startMirror({ protocols: [] });
		await http1(server, '/');
		expect(server.connections[0]).toMatchObject({ alpn: null, protocol: 'http/1.1' });
	});
});

test('plain mode speaks HTTP/1.1 and HTTP/2 with prior knowledge', async () => {
	await using plain = await startPlainMirror();
	const response = await fetch(`${plain.url}/echo`);
	expect(await response.json()).toMatchObject({ protocol: 'http/1.1' });
	expect(JSON.parse(await curl(plain, '--http2-prior-knowledge', `${plain.url}/echo`))).toMatchObject({
		protocol: 'h2',
	});
	expect(plain.connections.map((each) => each.clientHello)).toEqual([null, null]);
});
