/** Steps that show connections: new ones, resumed ones, sockets, windows, compression. */
import { defaultAnswer } from './answers.ts';
import type { Step } from './step.ts';

/** `done` after a WebSocket opened or failed. */
const socketSource = (url: string) =>
	`const socket = new WebSocket((${url}).replace(/^http/, 'ws')); socket.onopen = () => { socket.close(); done(); }; socket.onerror = done;`;

const pixelSource = (url: string) => `image.onload = image.onerror = done; image.src = ${url};`;

/** @param fresh how many further origins there are */
export function connectionSteps(fresh: number): Step[] {
	const cutTwice = (server: 'tls12' | 'resumption', name: string): Step => ({
		id: server,
		name,
		requests: {},
		source: `const get = (n) => new Promise((done) => { const image = new Image(); ${pixelSource(`at('${server}') + '/r/${server}?' + n`)} });
			const cut = () => fetch('/visit/cut/${server}').then((answer) => answer.text());
			get(1).then(cut).then(() => get(2)).then(cut).then(() => get(3)).then(done, done);`,
	});
	return [
		{
			id: 'hellos',
			name: 'new connections',
			requests: {},
			source: `Promise.all(fresh().map((origin) => new Promise((done) => { const image = new Image(); ${pixelSource("origin + '/r/hellos'")} }))).then(done)`,
			required: fresh > 0,
		},
		cutTwice('resumption', 'resumption, TLS 1.3'),
		cutTwice('tls12', 'resumption, TLS 1.2'),
		{
			id: 'websocket',
			name: 'WebSocket',
			requests: { '': { kind: 'websocket' } },
			source: socketSource(`at('main') + '/r/websocket'`),
		},
		{
			id: 'websocket-h2',
			name: 'WebSocket over HTTP/2',
			requests: { '': { kind: 'websocket-h2', method: 'CONNECT', site: 'same-site' } },
			// The peer's SETTINGS must be known before, so the connection is there first.
			source: `fetch(at('websocket') + '/r/ready', { credentials: 'include' }).catch(() => 0).then(() => { ${socketSource(`at('websocket') + '/r/websocket-h2'`)} });`,
			required: false,
		},
		{
			id: 'websocket-first',
			name: 'WebSocket to a new origin',
			requests: {},
			source: socketSource(`at('websocket-first') + '/r/websocket-first'`),
			required: false,
		},
		{
			id: 'websocket-pair',
			name: 'two WebSockets at once',
			requests: {},
			// The first is answered when the second has come, or late: then the second waits for that answer.
			source: `const open = () => new Promise((done) => { ${socketSource(`at('websocket') + '/r/websocket-pair'`)} });
				Promise.all([open(), open()]).then(done);`,
			required: false,
		},
		{
			id: 'misdirected',
			name: 'answer 421',
			requests: {},
			source: `fetch(at('misdirected') + '/r/misdirected', { credentials: 'include' }).then(done, done)`,
		},
		{
			id: 'parallel',
			name: 'requests at once',
			requests: {},
			source: `Promise.all([fetch('/r/parallel/held'), fetch('/r/parallel/other')]).then(done, done)`,
		},
		{
			id: 'upload',
			name: 'upload',
			requests: {},
			source: `fetch('/r/upload', { method: 'POST', body: new Blob([new Uint8Array(300000)]) }).then(done, done)`,
			// Firefox sends no more of a body than the window that is left allows once the answer has ended.
			answer: async (request) => {
				await request.readBody();
				return defaultAnswer(request);
			},
		},
		{
			id: 'download',
			name: 'download of 24 MB',
			requests: {},
			source: `fetch(at('download') + '/r/download', { credentials: 'include' }).then((answer) => answer.arrayBuffer()).then(done, done)`,
			answer: (request) => ({ ...defaultAnswer(request), body: paced(24 * 1024 * 1024, request.control.ping) }),
		},
		{
			id: 'cookies',
			name: 'cookies',
			requests: { again: { kind: 'fetch' } },
			source: `fetch('/r/cookies').then(() => fetch('/r/cookies/again')).then(() => fetch('/r/cookies/again')).then(() => fetch('/r/cookies/end')).then(done, done)`,
		},
	];
}

/**
 * Zeros, no faster than the visitor reads them: a busy one that is flooded returns its windows whenever it gets to it, and what
 * it returns by does not show.
 */
async function* paced(length: number, ping: () => Promise<void>): AsyncGenerator<Buffer> {
	const chunk = Buffer.alloc(64 * 1024);
	for (let left = length; left > 0; left -= chunk.length) {
		yield chunk.subarray(0, Math.min(left, chunk.length));
		await ping();
	}
}
