import type { CloseEvent, SocketErrorEvent } from './socket-events.ts';

/** Events of a `WebSocket` by type. */
export type SocketEventMap = {
	open: Event;
	message: MessageEvent;
	error: SocketErrorEvent;
	close: CloseEvent;
};

type Listener<E> = ((event: E) => unknown) | { handleEvent(event: E): unknown } | null;
type ListenerOptions = boolean | { capture?: boolean; once?: boolean; passive?: boolean; signal?: AbortSignal };

/** `EventTarget` with the types of a socket's events, as lib.dom has them for its own. */
interface SocketEvents {
	addEventListener<K extends keyof SocketEventMap>(
		type: K,
		listener: Listener<SocketEventMap[K]>,
		options?: ListenerOptions,
	): void;
	addEventListener(type: string, listener: Listener<Event>, options?: ListenerOptions): void;
	removeEventListener<K extends keyof SocketEventMap>(
		type: K,
		listener: Listener<SocketEventMap[K]>,
		options?: boolean | { capture?: boolean },
	): void;
	removeEventListener(type: string, listener: Listener<Event>, options?: boolean | { capture?: boolean }): void;
	dispatchEvent(event: Event): boolean;
}

/** At run time it is `EventTarget` itself. */
export const SocketTarget = EventTarget as unknown as new () => SocketEvents;

/** Constants on class and prototype that nobody can change, and members that are enumerable (Web IDL). */
export function shapeAsInBrowsers(socket: { prototype: object }, states: Readonly<Record<string, number>>): void {
	const { prototype } = socket;
	const constants = Object.fromEntries(
		Object.entries(states).map(([name, value]) => [name, { value, enumerable: true }]),
	);
	Object.defineProperties(socket, constants);
	Object.defineProperties(prototype, constants);
	for (const [name, { configurable }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
		if (name !== 'constructor' && configurable) Object.defineProperty(prototype, name, { enumerable: true });
	}
}
