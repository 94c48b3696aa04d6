import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { IssuedChain } from './issue-chains.ts';

/** A server for each chain, on a port of its own: no ticket, connection or exception of one chain serves another. */
export type ChainServers = { urls: readonly string[]; close(): Promise<void> };

/** Starts them on loopback. They answer any request with a text that pages may read. */
export async function startChainServers(issued: readonly IssuedChain[]): Promise<ChainServers> {
	await using started = new AsyncDisposableStack();
	const urls: string[] = [];
	for (const { host, certPem, keyPem } of issued) {
		// OpenSSL would not show some of these certificates itself. No tickets: each visit shows the chain.
		const server = createServer(
			{ cert: certPem, key: keyPem, ciphers: 'DEFAULT:@SECLEVEL=0', secureOptions: 0, sessionTimeout: 1 },
			(_request, response) =>
				response.writeHead(200, { 'access-control-allow-origin': '*', connection: 'close' }).end('shown'),
		);
		server.on('tlsClientError', () => {});
		server.listen(0, '127.0.0.1');
		await once(server, 'listening');
		started.defer(async () => {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		});
		urls.push(`https://${host}:${(server.address() as AddressInfo).port}/`);
	}
	const running = started.move();
	return { urls, close: () => running.disposeAsync() };
}
