import { engineProfileJson, getProfile } from '@wiretwin/profiles';
import { createNativeTransport } from '../../src/index.ts';
import type { NativeExchange, NativeRequest, NativeResponseHead, NativeTransport } from '../../src/types.ts';

export function createTransport(): NativeTransport {
	const profile = engineProfileJson(getProfile('chrome'));
	return createNativeTransport({ profile, trustStore: 'none', ca: [process.env.CA_PEM ?? ''] });
}

export function request(target: string, more: Partial<NativeRequest> = {}): NativeRequest {
	const port = Number(process.env.PORT);
	return {
		method: 'GET',
		scheme: 'https',
		host: '127.0.0.1',
		port,
		authority: `127.0.0.1:${port}`,
		target,
		headers: ['user-agent', 'wiretwin test'],
		...more,
	};
}

export function open(
	transport: NativeTransport,
	wanted: NativeRequest,
): Promise<{ exchange: NativeExchange; head: NativeResponseHead }> {
	return new Promise((resolve, reject) => {
		const exchange = transport.exchange(wanted, { onHead: (head) => resolve({ exchange, head }), onError: reject });
	});
}

export async function get(transport: NativeTransport, target: string): Promise<string> {
	const { exchange } = await open(transport, request(target));
	return Buffer.from(await exchange.readAll()).toString();
}
