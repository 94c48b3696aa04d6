/** Which requests share a connection, off the connections that the steps of a visit used. */
import type { EngineSection, HeadersSection, JsonValue } from '../types.ts';
import type { RecordedSharing } from './recording.ts';

type Flags = Pick<HeadersSection, 'separateAnonymous' | 'separateSites' | 'separateThirdParty'>;

/** Keys of `http2` and `headers` that the visit decides. */
export type DraftSharing = { http2: { [key: string]: JsonValue }; headers: Partial<Flags> };

/** A request that went over the page's connection proves sharing; separation shows only where sharing was possible. */
export function draftSharing(sharing: RecordedSharing | undefined): DraftSharing {
	const { page, sibling = [], anonymous = [], thirdParty = [], otherSite = [], misdirected = [] } = sharing ?? {};
	const decided: DraftSharing = { http2: {}, headers: {} };
	if (page === undefined) return decided;
	const shares = (list: readonly number[]) => list.includes(page);
	if (sibling.length > 0) decided.http2.coalescing = shares(sibling) ? 'same-address' : 'none';
	if (anonymous.length > 0) decided.headers.separateAnonymous = !shares(anonymous);
	// Without coalescing another host has connections of its own anyway.
	if (shares(sibling) && thirdParty.length > 0) decided.headers.separateThirdParty = !shares(thirdParty);
	if (shares(sibling) && otherSite.length > 0) decided.headers.separateSites = !shares(otherSite);
	const [first, second] = misdirected;
	if (first !== undefined && second !== undefined)
		decided.http2.misdirected = first === second ? 'retry-on-own' : 'retry-on-new';
	return decided;
}

/** `http2.webSocket`: which connection carries a WebSocket, and how its stream ends. */
export function draftWebSocket(sharing: RecordedSharing | undefined, base: EngineSection): JsonValue | undefined {
	const { socket, socketFirst } = sharing ?? {};
	if (!socket || !socketFirst?.clientHello) return base.webSocket;
	const connect = socket.frames.find(({ headers }) => headers?.some(([name]) => name === ':protocol'));
	if (!connect) return null;
	const endsStream = socket.frames.some(
		({ type, stream, flags = 0 }) => stream === connect.stream && type === 'DATA' && (flags & END_STREAM) !== 0,
	);
	return { connection: socketFirst.clientHello.alpn.includes('h2') ? 'negotiated' : 'open', endsStream };
}

const END_STREAM = 1;
