import { once } from 'node:events';
import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Mirror, startMirror } from '../src/index.ts';
import { curl, http1, http2Session } from './support/clients.ts';

let mirror: Mirror;
beforeAll(async () => {
	mirror = await startMirror();
});
afterAll(() => mirror.close());

test('/redirect keeps the status and walks its hops', async () => {
	const first = await http1(mirror, '/redirect/307?to=/echo&count=2');
	expect([first.status, first.headers.location]).toEqual([307, '/redirect/307?count=1&to=%2Fecho']);
	const second = await http1(mirror, String(first.headers.location));
	expect([second.status, second.headers.location]).toEqual([307, '/echo']);
	expect((await http1(mirror, '/redirect/200')).status).toBe(400);
});

describe('login', () => {
	const form = { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' } };

	test('a cookie opens the dashboard', async () => {
		expect((await http1(mirror, '/dashboard')).status).toBe(401);
		const login = await http1(mirror, '/login', { ...form, body: 'user=alice&password=open+sesame' });
		expect([login.status, login.headers.location]).toEqual([303, '/dashboard']);
		const cookie = String(login.headers['set-cookie']).split(';')[0] ?? '';
		const dashboard = await http1(mirror, '/dashboard', { headers: { cookie } });
		expect(dashboard.status).toBe(200);
		expect(dashboard.body.toString()).toContain('Welcome, alice');
	});

	test('a wrong password and a forged cookie do not', async () => {
		expect((await http1(mirror, '/login', { ...form, body: 'user=alice&password=no' })).status).toBe(401);
		const forged = `session=${Buffer.from('alice').toString('base64url')}.AAAA`;
		expect((await http1(mirror, '/dashboard', { headers: { cookie: forged } })).status).toBe(401);
	});
});

test('/cookies/set sends each cookie verbatim and /cookies shows what came back', async () => {
	const set = await http1(mirror, '/cookies/set?a=1&b=2&attributes=Path=/;%20HttpOnly&raw=c=3;%20Max-Age=5');
	expect(set.headers['set-cookie']).toEqual(['a=1; Path=/; HttpOnly', 'b=2; Path=/; HttpOnly', 'c=3; Max-Age=5']);
	using client = await http2Session(mirror);
	const shown = await client.get('/cookies', { cookie: ['a=1', 'b=2'] });
	expect(JSON.parse(shown.body.toString()).cookies).toEqual({ a: '1', b: '2' });
});

test.each([
	['gzip', gunzipSync],
	['br', brotliDecompressSync],
	['zstd', zstdDecompressSync],
	['deflate', inflateSync],
	['deflate-raw', inflateRawSync],
])('/%s is really encoded so', async (name, decode) => {
	const answer = await http1(mirror, `/${name}`);
	expect(answer.headers['content-encoding']).toBe(name === 'deflate-raw' ? 'deflate' : name);
	expect(JSON.parse(decode(answer.body).toString()).text).toBe('hello '.repeat(200));
});

describe.each(['h1', 'h2'])('over %s', (version) => {
	const get = async (path: string) => {
		if (version === 'h1') return http1(mirror, path);
		using client = await http2Session(mirror);
		return await client.get(path);
	};

	test('/bytes has a length, /stream has none, both the same pattern', async () => {
		const [bytes, stream] = [await get('/bytes/70000'), await get('/stream/70000')];
		expect(bytes.headers['content-length']).toBe('70000');
		expect(stream.headers['content-length']).toBeUndefined();
		expect(bytes.body.equals(stream.body)).toBe(true);
		expect(bytes.body[65_537]).toBe(1);
	});

	test('/trailers', async () => {
		const answer = await get('/trailers');
		expect(answer.body.toString()).toBe('body before trailers\n');
		expect(answer.trailers).toMatchObject({ 'x-checksum': 'abc123' });
	});

	test('/status/204, HEAD-less 404 and wrong arguments', async () => {
		expect(await get('/status/204')).toMatchObject({ status: 204, body: Buffer.alloc(0) });
		expect((await get('/no/such/page')).status).toBe(404);
		expect((await get('/bytes/x')).status).toBe(400);
		expect((await get('/constructor')).status).toBe(404);
	});

	test('/drip and /slow arrive whole', async () => {
		expect((await get('/drip?bytes=5&interval=1')).body).toEqual(Buffer.from([0, 1, 2, 3, 4]));
		expect((await get('/slow/5')).body.toString()).toBe('slow\n');
	});
});

test('/1xx sends 103 before 200', async () => {
	expect(await curl(mirror, '-i', '--http1.1', `${mirror.urlFor('localhost')}/1xx`)).toMatch(
		/^HTTP\/1.1 103 .*\r\nlink: .*\r\n\r\nHTTP\/1.1 200 /,
	);
	using client = await http2Session(mirror);
	const stream = client.session.request({ ':path': '/1xx' });
	const [head] = await once(stream, 'headers');
	expect(head[':status']).toBe(103);
	stream.resume();
});

test('/reset, /goaway and /destroy end what they say', async () => {
	using client = await http2Session(mirror);
	const stream = client.session.request({ ':path': '/reset?code=11' });
	await expect(once(stream, 'end')).rejects.toThrow('ENHANCE_YOUR_CALM');
	const goaway = once(client.session, 'goaway');
	expect((await client.get('/goaway')).body.toString()).toBe('going away\n');
	expect((await goaway).slice(0, 2)).toEqual([0, 3]);
	await expect(http1(mirror, '/destroy')).rejects.toMatchObject({ code: 'ECONNRESET' });
});

test('HEAD has the headers of GET and no body', async () => {
	const head = await http1(mirror, '/bytes/5000', { method: 'HEAD' });
	expect([head.headers['content-length'], head.body.length]).toEqual(['5000', 0]);
});

test('CORS: preflight and answers name the origin', async () => {
	const headers = {
		origin: 'https://other.example',
		'access-control-request-method': 'PUT',
		'access-control-request-headers': 'x-a',
	};
	const preflight = await http1(mirror, '/echo', { method: 'OPTIONS', headers });
	expect(preflight.headers).toMatchObject({
		'access-control-allow-origin': 'https://other.example',
		'access-control-allow-headers': 'x-a',
	});
});

test("/ws echoes what Node's WebSocket sends", async () => {
	await using plain = await startMirror({ tls: false });
	const socket = new WebSocket(`${plain.url.replace('http', 'ws')}/ws`, ['chat', 'other']);
	await once(socket, 'open');
	expect(socket.protocol).toBe('chat');
	for (const text of ['hello', 'x'.repeat(70_000)]) {
		const echoed = once(socket, 'message');
		socket.send(text);
		expect((await echoed)[0].data).toBe(text);
	}
	const closed = once(socket, 'close');
	socket.close(1000);
	expect((await closed)[0].code).toBe(1000);
});

test('WebSocket over HTTP/2: extended CONNECT is a tunnel', async () => {
	await using server = await startMirror({
		http2: {
			settings: [
				[3, 100],
				[8, 1],
			],
		},
	});
	using client = await http2Session(server);
	if (!client.session.remoteSettings.enableConnectProtocol) await once(client.session, 'remoteSettings');
	const stream = client.session.request({
		':method': 'CONNECT',
		':protocol': 'websocket',
		':path': '/ws',
		':scheme': 'https',
	});
	const [head] = await once(stream, 'response');
	expect(head[':status']).toBe(200);
	stream.write(Buffer.from('8185000000006869206974', 'hex')); // masked "hi it", mask 0
	expect((await once(stream, 'data'))[0].toString('latin1')).toBe('\x81\x05hi it');
	stream.destroy();
});

test('a handler comes before the routes and may leave requests to them', async () => {
	await using server = await startMirror({
		handler: (request) => (request.url.pathname === '/own' ? { body: 'own' } : undefined),
	});
	expect((await http1(server, '/own')).body.toString()).toBe('own');
	expect((await http1(server, '/status/200')).status).toBe(200);
});

test('a handler that throws is status 500', async () => {
	const server = await startMirror({ handler: () => Promise.reject(new Error('broken')) });
	expect((await http1(server, '/')).status).toBe(500);
	await server.close();
});

test('waitForRequest is rejected by close()', async () => {
	const server = await startMirror();
	const waiting = server.waitForRequest(() => false);
	await server.close();
	await expect(waiting).rejects.toThrow('closed');
});
