import type { FrameRecord } from '../capture/records.ts';

/** What a client did on one connection to a fault. */
export type FaultConnection = {
	/** 1 for the first connection. */
	id: number;
	/** HTTP/1: request heads verbatim. HTTP/2: `METHOD path`. SOCKS: messages as hex. */
	requests: string[];
	/** HTTP/2 frames of the client, without the preface. */
	frames: FrameRecord[];
	/** Plaintext bytes. */
	bytesReceived: number;
	/** Plaintext bytes handed to the socket. */
	bytesSent: number;
	/** ALPN that was agreed, `null` without TLS or ALPN. */
	alpn: string | null;
	/** How it ended: `eof`, an error code, or `null` while it is open. */
	closed: string | null;
};

/** Everything that happened at a fault, in order. */
export type FaultLog = { connections: FaultConnection[] };

/** Frames kept per connection; floods make clients answer a lot. */
const MAX_FRAMES = 50_000;

export function logFrame(connection: FaultConnection, frame: FrameRecord): void {
	if (connection.frames.length < MAX_FRAMES) connection.frames.push(frame);
}
