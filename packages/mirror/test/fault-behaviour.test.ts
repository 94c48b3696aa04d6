import { execFile } from 'node:child_process';
import { once } from 'node:events';
import http2 from 'node:http2';
import { promisify } from 'node:util';
import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { type Fault, startFault } from '../src/index.ts';
import { caFile } from './support/clients.ts';
import { eventually, standstill } from './support/eventually.ts';
import { connectTcp, connectTls, HTTP1_REQUEST, readAll } from './support/fault-client.ts';

const execute = promisify(execFile);

/** Bytes that an HTTP/1 fault sends for one GET. */
async function http1Bytes(fault: Fault, enough?: (bytes: Buffer) => boolean): Promise<Buffer> {
	const socket = await connectTls(fault, ['http/1.1']);
	socket.write(HTTP1_REQUEST);
	return readAll(socket, enough);
}

function bodyOf(response: Buffer): Buffer {
	return response.subarray(response.indexOf('\r\n\r\n') + 4);
}

/** A node:http2 client that trusts the fault. */
function connectHttp2(fault: Fault) {
	const session = http2.connect(fault.url, { ca: fault.caPem, settings: { enablePush: false } });
	session.on('error', () => {}); // every request has its own error
	return Object.assign(session, { [Symbol.dispose]: () => session.destroy() });
}

async function get(session: http2.ClientHttp2Session, path: string, body?: Buffer): Promise<string> {
	const stream = session.request({ ':path': path, ':method': body ? 'POST' : 'GET' });
	stream.end(body);
	const chunks: Buffer[] = [];
	for await (const chunk of stream) chunks.push(chunk);
	return Buffer.concat(chunks).toString();
}

test('F01 sends both lengths', async () => {
	await using fault = await startFault('F01');
	const bytes = await http1Bytes(fault, (seen) => seen.includes('hello!'));
	expect(bytes.toString()).toBe('HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!');
});

test('F06 sends the genuine answer of this request, then a forged one', async () => {
	await using fault = await startFault('F06');
	const bytes = await http1Bytes(fault, (seen) => seen.includes('forged'));
	expect(bytes.toString()).toMatch(
		/^HTTP\/1\.1 200 OK\r\n.*\r\n\r\ngenuine \/thingHTTP\/1\.1 200 OK\r\n.*\r\n\r\nforged$/,
	);
});

test('F08 goes on until the client leaves', async () => {
	await using fault = await startFault('F08', { variant: 'many-fields' });
	const bytes = await http1Bytes(fault, (seen) => seen.length > 5_000_000);
	expect(bytes.toString('latin1').match(/X-\d+: 1/g)?.length).toBeGreaterThan(100_000);
});

describe('F13', () => {
	const program = `
import os, socket, ssl
context = ssl.create_default_context(cafile=os.environ['CA'])
raw = socket.create_connection(('127.0.0.1', int(os.environ['PORT'])))
tls = context.wrap_socket(raw, server_hostname='localhost', suppress_ragged_eofs=False)
tls.sendall(b'GET / HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n')
try:
    while tls.recv(65536): pass
    print('clean')
except ssl.SSLEOFError:
    print('truncated')
`;
	test.each([
		['read-to-close', 'truncated'],
		['read-to-close-clean', 'clean'],
	])('%s is %s for a client that looks', async (variant, outcome) => {
		await using fault = await startFault('F13', { variant });
		await using ca = await caFile(fault);
		const env = { ...process.env, CA: ca.path, PORT: String(fault.port) };
		const { stdout } = await execute('python3', ['-c', program], { env });
		expect(stdout.trim()).toBe(outcome);
	});
});

test('H05 shrink-below-zero lets a correct client finish its upload', async () => {
	await using fault = await startFault('H05', { variant: 'shrink-below-zero' });
	using session = connectHttp2(fault);
	expect(await get(session, '/', Buffer.alloc(300_000))).toBe('300000');
});

test.each(['plain', 'padded'])('H06 %s survives 300 cycles with a client that returns its window', async (variant) => {
	await using fault = await startFault('H06', { variant });
	using session = connectHttp2(fault);
	for (let cycle = 0; cycle < 300; cycle++) {
		const stream = session.request({ ':path': `/${cycle}` });
		stream.on('error', () => {});
		await once(stream, 'response');
		const closed = once(stream, 'close');
		stream.close(http2.constants.NGHTTP2_CANCEL);
		await closed;
	}
	expect(await get(session, '/end')).toBe('answer to /end');
});

test('H07 refused-once answers the next request; goaway-zero-once the next connection', async () => {
	await using refused = await startFault('H07', { variant: 'refused-once' });
	using session = connectHttp2(refused);
	await expect(get(session, '/a')).rejects.toThrow('REFUSED_STREAM');
	expect(await get(session, '/b')).toBe('answer to /b');

	await using gone = await startFault('H07', { variant: 'goaway-zero-once' });
	using first = connectHttp2(gone);
	await expect(get(first, '/a')).rejects.toThrow();
	using second = connectHttp2(gone);
	expect(await get(second, '/a')).toBe('answer to /a');
});

test('H09 spares siblings', async () => {
	await using fault = await startFault('H09', { variant: 'uppercase' });
	using session = connectHttp2(fault);
	const outcomes = await Promise.allSettled([get(session, '/broken'), get(session, '/sibling')]);
	expect(outcomes.map((each) => each.status)).toEqual(['rejected', 'fulfilled']);
});

test.each([
	['H01', 'continuation-flood', true],
	['H02', 'even-stream', false],
	['H10', 'settings-length', true],
	['H12', 'promise', false],
])('%s %s makes a strict client end the connection, which is logged', async (id, variant, saysGoAway) => {
	await using fault = await startFault(id, { variant });
	using session = connectHttp2(fault);
	await expect(get(session, '/')).rejects.toThrow();
	// node:http2 says GOAWAY for some errors and only closes for others.
	await eventually(() => expect(fault.log.connections[0]?.closed).not.toBeNull());
	const types = fault.log.connections[0]?.frames.map((frame) => frame.type);
	expect(types?.includes('GOAWAY')).toBe(saysGoAway);
});

test('H11 http11-required resets h2 and answers HTTP/1.1', async () => {
	await using fault = await startFault('H11', { variant: 'http11-required' });
	using session = connectHttp2(fault);
	await expect(get(session, '/')).rejects.toThrow('HTTP_1_1_REQUIRED');
	expect((await http1Bytes(fault, (seen) => seen.includes('spoken'))).toString()).toContain('spoken in HTTP/1.1');
});

describe('B01', () => {
	const expandedBytes = 64 * 1024 * 1024;
	test.each([
		['gzip', gunzipSync],
		['deflate', inflateSync],
		['br', brotliDecompressSync],
		['zstd', zstdDecompressSync],
	])('%s unpacks to exactly what was asked for', async (variant, unpack) => {
		await using fault = await startFault('B01', { variant, expandedBytes });
		const length = (seen: Buffer) => Number(/Content-Length: (\d+)/.exec(seen.toString('latin1', 0, 300))?.[1]);
		const body = bodyOf(await http1Bytes(fault, (seen) => bodyOf(seen).length >= length(seen)));
		expect(body.length).toBeLessThan(expandedBytes / 250);
		expect(unpack(body).length).toBe(expandedBytes);
	});

	test('zstd-window asks for more than a default decoder grants', async () => {
		await using fault = await startFault('B01', { variant: 'zstd-window' });
		const body = bodyOf(await http1Bytes(fault, (seen) => bodyOf(seen).length >= 10));
		expect(() => zstdDecompressSync(body)).toThrow(/memory/);
	});
});

test('B05 over HTTP/2 respects the windows and arrives whole', async () => {
	await using fault = await startFault('B05', { variant: 'h2', expandedBytes: 20_000_001 });
	using session = connectHttp2(fault);
	const stream = session.request({ ':path': '/' });
	let length = 0;
	let matches = true;
	for await (const chunk of stream) {
		matches &&= (chunk as Buffer).every((byte, index) => byte === ((length + index) & 0xff));
		length += chunk.length;
	}
	expect([length, matches]).toEqual([20_000_001, true]);
});

test('B05 over HTTP/1 stops when the reader stops', async () => {
	await using fault = await startFault('B05', { variant: 'http1' });
	const socket = await connectTls(fault, ['http/1.1']);
	socket.pause();
	socket.write(HTTP1_REQUEST);
	// The counter stands still once every buffer on the way is full.
	expect(await standstill(() => fault.log.connections[0]?.bytesSent ?? 0)).toBeLessThan(50_000_000);
	socket.destroy();
});

test('C01 close-on-second leaves only the first connection without its second answer', async () => {
	await using fault = await startFault('C01');
	const socket = await connectTls(fault, ['http/1.1']);
	socket.write(HTTP1_REQUEST);
	expect((await once(socket, 'data'))[0].toString()).toContain('answer to /thing');
	socket.write(HTTP1_REQUEST);
	expect(await readAll(socket)).toHaveLength(0);
	const again = await http1Bytes(fault, (seen) => seen.includes('answer'));
	expect(again.toString()).toContain('answer to /thing');
});

test('P01 status-407 closes nothing and shows what the proxy was told', async () => {
	await using fault = await startFault('P01');
	const socket = await connectTcp(fault);
	const connect = 'CONNECT www.mirror.test:443 HTTP/1.1\r\nHost: www.mirror.test:443\r\n\r\n';
	socket.write(connect);
	expect((await once(socket, 'data'))[0].toString()).toContain('407 Proxy Authentication Required');
	expect(fault.log.connections[0]?.requests).toEqual([connect]);
	socket.destroy();
});

test('P02 logs the greeting and the address, and names the refusal', async () => {
	await using fault = await startFault('P02', { variant: 'refused' });
	const socket = await connectTcp(fault);
	socket.write(Buffer.from('050100', 'hex'));
	expect((await once(socket, 'data'))[0].toString('hex')).toBe('0500');
	const connect = `05010003${'0f'}${Buffer.from('www.mirror.test').toString('hex')}01bb`;
	socket.write(Buffer.from(connect, 'hex'));
	expect((await once(socket, 'data'))[0].toString('hex')).toBe('05050001000000000000');
	expect(fault.log.connections[0]?.requests).toEqual(['050100', connect]);
	socket.destroy();
});

test('T04 one-byte-segments arrives, huge-certificate is refused by a careful client', async () => {
	await using slow = await startFault('T04', { variant: 'one-byte-segments' });
	expect((await http1Bytes(slow, (seen) => seen.includes('right'))).toString()).toContain('slow but right');
	await using huge = await startFault('T04', { variant: 'huge-certificate' });
	await expect(connectTls(huge, ['http/1.1'])).rejects.toThrow('excessive message size');
});
