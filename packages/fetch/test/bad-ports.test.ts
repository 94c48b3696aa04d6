import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createSession, fetch, WebSocket } from '../src/index.ts';
import { startSite } from './support/site.ts';
import { ending } from './support/sockets.ts';

describe('a port of another protocol is refused before a byte is sent', () => {
	it.each([0, 1, 25, 6000, 6667, 10080])('%i, by fetch, a Request and a WebSocket', async (port) => {
		const looked: string[] = [];
		await using session = createSession({ lookup: (host) => void looked.push(host) });
		const refused = { code: 'ERR_BAD_PORT', phase: 'input', name: 'InvalidArgumentError' };
		for (const scheme of ['http', 'https']) {
			const url = `${scheme}://a.test:${port}/`;
			await expect(session.fetch(url)).rejects.toMatchObject(refused);
			await expect(session.fetch(new Request(url))).rejects.toMatchObject(refused);
			await expect(fetch(url)).rejects.toMatchObject(refused);
			const end = await ending(new WebSocket(url.replace('http', 'ws'), { session }));
			expect(end).toMatchObject({ code: 1006, wasClean: false, error: refused });
		}
		expect(looked).toEqual([]);
	});

	it('in a redirect', async () => {
		await using site = await startSite();
		const call = site.session().fetch(site.at(`/cookies/set?a=1&to=${encodeURIComponent('http://127.0.0.1:6000/')}`));
		await expect(call).rejects.toMatchObject({ code: 'ERR_REDIRECT_PORT', phase: 'redirect' });
	});

	it('and all others are not: a server on any port the system gives is reached', async () => {
		const server = createServer((socket) => socket.end('HTTP/1.1 204 No Content\r\n\r\n')).listen(0, '127.0.0.1');
		await once(server, 'listening');
		const { port } = server.address() as { port: number };
		expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(204);
		server.close();
	});

	it('the engine, which a record of a name could lead there, knows the same ones', async () => {
		const portsOf = async (path: string, list: RegExp) => {
			const text = await readFile(new URL(path, import.meta.url), 'utf8');
			return list.exec(text)?.[1]?.match(/\d+/g)?.map(Number);
		};
		const engine = await portsOf('../../core-native/engine/src/dial/bad_ports.rs', /BAD: [^=]+ = \[([^\]]+)\]/);
		expect(await portsOf('../src/options/bad-ports.ts', /Set\(\s*\[([^\]]+)\]/)).toEqual(engine);
		expect(engine).toHaveLength(83);
	});
});
