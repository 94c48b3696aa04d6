/** What a draft is made from: the part of a recording of the mirror that a profile is read off. */
import type { LayoutRequest } from '../headers/types.ts';

export type RecordedHello = {
	readonly cipherIds: readonly number[];
	readonly extensions: ReadonlyArray<{ readonly id: number; readonly raw: string }>;
	readonly alpn: readonly string[];
	readonly supportedGroups: readonly number[];
	readonly keyShares: ReadonlyArray<{ readonly group: number }>;
	readonly signatureAlgorithms: readonly number[];
	readonly delegatedCredentials: readonly number[];
	readonly supportedVersions: readonly number[];
	readonly ecPointFormats: readonly number[];
	readonly pskKeyExchangeModes: readonly number[];
	readonly certificateCompression: readonly number[];
	readonly recordSizeLimit: number | null;
	readonly alps: { readonly codepoint: number; readonly protocols: readonly string[] } | null;
	readonly ech: { readonly aead: number; readonly payloadLength: number } | null;
	readonly preSharedKey: unknown;
};

export type RecordedPriority = { readonly exclusive: 0 | 1; readonly dependsOn: number; readonly weight: number };

export type RecordedFrame = {
	readonly type: string;
	readonly stream: number;
	readonly length?: number;
	readonly flags?: number;
	readonly settings?: ReadonlyArray<readonly [id: number, value: number]>;
	readonly increment?: number;
	readonly priority?: RecordedPriority;
	readonly headers?: ReadonlyArray<readonly [name: string, value: string]>;
	/** How each field was compressed, in the notation of the mirror's `RequestRecord.hpackRepresentations`. */
	readonly hpackRepresentations?: readonly string[];
};

/** One connection of the browser. */
export type RecordedConnection = {
	readonly clientHello: RecordedHello | null;
	readonly frames: readonly RecordedFrame[];
	/** The handshake resumed a session. */
	readonly resumed?: boolean;
};

/** One request whose cause is known. */
export type RecordedRequest = {
	/** What the page did. */
	readonly context: LayoutRequest;
	readonly record: {
		readonly protocol: 'h2' | 'http/1.1';
		/** All fields in wire order and case, pseudo-header fields included. */
		readonly headers: ReadonlyArray<readonly [name: string, value: string]>;
		readonly priority: RecordedPriority | null;
	};
};

/** Ids of connections to one server, by what the requests over them were. */
export type RecordedSharing = {
	/** The connection of the visit's pages. */
	readonly page?: number;
	/** With credentials to another host of the same site. */
	readonly sibling?: readonly number[];
	/** Without credentials, to the page's own host. */
	readonly anonymous?: readonly number[];
	/** With credentials to another site. */
	readonly thirdParty?: readonly number[];
	/** Pages of another site. */
	readonly otherSite?: readonly number[];
	/** One request that is answered 421 once, and its repetition. */
	readonly misdirected?: readonly number[];
	/** Connections to the server that answered it; the answer had ended with its head. */
	readonly misdirectedConnections?: readonly RecordedConnection[];
	/** A connection whose peer allows WebSockets, used before one was opened, and one that a WebSocket opened. */
	readonly socket?: RecordedConnection;
	readonly socketFirst?: RecordedConnection;
	/** Whether a second WebSocket to one HTTP/2 server began before the first was answered. */
	readonly socketsAtOnce?: boolean;
};

/** What one visit of a browser left. Every part but the first may be empty: what is not there stays the base's. */
export type Recording = {
	/** Connections over HTTP/2 of which the first carried the visit; some must be fresh ones. */
	readonly connections: readonly RecordedConnection[];
	/** Requests with their causes; the first typed navigation among them. */
	readonly requests: readonly RecordedRequest[];
	/** The same origin three times, its connection cut in between. */
	readonly tls13?: readonly RecordedConnection[];
	readonly tls12?: readonly RecordedConnection[];
	/** The connection of a WebSocket to an HTTP/2 origin. */
	readonly websocket?: RecordedConnection;
	/** A connection on which nothing but a large body was received. */
	readonly download?: RecordedConnection;
	readonly sharing?: RecordedSharing;
	/** Full version of the browser, e.g. `157.0.8100.10`. */
	readonly version: string;
	/** ISO date of the visit. */
	readonly date: string;
};
