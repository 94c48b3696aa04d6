import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { sharedAuthority } from '@wiretwin/mirror';

/** One frame of the client, unmasked. */
export type ClientFrame = { opcode: number; rsv1: boolean; masked: boolean; payload: Buffer };

/** A server that answers a WebSocket handshake and then does what the test says. */
export type SocketPeer = AsyncDisposable & {
	port: number;
	url: string;
	/** Heads of the requests, with their final blank line. */
	heads: string[];
	/** Frames of the client, all connections together. */
	frames: ClientFrame[];
	/** Code of the client's first close frame, once it has come; `undefined` if the connection ends without one. */
	closeCode: Promise<number | undefined>;
};

export type SocketScript = {
	tls?: boolean;
	/** Lines of the 101 answer beside the three that are always needed. */
	answer?: readonly string[];
	/** The whole answer instead. */
	raw?: (accept: string) => string;
	/** Called once the answer is out. */
	afterAnswer?: (socket: Socket) => void;
	/** Leaves the connection open after a close frame of the client. @default false */
	ignoresClose?: boolean;
	/** Called for each frame. */
	onFrame?: (frame: ClientFrame, socket: Socket) => void;
};

export async function startSocketPeer(script: SocketScript = {}): Promise<SocketPeer> {
	const sockets = new Set<Socket>();
	const heads: string[] = [];
	const frames: ClientFrame[] = [];
	const closeCode = Promise.withResolvers<number | undefined>();
	const accept = (socket: Socket) => {
		sockets.add(socket);
		let input: Buffer = Buffer.alloc(0);
		let isOpen = false;
		socket.on('error', () => undefined);
		socket.on('close', () => closeCode.resolve(undefined));
		socket.on('data', (data: Buffer) => {
			input = Buffer.concat([input, data]);
			if (!isOpen) {
				const end = input.indexOf('\r\n\r\n');
				if (end < 0) return;
				const head = input.subarray(0, end + 4).toString('latin1');
				input = input.subarray(end + 4);
				heads.push(head);
				isOpen = true;
				socket.write(answerTo(head, script));
				script.afterAnswer?.(socket);
			}
			for (let cut = cutFrame(input); cut; cut = cutFrame(input)) {
				input = cut.rest;
				frames.push(cut.frame);
				if (cut.frame.opcode === 8) {
					closeCode.resolve(cut.frame.payload.length >= 2 ? cut.frame.payload.readUInt16BE(0) : undefined);
				}
				script.onFrame?.(cut.frame, socket);
				if (cut.frame.opcode === 8 && !script.ignoresClose) socket.end();
			}
		});
	};
	const identity = sharedAuthority().serverIdentity('trusted');
	const server: Server = script.tls
		? createTlsServer({ cert: identity.certificatePem, key: identity.keyPem, ALPNProtocols: ['http/1.1'] }, accept)
		: createServer(accept);
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	return {
		port,
		url: `ws://127.0.0.1:${port}/`,
		heads,
		frames,
		closeCode: closeCode.promise,
		async [Symbol.asyncDispose]() {
			for (const socket of sockets) socket.destroy();
			server.close();
			await once(server, 'close');
		},
	};
}

/** A frame of a server. `declared` is a length that the header says instead of the true one. */
export function frame(first: number, payload: string | Uint8Array = '', masked = false): Buffer {
	const body = Buffer.from(payload as Uint8Array);
	const mark = masked ? 0x80 : 0;
	const header =
		body.length < 126
			? Buffer.from([first, mark | body.length])
			: body.length < 65_536
				? Buffer.from([first, mark | 126, body.length >> 8, body.length & 255])
				: Buffer.concat([Buffer.from([first, mark | 127]), bigEndian(BigInt(body.length))]);
	return Buffer.concat([header, masked ? Buffer.alloc(4) : Buffer.alloc(0), body]);
}

/** Eight bytes. */
export function bigEndian(value: bigint): Buffer {
	const bytes = Buffer.alloc(8);
	bytes.writeBigUInt64BE(value);
	return bytes;
}

function answerTo(head: string, script: SocketScript): string {
	const key = /^sec-websocket-key: *(.+?)\r$/im.exec(head)?.[1] ?? '';
	const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
	if (script.raw) return script.raw(accept);
	const lines = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade'];
	return `${[...lines, `Sec-WebSocket-Accept: ${accept}`, ...(script.answer ?? [])].join('\r\n')}\r\n\r\n`;
}

function cutFrame(input: Buffer): { frame: ClientFrame; rest: Buffer } | undefined {
	if (input.length < 2) return undefined;
	const [first, second] = [input.readUInt8(0), input.readUInt8(1)];
	const short = second & 0x7f;
	const extended = short === 127 ? 8 : short === 126 ? 2 : 0;
	const masked = (second & 0x80) !== 0;
	const start = 2 + extended + (masked ? 4 : 0);
	if (input.length < start) return undefined;
	const length = extended === 8 ? Number(input.readBigUInt64BE(2)) : extended === 2 ? input.readUInt16BE(2) : short;
	if (input.length < start + length) return undefined;
	const mask = masked ? input.subarray(start - 4, start) : Buffer.alloc(4);
	const payload = Buffer.from(input.subarray(start, start + length)).map(
		(byte, index) => byte ^ (mask[index & 3] ?? 0),
	);
	const frame = { opcode: first & 15, rsv1: (first & 0x40) !== 0, masked, payload: Buffer.from(payload) };
	return { frame, rest: input.subarray(start + length) };
}
