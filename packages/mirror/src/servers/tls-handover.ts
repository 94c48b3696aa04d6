import type { Duplex } from 'node:stream';
import type { TLSSocket, Server as TlsServer } from 'node:tls';

/** What becomes of a handshake. */
export type HandoverEvents = {
	onSecure: (secure: TLSSocket) => void;
	/** The handshake failed; the stream is destroyed afterwards. */
	onFailure: (error: NodeJS.ErrnoException) => void;
};

const pending = new WeakMap<object, HandoverEvents>();
const attached = new WeakSet<TlsServer>();

/** Lets `tls`, which need not listen, shake hands over a stream of ours. */
export function handOver(tls: TlsServer, stream: Duplex, events: HandoverEvents): void {
	if (!attached.has(tls)) {
		attached.add(tls);
		tls.on('secureConnection', (secure: TLSSocket) => eventsOf(secure)?.onSecure(secure));
		tls.on('tlsClientError', (error: NodeJS.ErrnoException, secure: TLSSocket) => {
			eventsOf(secure)?.onFailure(error);
			secure.destroy();
		});
	}
	pending.set(stream, events);
	tls.emit('connection', stream);
}

/** TLSSocket keeps the stream that it wraps inside its handle; there is no public way back. */
function eventsOf(secure: TLSSocket): HandoverEvents | undefined {
	const handle: unknown = Reflect.get(secure, '_handle');
	const wrap: unknown = isObject(handle) ? Reflect.get(handle, '_parentWrap') : undefined;
	const stream: unknown = isObject(wrap) ? Reflect.get(wrap, 'stream') : undefined;
	return isObject(stream) ? pending.get(stream) : undefined;
}

function isObject(value: unknown): value is object {
	return typeof value === 'object' && value !== null;
}
