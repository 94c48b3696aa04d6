/** WebSockets of wreq-js: those of wiretwin with Buffers, and with a function that waits until one is open. */
import type { Session as OwnSession } from '../session.ts';
import type { WebSocketData } from '../websocket/message-data.ts';
import type { CloseEvent, SocketErrorEvent } from '../websocket/socket-events.ts';
import { protocolList, socketUrl } from '../websocket/socket-options.ts';
import { WebSocket as OwnSocket } from '../websocket/websocket.ts';
import { refuseUnknownPromise, transportOptions } from './connection-options.ts';
import { emulatedHeaders } from './emulation.ts';
import { Headers } from './headers.ts';
import { RequestError, requestError, translated } from './request-error.ts';
import type { LegacySocketCallbacks, WebSocketBinaryType, WebSocketOptions } from './types.ts';

type SocketInit = WebSocketOptions & LegacySocketCallbacks;
/** What a session brings: its connections, or those of a socket by itself. */
type Via = OwnSession | undefined;

/** Where `openSocket` puts the session, so that nobody passes one by chance. */
const session = Symbol('session');
const socketKeys = [
	'headers',
	'protocols',
	'maxFrameSize',
	'maxMessageSize',
	'binaryType',
	'onMessage',
	'onClose',
	'onError',
] satisfies ReadonlyArray<keyof SocketInit>;
/** Options that a session has decided. */
const OF_SESSION = ['browser', 'os', 'emulation', 'proxy'] as const;
const BINARY_TYPES: readonly unknown[] = ['nodebuffer', 'arraybuffer', 'blob'];

/** `new WebSocket(url, protocols?, options?)` or `new WebSocket(url, options?)`. */
export class WebSocket extends OwnSocket {
	#binaryType: WebSocketBinaryType = 'nodebuffer';
	/** Events that wait until whoever asked for the socket has had it for a turn. */
	#held: Event[] | undefined;
	#notify: ((event: Event) => void) | undefined;

	constructor(url: string | URL, protocols?: string | string[] | WebSocketOptions, options?: WebSocketOptions) {
		const given = (typeof protocols === 'string' || Array.isArray(protocols) ? options : (protocols ?? options)) ?? {};
		const list = typeof protocols === 'string' || Array.isArray(protocols) ? protocols : given.protocols;
		const via = (given as { [session]?: OwnSession })[session];
		super(...translated(() => socketArguments(url, list, given, via)));
		super.binaryType = 'arraybuffer';
		if (given.binaryType !== undefined) this.binaryType = given.binaryType;
		this.#listenAsBefore(given as LegacySocketCallbacks);
	}

	// biome-ignore lint/suspicious/noExplicitAny: wider than the accessor of the standard, which has no Buffers
	override get binaryType(): any {
		return this.#binaryType;
	}

	override set binaryType(value: WebSocketBinaryType) {
		if (!BINARY_TYPES.includes(value)) return;
		this.#binaryType = value;
		super.binaryType = value === 'blob' ? 'blob' : 'arraybuffer';
	}

	override send(data: WebSocketData): void {
		if (this.readyState !== WebSocket.OPEN) throw new RequestError('WebSocket is not open');
		super.send(data);
	}

	override close(code?: number, reason?: string): void {
		if (code === undefined && reason !== undefined)
			throw new RequestError('A close code is required when providing a close reason');
		translated(() => super.close(code, reason));
	}

	[Symbol.dispose](): void {
		this.close();
	}

	override dispatchEvent(event: Event): boolean {
		if (this.#held === undefined) return super.dispatchEvent(this.#shown(event));
		this.#held.push(event);
		this.#notify?.(event);
		return true;
	}

	/** @internal Holds events from now on and tells of each. */
	hold(notify: (event: Event) => void): void {
		this.#held = [];
		this.#notify = notify;
	}

	/** @internal Dispatches what was held. */
	release(): void {
		const held = this.#held ?? [];
		this.#held = undefined;
		for (const event of held) this.dispatchEvent(event);
	}

	#shown(event: Event): Event {
		if (this.#binaryType !== 'nodebuffer' || !(event instanceof MessageEvent)) return event;
		const { data, origin }: { data: unknown; origin: string } = event;
		return data instanceof ArrayBuffer ? new MessageEvent('message', { data: Buffer.from(data), origin }) : event;
	}

	#listenAsBefore({ onMessage, onClose, onError }: LegacySocketCallbacks): void {
		if (onMessage) this.addEventListener('message', (event) => onMessage((event as MessageEvent).data));
		if (onClose) this.addEventListener('close', (event) => onClose(event as CloseEvent));
		if (onError) this.addEventListener('error', (event) => onError((event as SocketErrorEvent).message));
	}
}

function socketArguments(
	url: string | URL,
	protocols: string | string[] | undefined,
	given: WebSocketOptions,
	via: Via,
): ConstructorParameters<typeof OwnSocket> {
	// The standard's constructor throws a SyntaxError for these, that of wreq-js a RequestError.
	socketUrl(url);
	protocolList(protocols);
	refuseUnknownPromise(given, socketKeys, 'the options of a WebSocket');
	const { headers, binaryType, maxMessageSize, maxFrameSize } = given;
	if (binaryType !== undefined && !BINARY_TYPES.includes(binaryType))
		throw new RequestError('"binaryType" must be one of nodebuffer, arraybuffer, blob');
	const fields = new Headers(emulatedHeaders(given.emulation));
	for (const [name, value] of new Headers(headers)) fields.set(name, value);
	if (fields.has('sec-websocket-protocol'))
		throw new RequestError('Use the option "protocols" instead of the header Sec-WebSocket-Protocol');
	const limits = [maxMessageSize, maxFrameSize].filter((limit) => limit !== undefined);
	if (limits.some((limit) => !Number.isSafeInteger(limit) || limit <= 0))
		throw new RequestError('"maxMessageSize" and "maxFrameSize" must be whole numbers above 0');
	const options = {
		headers: fields.toObject(),
		...(limits.length === 0 ? {} : { maxMessageBytes: Math.min(...limits) }),
		...(via === undefined ? transportOptions(given) : { session: via }),
	};
	return [url, protocols ?? [], options];
}

/** A socket once it is open. The `open` event comes after that, so that its listener may be set then. */
export async function openSocket(
	target: string | URL | (SocketInit & { url: string | URL }),
	options: SocketInit | undefined,
	via?: Via,
): Promise<WebSocket> {
	const isLegacy = typeof target === 'object' && !(target instanceof URL);
	const given: SocketInit & { [session]?: OwnSession } = { ...(isLegacy ? target : options) };
	const url = isLegacy ? target.url : target;
	if (via !== undefined) {
		const other = OF_SESSION.find((key) => given[key] !== undefined);
		if (other !== undefined)
			throw new RequestError(`"${other}" is the session's; make another session, or call websocket() without one`);
		given[session] = via;
	}
	const socket = new WebSocket(url, given);
	await new Promise<void>((resolve, reject) => {
		socket.hold((event) => {
			if (event.type === 'open') resolve();
			else if (event.type === 'error') reject(requestError((event as SocketErrorEvent).error));
			else if (event.type === 'close') reject(new RequestError('The WebSocket closed before it was open'));
		});
	});
	setImmediate(() => socket.release());
	return socket;
}

/** A WebSocket with a browser's handshake, once it is open. */
export function websocket(
	url: string | URL | (SocketInit & { url: string }),
	options?: SocketInit,
): Promise<WebSocket> {
	return openSocket(url, options);
}
