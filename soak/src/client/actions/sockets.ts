import { WebSocket } from 'wiretwin';
import { pattern } from '../../pattern.ts';
import { Wrong } from '../failure.ts';
import { type Action, type Scene, someBody, unlessGone } from './action.ts';

function opened({ random, visitors, peers }: Scene) {
	const visitor = visitors.any(random);
	const url = `${random.of([peers.sockets.h1, peers.sockets.h2]).replace('https:', 'wss:')}/ws`;
	const socket = new WebSocket(url, { session: visitor.session, perMessageDeflate: random.once(2) });
	socket.binaryType = 'arraybuffer';
	const closed = new Promise<void>((resolve) => socket.addEventListener('close', () => resolve()));
	return { visitor, socket, closed };
}

/** Resolves at the event; rejects if the socket ends before it. */
function next(socket: WebSocket, type: 'open' | 'message'): Promise<Event> {
	return new Promise((resolve, reject) => {
		const stop = new AbortController();
		const { signal } = stop;
		const settle = (action: () => void) => () => {
			stop.abort();
			action();
		};
		socket.addEventListener(type, (event: Event) => settle(() => resolve(event))(), { signal });
		const over = settle(() => reject(Object.assign(new Error(`ended before "${type}"`), { code: 'ERR_SOCKET_ENDED' })));
		socket.addEventListener('close', over, { signal });
	});
}

async function echoed(scene: Scene, socket: WebSocket, rounds: number): Promise<void> {
	await next(socket, 'open');
	for (let round = 0; round < rounds; round++) {
		const { seed, length } = someBody(scene.random);
		const bytes = pattern(seed, length);
		const answer = next(socket, 'message');
		socket.send(bytes);
		const { data } = (await answer) as MessageEvent;
		if (Buffer.compare(Buffer.from(data as ArrayBuffer), bytes) !== 0) throw new Wrong('another message came back');
	}
}

const echo: Action = {
	name: 'WebSocket',
	weight: 50,
	async run(scene) {
		const { visitor, socket, closed } = opened(scene);
		const work = async () => {
			await echoed(scene, socket, 1 + scene.random.below(5));
			socket.close(1000, 'enough');
			await closed;
		};
		return unlessGone(visitor, work());
	},
};

const left: Action = {
	name: 'WebSocket, left at once',
	weight: 15,
	async run(scene) {
		const { visitor, socket, closed } = opened(scene);
		const work = async () => {
			if (scene.random.once(2)) await echoed(scene, socket, 1);
			socket.close();
			await closed;
		};
		return unlessGone(visitor, work());
	},
};

/** WebSockets over both protocols. */
export const sockets: readonly Action[] = [echo, left];
