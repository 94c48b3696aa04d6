import { encodeServerFrame, type Tunnel } from '@wiretwin/mirror';
import type { Session } from 'wiretwin';
import { WebSocket } from 'wiretwin';
import { html, type Page, type Scenario, type ServerOptions, type Stage, typed } from '../scenario.ts';
import { untilClosed } from './connections.ts';

const PAGE = '/page';
const DATA = '/data';
/** The peer allows extended CONNECT (RFC 8441 3). */
const ALLOWED: ServerOptions = {
	http2: {
		settings: [
			[3, 128],
			[8, 1],
		],
	},
};

/** What a page does with a socket. */
type Conversation = {
	path?: string;
	protocols?: readonly string[];
	/** Texts sent one after the other, each once the one before has come back. */
	sends?: readonly string[];
	/** What happens then: the page closes the socket with these arguments, the server does, or it stays open. */
	end: readonly [code?: number, reason?: string] | 'server' | 'open';
};

type Steps = {
	/** Before the socket; `cut`: the peer cuts every connection. */
	before?: 'cut' | 'fetch';
	/** A `fetch()` after it. */
	after?: 'fetch';
	/** One after the other. */
	sockets: readonly Conversation[];
};

function socketScenario(name: string, server: ServerOptions, steps: Steps, pages: Scenario['pages'] = {}): Scenario {
	return {
		name,
		server,
		pages: { [PAGE]: html('page'), [DATA]: typed('application/json', '{}'), ...pages },
		browser: async (browser, { url, mirror }) => {
			const fetchData = () => browser.evaluate(`fetch('${DATA}').then((answer) => answer.text()).then(() => 1)`);
			await browser.navigate(url(PAGE));
			if (steps.before === 'cut') mirror.destroyConnections();
			if (steps.before === 'fetch') await fetchData();
			for (const socket of steps.sockets) await browser.evaluate(inPage(socket, url));
			if (steps.after === 'fetch') await fetchData();
		},
		wiretwin: async (session, { url, mirror }) => {
			const fetchData = async () => (await session.fetch(url(DATA), { kind: 'fetch', referrer: url(PAGE) })).text();
			await (await session.fetch(url(PAGE))).text();
			if (steps.before === 'cut') {
				mirror.destroyConnections();
				await untilClosed(session);
			}
			if (steps.before === 'fetch') await fetchData();
			for (const socket of steps.sockets) await inSession(socket, session, url);
			if (steps.after === 'fetch') await fetchData();
		},
	};
}

function socketUrl({ path = '/ws' }: Conversation, url: Stage['url']): string {
	return url(path).replace(/^http/, 'ws');
}

/** Resolves when the conversation is over. */
function inPage(conversation: Conversation, url: Stage['url']): string {
	const { protocols = [], sends = [], end } = conversation;
	const last = end === 'open' ? 'resolve(1)' : end === 'server' ? '0' : `socket.close(...${JSON.stringify(end)})`;
	return `new Promise((resolve) => {
		const socket = new WebSocket(${JSON.stringify(socketUrl(conversation, url))}, ${JSON.stringify(protocols)});
		const texts = ${JSON.stringify(sends)};
		const next = () => texts.length > 0 ? socket.send(texts.shift()) : ${last};
		socket.onopen = next;
		socket.onmessage = next;
		socket.onclose = (event) => resolve(event.code);
	})`;
}

function inSession(conversation: Conversation, session: Session, url: Stage['url']): Promise<void> {
	const { protocols = [], sends = [], end } = conversation;
	const socket = new WebSocket(socketUrl(conversation, url), protocols, { session, origin: url(PAGE) });
	const texts = [...sends];
	return new Promise((resolve) => {
		const next = () => {
			const text = texts.shift();
			if (text !== undefined) socket.send(text);
			else if (end === 'open') resolve();
			else if (end !== 'server') socket.close(...end);
		};
		socket.onopen = next;
		socket.onmessage = next;
		socket.onclose = () => resolve();
	});
}

/** Answers an extended CONNECT with a tunnel. */
function tunnel(run: (tunnel: Tunnel) => Promise<void>): Page {
	return () => ({ status: 200, headers: [], tunnel: run });
}

async function closeFirst({ input, write }: Tunnel): Promise<void> {
	await write(encodeServerFrame({ fin: true, rsv: 0, opcode: 8, payload: Buffer.from([3, 232]) }));
	for await (const _ of input) return;
}

const talk: Conversation = { sends: ['hello', 'x'.repeat(300)], end: [1000, 'bye'] };
/** How a connection of its own ends is not compared: docs/internals/truth.md, known and open. */
const stay: Conversation = { ...talk, end: 'open' };

/** WebSockets, on connections of their own and on shared ones. */
export const webSocketScenarios: readonly Scenario[] = [
	socketScenario('WebSocket', {}, { sockets: [stay] }),
	socketScenario('WebSocket over HTTP/2', ALLOWED, { sockets: [talk], after: 'fetch' }),
	socketScenario('WebSocket over HTTP/2, after a fetch', ALLOWED, {
		before: 'fetch',
		sockets: [{ ...talk, protocols: ['chat', 'superchat'], end: [] }, talk],
	}),
	socketScenario(
		'WebSocket over HTTP/2, closed by the server',
		ALLOWED,
		{ sockets: [{ path: '/closes', end: 'server' }], after: 'fetch' },
		{
			'/closes': tunnel(closeFirst),
		},
	),
	socketScenario(
		'WebSocket over HTTP/2, refused',
		ALLOWED,
		{ sockets: [{ path: '/refused', end: 'server' }], after: 'fetch' },
		{
			'/refused': () => ({ status: 403, body: 'no' }),
		},
	),
	socketScenario('WebSocket over HTTP/2, without a connection', ALLOWED, {
		before: 'cut',
		sockets: [stay],
		after: 'fetch',
	}),
	socketScenario('WebSocket, without a connection', {}, { before: 'cut', sockets: [stay], after: 'fetch' }),
	// Chromium's spare connection may use the ticket up.
	{
		...socketScenario('WebSocket, HTTP/1.1 only', { protocols: ['http/1.1'] }, { sockets: [stay, stay] }),
		only: 'firefox',
	},
];
