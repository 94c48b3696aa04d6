import { once } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { type Fault, type FaultVariant, faults, startFault } from '../src/index.ts';
import { eventually } from './support/eventually.ts';
import { connectTcp, connectTls, HTTP1_REQUEST, HTTP2_REQUEST } from './support/fault-client.ts';

const KEPT_SMALL = { expandedBytes: 4 * 1024 * 1024, intervalMs: 1 };
const SOCKS_GREETING = Buffer.from('050100', 'hex');
const SOCKS_CONNECT = Buffer.from('0501000109000000012345', 'hex').subarray(0, 10);

async function open(fault: Fault, variant: FaultVariant): Promise<Socket> {
	switch (variant.on) {
		case 'https':
			return connectTls(fault, ['http/1.1']);
		case 'h2':
			return connectTls(fault, ['h2']);
		case 'tls':
			return connectTls(fault, ['h2', 'http/1.1']);
		default:
			return connectTcp(fault);
	}
}

function firstBytes(socket: Socket, variant: FaultVariant): Uint8Array {
	if (variant.on === 'socks5-proxy') return SOCKS_GREETING;
	const agreed = 'alpnProtocol' in socket ? socket.alpnProtocol : null;
	return agreed === 'h2' ? HTTP2_REQUEST : Buffer.from(HTTP1_REQUEST);
}

describe.each(Object.values(faults))('$id $summary', (scenario) => {
	// A Node client gives up inside the handshake; fault-behaviour.test.ts has that one.
	const variants = Object.entries(scenario.variants).filter(([name]) => name !== 'huge-certificate');

	test.each(variants)('%s plays its script without error', async (name, variant) => {
		await using fault = await startFault(scenario.id, { variant: name, ...KEPT_SMALL });
		expect(fault.url).toMatch(/^(https?|socks5):\/\/127\.0\.0\.1:\d+$/);
		const socket = await open(fault, variant);
		socket.on('error', () => {}); // resets are part of several scripts
		socket.resume();
		socket.write(firstBytes(socket, variant));
		if (variant.on === 'socks5-proxy') socket.write(SOCKS_CONNECT);
		// The client has been heard, or (a few scripts) the server hung up without listening.
		await eventually(() => {
			const [connection] = fault.log.connections;
			expect((connection?.bytesReceived ?? 0) > 0 || connection?.closed !== null).toBe(true);
		});
		socket.end();
		const [connection] = fault.log.connections;
		await eventually(() => {
			if (variant.on === 'https' && connection?.closed === null) expect(connection.requests[0]).toBe(HTTP1_REQUEST);
			if (variant.on === 'h2') expect(connection?.requests[0]).toBe('GET /thing');
		});
		socket.destroy();
		await eventually(() => expect(connection?.closed).not.toBeNull());
		expect(connection?.closed).not.toMatch(/^script/);
	});
});

test('unknown ids and variants are refused by name', async () => {
	await expect(startFault('F99')).rejects.toThrow('no fault F99');
	await expect(startFault('F01', { variant: 'constructor' })).rejects.toThrow('no variant constructor');
});

test('close() ends connections that a script holds open', async () => {
	const fault = await startFault('C02', { variant: 'head' });
	const socket = await connectTls(fault, ['http/1.1']);
	socket.on('error', () => {});
	const closed = once(socket, 'close');
	await fault.close();
	await closed;
});
