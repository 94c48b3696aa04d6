import type { HelloFingerprints } from '../fingerprints/fingerprint.ts';
import type { ClientHello } from './client-hello.ts';

/** One header field exactly as it came over the wire: name, value (latin1). */
export type HeaderField = [name: string, value: string];

/** One TLS record of the client: content type, record version (hex), body length, milliseconds since the connection began. */
export type TlsRecordEntry = [type: number, version: string, length: number, ms: number];

/** RFC 7540 priority fields of a HEADERS or PRIORITY frame. `weight` is 1..=256 (wire value plus one). */
export type PriorityFields = { exclusive: 0 | 1; dependsOn: number; weight: number };

/** One HTTP/2 frame of the client. Which optional fields exist depends on `type`. */
export type FrameRecord = {
	/** Name of the frame type (`HEADERS`), or `0x..` when unknown. */
	type: string;
	flags: number;
	stream: number;
	/** Payload length in bytes, padding included. */
	length: number;
	/** Milliseconds since the connection began. */
	ms: number;
	/** Payload as hex; cut after 2048 bytes (then ends with `...`). */
	raw: string;
	/** SETTINGS: identifier and value, wire order. */
	settings?: [id: number, value: number][];
	/** WINDOW_UPDATE. */
	increment?: number;
	/** RST_STREAM and GOAWAY. */
	errorCode?: number;
	/** GOAWAY. */
	lastStream?: number;
	/** HEADERS with the PRIORITY flag, and PRIORITY. */
	priority?: PriorityFields;
	/** HEADERS: all fields, pseudo-header fields included, wire order. */
	headers?: HeaderField[];
	/** HEADERS: the whole header block (CONTINUATION joined) as hex. */
	hpack?: string;
	/** HEADERS: how each field was encoded; see {@link RequestRecord.hpackRepresentations}. */
	hpackRepresentations?: string[];
};

/** What was agreed in the TLS handshake. */
export type NegotiatedTls = {
	/** `TLSv1.3` or `TLSv1.2`. */
	version: string;
	cipher: string;
	/** `null` when the client offered no ALPN. */
	alpn: string | null;
	resumed: boolean;
	serverName: string | null;
	/** Subject common name of the client certificate, when one was asked for and sent. */
	clientCertificate: string | null;
};

/** One request, HTTP/1.1 or HTTP/2. Grows while the body arrives; `complete` says that it ended. */
export type RequestRecord = {
	protocol: 'h2' | 'http/1.1';
	connectionId: number;
	/** Milliseconds since the connection began. */
	ms: number;
	method: string;
	/** Request target as sent. */
	path: string;
	/** `:authority`, or the value of `Host`. */
	authority: string;
	scheme: 'http' | 'https';
	/** All fields in wire order and case. On HTTP/2 pseudo-header fields are included, as in the captures. */
	headers: HeaderField[];
	/** HTTP/1: the head verbatim, with its final empty line. */
	rawHead: string | null;
	/** HTTP/2: header block as hex. */
	hpackHex: string | null;
	/**
	 * HTTP/2: one entry for each HPACK instruction. `S2` static indexed, `D62` dynamic indexed, `L+` literal with
	 * incremental indexing, `L` without, `N` never indexed, each with `(name,value)`: `i4` name index, `nh`/`n-`
	 * literal name with/without Huffman, `vh`/`v-` value with/without Huffman; `TSU0` table size update.
	 */
	hpackRepresentations: string[] | null;
	/** HTTP/2 stream, else `null`. */
	streamId: number | null;
	/** HTTP/2: priority of the HEADERS frame, `null` when it carried none. */
	priority: PriorityFields | null;
	/** HTTP/2: whether HEADERS carried END_STREAM. */
	endStream: boolean | null;
	/** First bytes of the body, at most `maxRecordedBody`. */
	body: Buffer;
	/** Bytes of body received so far (chunk framing removed). */
	bodyLength: number;
	/** HTTP/1 chunked: size of every chunk, the last one (0) included. */
	chunkSizes: number[] | null;
	trailers: HeaderField[];
	/** True once the request, with its body, has arrived completely. */
	complete: boolean;
	/** RST_STREAM code the client sent for this stream. */
	resetCode: number | null;
};

/** One TCP connection from accept to close. Filled while it lives. */
export type ConnectionRecord = {
	/** 1 for the first connection of this mirror (and after `reset()` it goes on counting). */
	id: number;
	/** Unix time in milliseconds. */
	startedAt: number;
	remoteAddress: string;
	remotePort: number;
	/** First ClientHello, `null` on plain connections or before it arrived. */
	clientHello: ClientHello | null;
	/** ClientHello after a HelloRetryRequest. */
	secondClientHello: ClientHello | null;
	/** JA3, JA3n, JA4 (and raw forms) of `clientHello`. */
	fingerprints: HelloFingerprints | null;
	/** Inbound TLS records, at most `maxRecordedTlsRecords`. */
	tlsRecords: TlsRecordEntry[];
	/** `null` until the handshake is done. */
	negotiated: NegotiatedTls | null;
	/** Short for `negotiated.resumed`. */
	resumed: boolean;
	/** Short for `negotiated.alpn`. */
	alpn: string | null;
	protocol: 'h2' | 'http/1.1' | null;
	/** Client's HTTP/2 frames, at most `maxRecordedFrames`. */
	frames: FrameRecord[];
	/** Akamai HTTP/2 fingerprint, known after the first HEADERS. */
	akamai: string | null;
	requests: RequestRecord[];
	/** Reason of the end (`eof`, `tls: ...`, `h2: ...`), `null` while open. */
	closed: string | null;
};

/** Value of the first field with this name (any case), `null` if there is none. */
export function headerValue(fields: readonly HeaderField[], name: string): string | null {
	const wanted = name.toLowerCase();
	for (const [key, value] of fields) if (key.toLowerCase() === wanted) return value;
	return null;
}

/** Fields without HTTP/2 pseudo-header fields. */
export function regularFields(fields: readonly HeaderField[]): HeaderField[] {
	return fields.filter(([name]) => !name.startsWith(':'));
}
