import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
	createServer as createPlainServer,
	type Server as HttpServer,
	type IncomingMessage,
	type ServerResponse,
} from 'node:http';
import { createSecureServer } from 'node:http2';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import type { Identity } from '@wiretwin/mirror';
import { pattern } from '../pattern.ts';

/** The parser's word for a request that was given up. */
const CUT = 'HPE_INVALID_EOF_STATE';
/** Bytes of a bad request that are shown. */
const SHOWN = 200;
/** Of a body at a time, bytes: a quarter of what a connection holds before it says that it is full. */
const PIECE = 16_384;
const encoders = { gzip: gzipSync, br: brotliCompressSync, zstd: zstdCompressSync };
/** Compressed bodies by path; the client asks for some dozens of them. */
const compressed = new Map<string, Buffer>();

/** Servers of Node that behave: their code shares nothing with the mirror's or with ours. */
export async function startSteady(
	{ certificatePem: cert, keyPem: key }: Identity,
	noteBadRequest: (what: string) => void,
) {
	const plain = createPlainServer(answer);
	const h1 = createTlsServer({ cert, key }, answer);
	// It closes connections of clients that reset a lot; here some do nothing else.
	const h2 = createSecureServer(
		{ cert, key, allowHTTP1: true, streamResetBurst: 1e9, streamResetRate: 1e9 },
		answer as never,
	);
	for (const server of [plain, h1, h2 as unknown as HttpServer]) {
		// A connection that the server closes takes requests along that a client may not repeat.
		server.keepAliveTimeout = 0;
		server.headersTimeout = 0;
		server.requestTimeout = 0;
	}
	h2.on('sessionError', () => undefined);
	return {
		plain: `http://127.0.0.1:${await listen(plain, noteBadRequest)}`,
		h1: `https://127.0.0.1:${await listen(h1, noteBadRequest)}`,
		h2: `https://127.0.0.1:${await listen(h2, noteBadRequest)}`,
	};
}

async function listen(server: Server, noteBadRequest: (what: string) => void): Promise<number> {
	server
		.on('tlsClientError', () => undefined)
		.on('clientError', (error: NodeJS.ErrnoException & { rawPacket?: Buffer }, socket: { destroy(): void }) => {
			socket.destroy();
			const { code = '', rawPacket } = error;
			if (code.startsWith('HPE_') && code !== CUT)
				noteBadRequest(`${code}: ${rawPacket?.toString('latin1', 0, SHOWN)}`);
		});
	server.listen(0, '127.0.0.1', 1024);
	await once(server, 'listening');
	return (server.address() as AddressInfo).port;
}

/** `/bytes/<seed>/<n>`, `/drip/<seed>/<n>`, `/gzip|br|zstd/<seed>/<n>`, `/digest`, `/hop?to=&left=&status=`; `wait` ms each. */
function answer(request: IncomingMessage, response: ServerResponse): void {
	// The client may go at any moment.
	request.on('error', () => undefined);
	response.on('error', () => undefined);
	respond(request, response).catch(() => response.destroy());
}

async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
	const { pathname, searchParams } = new URL(request.url ?? '/', 'https://peer.test');
	const [, route = '', first = '', second = ''] = pathname.split('/');
	const wait = Number(searchParams.get('wait'));
	const [seed, length] = [Number(first), Number(second)];
	const digest = route === 'digest' ? await digestOf(request) : undefined;
	if (route !== 'digest') request.resume();
	if (wait > 0) await delay(wait);
	if (response.destroyed) return;
	switch (route) {
		case 'bytes':
			response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': length });
			await send(response, pattern(seed, length));
			break;
		case 'drip': {
			response.writeHead(200, { 'content-type': 'application/octet-stream' });
			const body = pattern(seed, length);
			const piece = Math.ceil(length / 5);
			for (let at = 0; at < length && !response.destroyed; at += piece) {
				await write(response, body.subarray(at, at + piece));
				await delay(wait / 5);
			}
			response.end();
			break;
		}
		case 'digest':
			response.writeHead(200, { 'content-type': 'application/json', 'set-cookie': `last=${first}; Path=/` });
			response.end(JSON.stringify(digest));
			break;
		case 'hop':
			hop(searchParams, response);
			break;
		default:
			await sendCompressed(route, pathname, pattern(seed, length), response);
	}
}

/** A whole body and its end. */
async function send(response: ServerResponse, body: Buffer): Promise<void> {
	await write(response, body);
	response.end();
}

/**
 * Never more than a connection takes at once: one that is still full when the next request comes is paused, and Node's parser
 * then refuses (HPE_PAUSED) what TLS has already decrypted of it.
 */
async function write(response: ServerResponse, body: Buffer): Promise<void> {
	for (let at = 0; at < body.length && !response.destroyed; at += PIECE) {
		await new Promise<void>((resolve) => {
			response.once('close', resolve);
			response.write(body.subarray(at, at + PIECE), () => {
				response.off('close', resolve);
				resolve();
			});
		});
	}
}

async function digestOf(request: IncomingMessage): Promise<{ bytes: number; sha256: string }> {
	const hash = createHash('sha256');
	let bytes = 0;
	// Read without a pause: Node's parser refuses what comes while it is paused (HPE_PAUSED), and the connection with it.
	request.on('data', (chunk: Buffer) => {
		hash.update(chunk);
		bytes += chunk.length;
	});
	await once(request, 'end');
	return { bytes, sha256: hash.digest('hex') };
}

function hop(parameters: URLSearchParams, response: ServerResponse): void {
	const [to = '', left, status] = ['to', 'left', 'status'].map((name) => parameters.get(name) ?? '');
	const next = new URLSearchParams({ to, left: String(Number(left) - 1), status: String(status) });
	response.writeHead(Number(status), { location: Number(left) > 0 ? `/hop?${next}` : to });
	response.end('elsewhere');
}

async function sendCompressed(coding: string, key: string, body: Buffer, response: ServerResponse): Promise<void> {
	const encode = Object.hasOwn(encoders, coding) ? encoders[coding as keyof typeof encoders] : undefined;
	if (!encode) {
		response.writeHead(404).end();
		return;
	}
	let bytes = compressed.get(key);
	if (!bytes) {
		bytes = encode(body);
		compressed.set(key, bytes);
	}
	response.writeHead(200, { 'content-type': 'text/plain', 'content-encoding': coding });
	await send(response, bytes);
}
