/** What a draft is made from: the part of a recording of the mirror that a profile's engine sections are read off. */

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

export type RecordedFrame = {
	readonly type: string;
	readonly stream: number;
	readonly settings?: ReadonlyArray<readonly [id: number, value: number]>;
	readonly increment?: number;
	readonly headers?: ReadonlyArray<readonly [name: string, value: string]>;
};

/** One connection of the browser. */
export type RecordedConnection = {
	readonly clientHello: RecordedHello | null;
	readonly frames: readonly RecordedFrame[];
};

/** What one visit of a browser left. */
export type Recording = {
	/** Every connection, of which some must be fresh ones. */
	readonly connections: readonly RecordedConnection[];
	/** Fields of the first typed navigation over HTTP/2, pseudo-header fields left out, in wire order. */
	readonly navigation: ReadonlyArray<readonly [name: string, value: string]>;
	/** Full version of the browser, e.g. `157.0.8100.10`. */
	readonly version: string;
	/** ISO date of the visit. */
	readonly date: string;
};
