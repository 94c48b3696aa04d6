/** A plain server with what programs written for other clients ask for. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { type WebSocket as Peer, WebSocketServer } from 'ws';

export type Echo = { method: string; path: string; headers: Record<string, string>; raw: string[]; body: string };

export type NeighbourServer = AsyncDisposable & {
	at(path: string): string;
	/** Connections so far. */
	connections(): number;
};

const answers: { readonly [path: string]: (response: ServerResponse) => void } = {
	'/gzip': (response) => {
		const body = gzipSync('packed');
		response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': body.length }).end(body);
	},
	'/set': (response) =>
		void response
			.writeHead(200, { 'set-cookie': ['a=1; Path=/', 'b=2; HttpOnly; SameSite=Lax', 'a=3; Path=/x'] })
			.end('set'),
	'/redirect': (response) => void response.writeHead(302, { location: '/echo', 'set-cookie': 'hop=1; Path=/' }).end(),
	'/loop': (response) => void response.writeHead(302, { location: '/loop' }).end(),
	'/empty': (response) => void response.writeHead(204).end(),
	'/never': () => undefined,
	'/cut': (response) => {
		response.writeHead(200, { 'content-length': 100 }).write('cut', () => response.destroy());
	},
	'/latin': (response) =>
		void response
			.writeHead(200, { 'content-type': 'text/html; charset=iso-8859-1' })
			.end(Buffer.from('café', 'latin1')),
	'/cyrillic': (response) =>
		void response
			.writeHead(200, { 'content-type': 'text/html' })
			.end(Buffer.from('<html><meta charset="windows-1251">\xef\xf0', 'latin1')),
};

async function echo(request: IncomingMessage, response: ServerResponse): Promise<void> {
	let body = '';
	for await (const chunk of request) body += String(chunk);
	const { method, url, headers, rawHeaders } = request;
	response.writeHead(200, { 'content-type': 'application/json', 'x-mixed': 'v' });
	response.end(JSON.stringify({ method, path: url, headers, raw: rawHeaders, body }));
}

/** WebSockets at every path: says hello with the handshake's fields, then repeats what it hears. */
function greet(peer: Peer, request: IncomingMessage): void {
	peer.send(JSON.stringify(request.headers));
	peer.on('message', (data, isBinary) => peer.send(data, { binary: isBinary }));
}

export async function startNeighbourServer(): Promise<NeighbourServer> {
	const server = createServer((request, response) => {
		const answer = answers[request.url ?? ''];
		if (answer) answer(response);
		else void echo(request, response);
	});
	let connections = 0;
	server.on('connection', () => {
		connections += 1;
	});
	new WebSocketServer({ server, handleProtocols: (protocols) => [...protocols].at(-1) ?? false }).on(
		'connection',
		greet,
	);
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	return {
		at: (path) => `http://127.0.0.1:${port}${path}`,
		connections: () => connections,
		async [Symbol.asyncDispose]() {
			server.closeAllConnections();
			server.close();
			await once(server, 'close');
		},
	};
}
