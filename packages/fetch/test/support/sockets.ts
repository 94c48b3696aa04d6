import { once } from 'node:events';
import type { CloseEvent, SocketErrorEvent, WebSocket } from '../../src/index.ts';

/** How a socket ended, with the error that it reported before. */
export type Ending = { code: number; reason: string; wasClean: boolean; error: { code?: string } | undefined };

/** Resolves when the socket has closed. */
export function ending(socket: WebSocket): Promise<Ending> {
	return new Promise((resolve) => {
		let error: unknown;
		socket.addEventListener('error', (event) => {
			error = (event as SocketErrorEvent).error;
		});
		socket.addEventListener('close', (event) => {
			const { code, reason, wasClean } = event as CloseEvent;
			resolve({ code, reason, wasClean, error: error as Ending['error'] });
		});
	});
}

/** The next message. */
export async function message(socket: WebSocket): Promise<unknown> {
	const [event] = (await once(socket, 'message')) as [MessageEvent];
	return event.data;
}
