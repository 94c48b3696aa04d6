import { setTimeout as delay } from 'node:timers/promises';
import type { RawPeer } from './raw-peer.ts';
import type { FaultScenario, RawScript, ScriptContext } from './scenario.ts';
import { h2 } from './scripts.ts';

const silent: RawScript = (peer) => peer.untilGone();

/** One byte every `intervalMs`, for ever. */
async function drip(peer: RawPeer, { intervalMs, signal }: ScriptContext, bytes: string): Promise<void> {
	for (let index = 0; ; index = (index + 1) % bytes.length) {
		await delay(intervalMs, undefined, { signal });
		await peer.write(bytes.charAt(index));
	}
}

/** Each phase stalls, or moves one byte a time. Every variant lasts until the client gives up. */
export const c02: FaultScenario = {
	id: 'C02',
	summary: 'A peer that stops, or drips',
	variants: {
		'tls-hello': { on: 'tcp', script: silent },
		head: {
			on: 'https',
			script: async (peer) => {
				await peer.readRequest();
				await peer.untilGone();
			},
		},
		'half-head': {
			on: 'https',
			script: async (peer) => {
				await peer.readRequest();
				await peer.write('HTTP/1.1 200 OK\r\nContent-');
			},
		},
		body: {
			on: 'https',
			script: async (peer) => {
				await peer.readRequest();
				await peer.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello');
			},
		},
		'drip-head': {
			on: 'https',
			script: async (peer, context) => {
				await peer.readRequest();
				await peer.write('HTTP/1.1 200 OK\r\nX-Slow: ');
				await drip(peer, context, 'a');
			},
		},
		'drip-body': {
			on: 'https',
			script: async (peer, context) => {
				await peer.readRequest();
				await peer.write('HTTP/1.1 200 OK\r\n\r\n');
				await drip(peer, context, 'drip');
			},
		},
		'h2-head': h2(async (peer) => {
			await peer.nextRequest();
		}),
		'h2-body': h2(async (peer) => {
			const { streamId } = await peer.nextRequest();
			await peer.send(peer.headers(streamId, [[':status', '200']]), peer.data(streamId, Buffer.from('hello')));
		}),
		/** Takes the head of an upload and reads nothing more. */
		upload: {
			on: 'https',
			script: async (peer) => {
				await peer.readUntil('\r\n\r\n');
				peer.stopReading();
			},
		},
		'http-proxy': { on: 'http-proxy', script: silent },
		'socks5-proxy': { on: 'socks5-proxy', script: silent },
	},
};
