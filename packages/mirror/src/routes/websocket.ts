import { createHash } from 'node:crypto';
import type { HeaderField } from '../capture/records.ts';
import type { MirrorRequest, Reply, Tunnel } from '../servers/exchange.ts';
import { type RouteTable, text } from './route.ts';
import { encodeServerFrame, FrameParser } from './websocket-frames.ts';

/** RFC 6455 1.3. */
const ACCEPT_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const OPCODE = { text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** `/ws`: WebSocket echo, over HTTP/1.1 (101) and HTTP/2 (RFC 8441, needs `[8, 1]` in the server's SETTINGS). No extensions. */
export const websocketRoutes: RouteTable = { ws: socketReply };

/** Accepts a WebSocket and echoes; 426 for anything else. */
export function socketReply(request: MirrorRequest): Reply {
	const headers = chosenProtocol(request);
	if (request.header(':protocol') === 'websocket') return { status: 200, headers, tunnel: echo };
	const key = request.header('sec-websocket-key');
	if (key === null || request.header('upgrade')?.toLowerCase() !== 'websocket') {
		return text('a WebSocket handshake is needed\n', 426, [['upgrade', 'websocket']]);
	}
	const accept = createHash('sha1')
		.update(key + ACCEPT_GUID)
		.digest('base64');
	const switching: HeaderField[] = [
		['Upgrade', 'websocket'],
		['Connection', 'Upgrade'],
		['Sec-WebSocket-Accept', accept],
	];
	return { status: 101, headers: [...switching, ...headers], tunnel: echo };
}

function chosenProtocol(request: MirrorRequest): HeaderField[] {
	const first = request.header('sec-websocket-protocol')?.split(',')[0]?.trim();
	return first ? [['sec-websocket-protocol', first]] : [];
}

/** Sends every data frame back as it came (fragments stay fragments), answers ping, mirrors close. */
async function echo({ input, write }: Tunnel): Promise<void> {
	const parser = new FrameParser();
	for await (const bytes of input) {
		for (const frame of parser.receive(bytes)) {
			if (frame.opcode === OPCODE.ping) await write(encodeServerFrame({ ...frame, opcode: OPCODE.pong }));
			else if (frame.opcode !== OPCODE.pong) await write(encodeServerFrame(frame));
			if (frame.opcode === OPCODE.close) return;
		}
	}
}
