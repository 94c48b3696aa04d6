import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createServer as createTlsServer } from 'node:tls';
import { HpackDecoder, sharedAuthority } from '@wiretwin/mirror';
import type { Answer } from './read-answers.ts';

/** A request as far as the comparison needs it. */
export type Seen = { target: string; cookie: string | undefined };

/** Gives the answers of the table, byte for byte, and notes what is asked. */
export type AnswerServer = {
	/** Origin of the answers over HTTP/1.1. */
	readonly http1: string;
	/** Origin of those over HTTP/2. */
	readonly h2: string;
	/** Forgets what was asked; the next requests belong to `answer`. */
	begin(answer: Answer): void;
	readonly seen: readonly Seen[];
	close(): Promise<void>;
};

const HOST = 'www.mirror.test';
const PAGE = '<!doctype html><title>answers</title>';
const landing = (text: string) =>
	`HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: ${text.length}\r\nCache-Control: no-store\r\n\r\n${text}`;

/** Where the answer of the table is asked for; everything else is a page, or where a redirect has led. */
export const isAnswerPath = (target: string): boolean => /^\/c\/\d+\/answer$/.test(target);

export async function startAnswerServer(): Promise<AnswerServer> {
	let current: Answer | undefined;
	let seen: Seen[] = [];
	const open = new Set<Socket>();
	const note = (target: string, cookie: string | undefined) => {
		if (target !== '/favicon.ico') seen.push({ target, cookie });
	};
	const plain = createServer({ allowHalfOpen: true }, (socket) => {
		track(open, socket);
		serveHttp1(socket, (target, cookie) => {
			note(target, cookie);
			return isAnswerPath(target) && current ? current : undefined;
		});
	});
	const identity = sharedAuthority().serverIdentity('trusted');
	const secure = createTlsServer(
		{ cert: identity.certificatePem, key: identity.keyPem, ALPNProtocols: ['h2'] },
		(socket) => {
			track(open, socket);
			serveHttp2(socket, (target, cookie) => {
				note(target, cookie);
				return isAnswerPath(target) && current ? current : undefined;
			});
		},
	);
	secure.on('tlsClientError', () => {});
	const ports = [];
	for (const server of [plain, secure]) {
		server.listen(0, '127.0.0.1');
		await once(server, 'listening');
		const address = server.address();
		ports.push(typeof address === 'object' && address ? address.port : 0);
	}
	return {
		http1: `http://${HOST}:${ports[0]}`,
		h2: `https://${HOST}:${ports[1]}`,
		begin(answer) {
			current = answer;
			seen = [];
		},
		get seen() {
			return seen;
		},
		async close() {
			const closed = [once(plain, 'close'), once(secure, 'close')];
			plain.close();
			secure.close();
			for (const socket of open) socket.destroy();
			await Promise.all(closed);
		},
	};
}

function track(open: Set<Socket>, socket: Socket): void {
	open.add(socket);
	socket.setNoDelay(true);
	socket.on('close', () => open.delete(socket));
	socket.on('error', () => {});
}

type Choose = (target: string, cookie: string | undefined) => Answer | undefined;

function serveHttp1(socket: Socket, choose: Choose): void {
	let text = '';
	let over = false;
	socket.on('end', () => socket.end());
	socket.on('data', (data: Buffer) => {
		text += data.toString('latin1');
		for (;;) {
			const end = text.indexOf('\r\n\r\n');
			// A request behind an answer that ended the connection is repeated on another one.
			if (end < 0 || over) return;
			const lines = text.slice(0, end).split('\r\n');
			text = text.slice(end + 4);
			const target = lines[0]?.split(' ')[1] ?? '';
			const cookie = lines
				.find((line) => /^cookie:/i.test(line))
				?.slice(7)
				.trim();
			const answer = choose(target, cookie);
			socket.write(Buffer.from(answer ? answer.said : landing(target === '/' ? PAGE : 'landed'), 'latin1'));
			if (answer && !answer.keep) {
				over = true;
				socket.end();
			}
		}
	});
}

const frame = (type: number, flags: number, stream: number, payload: Buffer): Buffer => {
	const head = Buffer.alloc(9);
	head.writeUIntBE(payload.length, 0, 3);
	head.writeUInt8(type, 3);
	head.writeUInt8(flags, 4);
	head.writeUInt32BE(stream, 5);
	return Buffer.concat([head, payload]);
};

/** A literal without indexing, whatever is in it. */
function literal(name: string, value: string): Buffer {
	const text = (part: string) => Buffer.from(String.fromCharCode(part.length) + part, 'latin1');
	return Buffer.concat([Buffer.from([0]), text(name), text(value)]);
}

function serveHttp2(socket: Duplex, choose: Choose): void {
	const decoder = new HpackDecoder();
	let buffer = Buffer.alloc(0);
	let preface = false;
	socket.write(frame(4, 0, 0, Buffer.alloc(0)));
	socket.on('data', (data: Buffer) => {
		buffer = Buffer.concat([buffer, data]);
		if (!preface) {
			if (buffer.length < 24) return;
			buffer = buffer.subarray(24);
			preface = true;
		}
		while (buffer.length >= 9) {
			const length = buffer.readUIntBE(0, 3);
			if (buffer.length < 9 + length) return;
			const [type, flags, stream] = [buffer.readUInt8(3), buffer.readUInt8(4), buffer.readUInt32BE(5)];
			const payload = buffer.subarray(9, 9 + length);
			buffer = buffer.subarray(9 + length);
			if (type === 4 && (flags & 1) === 0) socket.write(frame(4, 1, 0, Buffer.alloc(0)));
			if (type === 6 && (flags & 1) === 0) socket.write(frame(6, 1, 0, payload));
			if (type !== 1) continue;
			// Requests of a browser fit one frame; a priority block of five bytes stands in front.
			const { fields } = decoder.decode(flags & 0x20 ? payload.subarray(5) : payload);
			const of = (name: string) => fields.filter(([each]) => each === name).map(([, value]) => value);
			const cookies = of('cookie');
			const answer = choose(of(':path')[0] ?? '', cookies.length > 0 ? cookies.join('; ') : undefined);
			socket.write(answerFrames(answer?.said ?? ':status: 200\ncontent-type: text/html\n\nlanded', stream));
		}
	});
}

function answerFrames(said: string, stream: number): Buffer {
	const end = said.indexOf('\n\n');
	const lines = said.slice(0, end).split('\n');
	const block = lines.map((line) => {
		const at = line.indexOf(': ', 1);
		return literal(line.slice(0, at), line.slice(at + 2));
	});
	return Buffer.concat([
		frame(1, 4, stream, Buffer.concat(block)),
		frame(0, 1, stream, Buffer.from(said.slice(end + 2), 'latin1')),
	]);
}
