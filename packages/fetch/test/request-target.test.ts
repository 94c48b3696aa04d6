import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { WebSocket } from '../src/index.ts';
import { paths, startSite } from './support/site.ts';
import { startSocketPeer } from './support/socket-peer.ts';

describe.each(['h2', 'http/1.1'] as const)('an empty query is sent, over %s', (protocol) => {
	it.each([
		['/echo?', '/echo?'],
		['/echo?#f', '/echo?'],
		['/echo#f?', '/echo'],
		['/?', '/?'],
		['/echo', '/echo'],
		['/echo?a', '/echo?a'],
		['/echo??', '/echo??'],
	])('%s goes out as %s, by fetch, in a redirect and through the seam', async (path, target) => {
		await using site = await startSite(undefined, { protocols: [protocol] });
		const session = site.session();
		const response = await session.fetch(site.at(path));
		expect(response.url).toBe(site.at(target));
		const away = `/cookies/set?a=1&to=${encodeURIComponent(path)}`;
		expect((await session.fetch(site.at(away))).url.split('#')[0]).toBe(site.at(target));
		const { promise, resolve, reject } = Promise.withResolvers<unknown>();
		session.exchange({ url: site.at(path) }, { onHead: resolve, onError: reject });
		await promise;
		const seen = paths(site.mirror).map((line) => line.replace('GET ', ''));
		expect(seen).toEqual([target, away, target, target]);
	});
});

it('an empty query is sent in the handshake of a WebSocket', async () => {
	await using peer = await startSocketPeer();
	const socket = new WebSocket(`${peer.url}?`);
	await once(socket, 'open');
	socket.close();
	expect(peer.heads[0]).toMatch(/^GET \/\? HTTP/);
});
