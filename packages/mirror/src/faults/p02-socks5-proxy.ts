import type { RawPeer } from './raw-peer.ts';
import type { FaultScenario, FaultVariant } from './scenario.ts';

const METHOD = { none: 0, password: 2, unacceptable: 0xff } as const;
const REPLY_NAMES = [
	'general-failure',
	'not-allowed',
	'network-unreachable',
	'host-unreachable',
	'refused',
	'ttl-expired',
	'command-not-supported',
	'address-not-supported',
] as const;

/** Client greeting (RFC 1928 3), logged as hex. */
async function readGreeting(peer: RawPeer): Promise<Buffer> {
	const head = await peer.readExactly(2);
	const message = Buffer.concat([head, await peer.readExactly(head.readUInt8(1))]);
	peer.log.requests.push(message.toString('hex'));
	return message;
}

/** CONNECT request (RFC 1928 4), logged as hex: shows whether a name or an address was sent. */
async function readConnect(peer: RawPeer): Promise<void> {
	const head = await peer.readExactly(4);
	const type = head.readUInt8(3);
	const parts = [head];
	if (type === 3) {
		const length = await peer.readExactly(1);
		parts.push(length, await peer.readExactly(length.readUInt8(0)));
	} else parts.push(await peer.readExactly(type === 4 ? 16 : 4));
	parts.push(await peer.readExactly(2));
	peer.log.requests.push(Buffer.concat(parts).toString('hex'));
}

function reply(code: number): Buffer {
	return Buffer.from([5, code, 0, 1, 0, 0, 0, 0, 0, 0]);
}

/** Greets correctly without authentication, then answers CONNECT with these bytes. */
const onConnect = (bytes: Buffer, then: 'keep' | 'end' = 'keep', pieceSize?: number): FaultVariant => ({
	on: 'socks5-proxy',
	script: async (peer) => {
		await readGreeting(peer);
		await peer.write(Buffer.from([5, METHOD.none]));
		await readConnect(peer);
		await (pieceSize ? peer.writeInPieces(bytes, pieceSize) : peer.write(bytes));
		if (then === 'end') peer.end();
	},
});

/** Answers the greeting with these bytes. */
const onGreeting = (...bytes: number[]): FaultVariant => ({
	on: 'socks5-proxy',
	script: async (peer) => {
		await readGreeting(peer);
		await peer.write(Buffer.from(bytes));
	},
});

const replies = REPLY_NAMES.map((name, index) => [name, onConnect(reply(index + 1))] as const);

/** Each failure has its own code; over-long hosts are refused by the client before anything is sent. */
export const p02: FaultScenario = {
	id: 'P02',
	summary: 'SOCKS5 proxies that refuse, or speak wrongly',
	variants: {
		'wrong-version': onGreeting(4, 0),
		'no-method': onGreeting(5, METHOD.unacceptable),
		'unoffered-method': onGreeting(5, 0x80),
		'auth-refused': {
			on: 'socks5-proxy',
			script: async (peer) => {
				await readGreeting(peer);
				await peer.write(Buffer.from([5, METHOD.password]));
				peer.log.requests.push((await peer.readSome()).toString('hex'));
				await peer.write(Buffer.from([1, 1]));
			},
		},
		'close-at-once': { on: 'socks5-proxy', script: async (peer) => peer.end() },
		'short-reply': onConnect(reply(0).subarray(0, 4), 'end'),
		'reply-wrong-version': onConnect(Buffer.from([4, 0, 0, 1, 0, 0, 0, 0, 0, 0])),
		'reply-wrong-address-type': onConnect(Buffer.from([5, 0, 0, 9, 0, 0, 0, 0, 0, 0])),
		...Object.fromEntries(replies),
		'unknown-reply': onConnect(reply(0x55)),
		/** A correct failure, one byte per segment. */
		'refused-in-pieces': onConnect(reply(5), 'keep', 1),
		'success-then-close': onConnect(reply(0), 'end'),
		'speaks-http': {
			on: 'socks5-proxy',
			script: async (peer) => {
				await readGreeting(peer);
				await peer.write('HTTP/1.1 400 Bad Request\r\n\r\n');
			},
		},
	},
};
