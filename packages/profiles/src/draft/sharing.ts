/** Which requests share a connection, off the connections that the steps of a visit used. */
import type { EngineSection, HeadersSection, JsonValue } from '../types.ts';
import type { RecordedConnection, RecordedSharing } from './recording.ts';

type Flags = Pick<HeadersSection, 'separateAnonymous' | 'separateSites' | 'separateThirdParty'>;

/** Keys that the visit decides. */
export type DraftSharing = {
	tls: { [key: string]: JsonValue };
	http2: { [key: string]: JsonValue };
	headers: Partial<Flags>;
};

/** A request that went over the page's connection proves sharing; separation shows only where sharing was possible. */
export function draftSharing(sharing: RecordedSharing | undefined): DraftSharing {
	const { page, sibling = [], anonymous = [], thirdParty = [], otherSite = [], misdirected = [] } = sharing ?? {};
	const decided: DraftSharing = { tls: {}, http2: {}, headers: {} };
	if (page === undefined) return decided;
	const shares = (list: readonly number[]) => list.includes(page);
	if (sibling.length > 0) decided.http2.coalescing = shares(sibling) ? 'same-address' : 'none';
	if (anonymous.length > 0) decided.headers.separateAnonymous = !shares(anonymous);
	// Without coalescing another host has connections of its own anyway.
	if (shares(sibling) && thirdParty.length > 0) decided.headers.separateThirdParty = !shares(thirdParty);
	if (shares(sibling) && otherSite.length > 0) decided.headers.separateSites = !shares(otherSite);
	const [first, second] = misdirected;
	if (first === undefined || second === undefined) return decided;
	const isNew = first !== second;
	decided.http2.misdirected = isNew ? 'retry-on-new' : 'retry-on-own';
	const [answered, repeated] = sharing?.misdirectedConnections ?? [];
	if (answered) decided.http2.resetEnded = answered.frames.some(({ type }) => type === 'RST_STREAM');
	if (isNew && repeated?.clientHello && offersCompression(answered))
		decided.tls.retry = { certificateCompression: offersCompression(repeated) };
	return decided;
}

const CERTIFICATE_COMPRESSION = 27;

function offersCompression(connection: RecordedConnection | undefined): boolean {
	return connection?.clientHello?.extensions.some(({ id }) => id === CERTIFICATE_COMPRESSION) ?? false;
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
	const connection = socketFirst.clientHello.alpn.includes('h2') ? 'negotiated' : 'open';
	const oneAtATime = sharing?.socketsAtOnce === true ? 'own-connections' : 'all';
	return { connection, oneAtATime, endsStream };
}

const END_STREAM = 1;
