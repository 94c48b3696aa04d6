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

describe.each([
	['chromium_156', '%7C'],
	['firefox_153', '|'],
] as const)('a pipe in a path, as %s', (browser, pipe) => {
	it('is written alike in request, redirect, response, referrer, cookies and WebSocket', async () => {
		await using site = await startSite();
		await using session = site.session({ browser });
		const page = `/echo/a${pipe}b?c|d`;
		const referrer = site.at(`/a|b?c|d`);
		const response = await session.fetch(site.at('/echo/a|b?c|d#e|f'), { referrer, referrerPolicy: 'unsafe-url' });
		expect(response.url).toBe(site.at(page));
		await session.fetch(site.at(`/cookies/set?a=1&to=${encodeURIComponent('/echo/a|b?c|d')}`));
		expect(paths(site.mirror).filter((line) => line.includes('/echo'))).toEqual([`GET ${page}`, `GET ${page}`]);
		const { headers } = site.mirror.requests[0] ?? { headers: [] };
		expect(headers.find(([name]) => name.toLowerCase() === 'referer')?.[1]).toBe(site.at(`/a${pipe}b?c|d`));
		session.setCookies([{ name: 'p', value: '1', path: `/echo/a${pipe}b` }], site.at('/'));
		expect(session.getCookies(site.at('/echo/a|b'))).toMatchObject({ p: '1' });
		await using peer = await startSocketPeer();
		const socket = new WebSocket(`${peer.url}/a|b?c|d`, { session });
		expect(socket.url).toContain(`/a${pipe}b?c|d`);
		await once(socket, 'open');
		socket.close();
		expect(peer.heads[0]).toContain(`/a${pipe}b?c|d HTTP`);
	});
});
