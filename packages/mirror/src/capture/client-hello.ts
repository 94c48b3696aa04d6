import { ByteReader, readU16List } from './byte-reader.ts';
import { extensionName, isGrease } from './tls-names.ts';

/** One extension of a ClientHello, in wire order. */
export type HelloExtension = {
	id: number;
	/** IANA-style name, `GREASE`, or `0x....`. */
	name: string;
	/** Body as hex. */
	raw: string;
};

/** What the encrypted_client_hello extension carries (a real offer and GREASE look the same). */
export type EchOffer = { kdf: number; aead: number; configId: number; encLength: number; payloadLength: number };

/** A parsed ClientHello. Numbers are those of the wire, GREASE included; a list is empty when its extension is absent. */
export type ClientHello = {
	/** The handshake message with its 4-byte header, as hex. */
	handshakeHex: string;
	/** Length of that message in bytes. */
	length: number;
	legacyVersion: number;
	random: string;
	sessionIdLength: number;
	cipherIds: number[];
	compressionMethods: number[];
	extensions: HelloExtension[];
	/** Extension ids in wire order with every GREASE id replaced by the word. */
	extensionOrder: (number | 'GREASE')[];
	/** Names of extensions whose body could not be parsed. */
	malformedExtensions: string[];
	serverName: string | null;
	alpn: string[];
	supportedGroups: number[];
	keyShares: { group: number; length: number }[];
	signatureAlgorithms: number[];
	delegatedCredentials: number[];
	supportedVersions: number[];
	ecPointFormats: number[];
	pskKeyExchangeModes: number[];
	/** Algorithms of compress_certificate: 1 zlib, 2 brotli, 3 zstd. */
	certificateCompression: number[];
	recordSizeLimit: number | null;
	/** ALPS: code point and protocols. */
	alps: { codepoint: number; protocols: string[] } | null;
	ech: EchOffer | null;
	/** Body length of session_ticket; `null` when the extension is absent. */
	sessionTicketLength: number | null;
	preSharedKey: { identityLengths: number[]; binderLengths: number[] } | null;
	earlyData: boolean;
};

const CLIENT_HELLO = 1;

/**
 * Parses a ClientHello handshake message (RFC 8446 4.1.2), 4-byte handshake header included.
 *
 * @throws RangeError when the fixed part is truncated or it is another message. A broken extension body does not
 * throw: it is listed in `malformedExtensions`.
 */
export function parseClientHello(message: Uint8Array): ClientHello {
	const reader = new ByteReader(message);
	if (reader.u8() !== CLIENT_HELLO) throw new RangeError('not a ClientHello');
	reader.u24();
	const hello = emptyHello(message);
	hello.legacyVersion = reader.u16();
	hello.random = reader.take(32).toString('hex');
	hello.sessionIdLength = reader.vector8().length;
	hello.cipherIds = readU16List(reader.vector16());
	hello.compressionMethods = [...reader.vector8()];
	if (reader.left > 0) {
		const list = new ByteReader(reader.vector16());
		while (list.left > 0) addExtension(hello, list.u16(), list.vector16());
	}
	return hello;
}

function emptyHello(message: Uint8Array): ClientHello {
	return {
		handshakeHex: Buffer.from(message).toString('hex'),
		length: message.length,
		legacyVersion: 0,
		random: '',
		sessionIdLength: 0,
		cipherIds: [],
		compressionMethods: [],
		extensions: [],
		extensionOrder: [],
		malformedExtensions: [],
		serverName: null,
		alpn: [],
		supportedGroups: [],
		keyShares: [],
		signatureAlgorithms: [],
		delegatedCredentials: [],
		supportedVersions: [],
		ecPointFormats: [],
		pskKeyExchangeModes: [],
		certificateCompression: [],
		recordSizeLimit: null,
		alps: null,
		ech: null,
		sessionTicketLength: null,
		preSharedKey: null,
		earlyData: false,
	};
}

function addExtension(hello: ClientHello, id: number, body: Buffer): void {
	const name = extensionName(id);
	hello.extensions.push({ id, name, raw: body.toString('hex') });
	hello.extensionOrder.push(isGrease(id) ? 'GREASE' : id);
	try {
		readExtension[id]?.(new ByteReader(body), hello, id);
	} catch (error) {
		if (!(error instanceof RangeError)) throw error;
		hello.malformedExtensions.push(name);
	}
}

const readAlps: ExtensionReader = (reader, hello, codepoint) => {
	hello.alps = { codepoint, protocols: readProtocolNames(reader) };
};

type ExtensionReader = (reader: ByteReader, hello: ClientHello, id: number) => void;

const readExtension: Record<number, ExtensionReader> = {
	0: (reader, hello) => {
		const list = new ByteReader(reader.vector16());
		list.u8();
		hello.serverName = list.vector16().toString('latin1');
	},
	10: (reader, hello) => {
		hello.supportedGroups = readU16List(reader.vector16());
	},
	11: (reader, hello) => {
		hello.ecPointFormats = [...reader.vector8()];
	},
	13: (reader, hello) => {
		hello.signatureAlgorithms = readU16List(reader.vector16());
	},
	16: (reader, hello) => {
		hello.alpn = readProtocolNames(reader);
	},
	27: (reader, hello) => {
		hello.certificateCompression = readU16List(reader.vector8());
	},
	28: (reader, hello) => {
		hello.recordSizeLimit = reader.u16();
	},
	34: (reader, hello) => {
		hello.delegatedCredentials = readU16List(reader.vector16());
	},
	35: (reader, hello) => {
		hello.sessionTicketLength = reader.left;
	},
	41: (reader, hello) => {
		hello.preSharedKey = readPreSharedKey(reader);
	},
	42: (_reader, hello) => {
		hello.earlyData = true;
	},
	43: (reader, hello) => {
		hello.supportedVersions = readU16List(reader.vector8());
	},
	45: (reader, hello) => {
		hello.pskKeyExchangeModes = [...reader.vector8()];
	},
	51: (reader, hello) => {
		const list = new ByteReader(reader.vector16());
		while (list.left > 0) hello.keyShares.push({ group: list.u16(), length: list.vector16().length });
	},
	17513: readAlps,
	17613: readAlps,
	65037: (reader, hello) => {
		if (reader.u8() !== 0) return; // 1 is the inner hello, which never travels in the clear
		const [kdf, aead, configId] = [reader.u16(), reader.u16(), reader.u8()];
		const encLength = reader.vector16().length;
		hello.ech = { kdf, aead, configId, encLength, payloadLength: reader.vector16().length };
	},
};

function readProtocolNames(reader: ByteReader): string[] {
	const list = new ByteReader(reader.vector16());
	const names: string[] = [];
	while (list.left > 0) names.push(list.vector8().toString('latin1'));
	return names;
}

function readPreSharedKey(reader: ByteReader): { identityLengths: number[]; binderLengths: number[] } {
	const identities = new ByteReader(reader.vector16());
	const binders = new ByteReader(reader.vector16());
	const identityLengths: number[] = [];
	while (identities.left > 0) {
		identityLengths.push(identities.vector16().length);
		identities.take(4); // obfuscated_ticket_age
	}
	const binderLengths: number[] = [];
	while (binders.left > 0) binderLengths.push(binders.vector8().length);
	return { identityLengths, binderLengths };
}
