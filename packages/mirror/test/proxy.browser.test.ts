import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import captured from '../../profiles/captures/proxy-connect.json' with { type: 'json' };
import { type Browser, startBrowser } from '../src/browsers/index.ts';
import { type Mirror, mirrorHosts, sharedAuthority, startMirror, startPlainMirror } from '../src/index.ts';

/** An http proxy to loopback that notes the CONNECTs it gets. */
async function startRecordingProxy() {
	const heads: string[] = [];
	const sockets = new Set<Socket>();
	const server = createServer((client) => {
		sockets.add(client);
		client.on('error', () => undefined);
		client.once('data', (data: Buffer) => {
			const [, method, port] = /^(\S+) (?:http:\/\/)?www\.mirror\.test:(\d+)[ /]/.exec(data.toString('latin1')) ?? [];
			// What the browser asks on its own account, of its maker.
			if (port === undefined) return client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
			const origin = connect(Number(port), '127.0.0.1');
			origin.on('error', () => client.destroy());
			if (method === 'CONNECT') heads.push(data.toString('latin1').replaceAll(`:${port}`, ':40000'));
			if (method === 'CONNECT') client.write('HTTP/1.1 200 OK\r\n\r\n');
			else origin.write(data);
			client.pipe(origin).pipe(client);
		});
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	return {
		heads,
		port: (server.address() as AddressInfo).port,
		[Symbol.asyncDispose]: async () => {
			for (const socket of sockets) socket.destroy();
			server.close();
			await once(server, 'close');
		},
	};
}

async function openSocket(browser: Browser, mirror: Mirror): Promise<void> {
	const url = JSON.stringify(mirror.urlFor('www.mirror.test').replace('http', 'ws'));
	await browser.evaluate(`new Promise((resolve, reject) => {
		const socket = new WebSocket(${url} + '/ws');
		socket.onopen = () => resolve(1);
		socket.onerror = () => reject(new Error('no WebSocket'));
	})`);
}

test.each([
	['chromium', 'chrome_156'],
	['firefox-esr', 'firefox_153'],
] as const)('%s asks an http proxy as in its capture, for https, wss and ws', async (program, name) => {
	await using proxy = await startRecordingProxy();
	await using secure = await startMirror();
	await using plain = await startPlainMirror();
	const browser = await startBrowser(program, {
		caPem: sharedAuthority().caPem,
		hosts: mirrorHosts,
		proxyPort: proxy.port,
	});
	try {
		await browser.navigate(`${secure.urlFor('www.mirror.test')}/t/page.html`);
		await openSocket(browser, secure);
		await browser.navigate(`${plain.urlFor('www.mirror.test')}/t/page.html`);
		const before = proxy.heads.length;
		await openSocket(browser, plain);
		// Chromium asks more than once for the page: it opens a spare connection.
		expect(proxy.heads.length).toBeGreaterThanOrEqual(3);
		expect(new Set(proxy.heads)).toEqual(new Set(Object.values(captured[name])));
		expect(proxy.heads.slice(before)).toEqual([captured[name].ws]);
	} finally {
		await browser.close();
	}
});
