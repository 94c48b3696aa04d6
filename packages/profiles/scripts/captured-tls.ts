/**
 * Reads a captured ClientHello as keys of the `tls` section: everything one hello shows. Habits that take many
 * connections to see (ECH lengths, resumption) are not in it.
 */
import type { EngineSection } from '../src/types.ts';
import type { Capture, CapturedExtension, CapturedHello } from './capture.ts';

const EXTENSION = {
	ecPointFormats: 11,
	alpn: 16,
	groups: 10,
	signatureAlgorithms: 13,
	statusRequest: 5,
	signedCertificateTimestamp: 18,
	extendedMasterSecret: 23,
	certificateCompression: 27,
	recordSizeLimit: 28,
	delegatedCredentials: 34,
	sessionTicket: 35,
	versions: 43,
	pskModes: 45,
	keyShare: 51,
	alps: 17613,
	trustAnchors: 51764,
	renegotiation: 65281,
} as const;
const COMPRESSION = ['', 'zlib', 'brotli', 'zstd'];

/** GREASE values of RFC 8701 for 16-bit lists. */
function isGrease(value: number): boolean {
	return (value & 0x0f0f) === 0x0a0a && value >> 8 === (value & 0xff);
}

function words(raw: string, from = 0): number[] {
	const bytes = Buffer.from(raw, 'hex');
	const list: number[] = [];
	for (let offset = from; offset + 1 < bytes.length; offset += 2) list.push(bytes.readUInt16BE(offset));
	return list;
}

function find(hello: CapturedHello, id: number): CapturedExtension | undefined {
	return hello.extensions.find((extension) => extension.id === id);
}

function list(hello: CapturedHello, id: number): number[] {
	return words(find(hello, id)?.raw ?? '', 2);
}

const GROUP_IDS: Record<string, number> = { X25519MLKEM768: 4588, x25519: 29, secp256r1: 23, secp384r1: 24 };

function keyShares(hello: CapturedHello): number[] {
	const shares = (find(hello, EXTENSION.keyShare)?.value ?? []) as Array<{ group: string }>;
	return shares.flatMap(({ group }) => GROUP_IDS[group] ?? []);
}

/**
 * Extensions that appear only sometimes have their place too: early_data (42) follows key_share (capture
 * `early_data_capable_server`), cookie (44) follows signature_algorithms (NSS ssl3ext.c).
 */
function withOccasional(ids: readonly number[]): number[] {
	return ids.flatMap((id) =>
		id === EXTENSION.keyShare ? [id, 42] : id === EXTENSION.signatureAlgorithms ? [id, 44] : [id],
	);
}

/** Keys of `tls` that the fresh hello of `capture` decides. */
export function capturedTls(capture: Capture): EngineSection {
	const hello = capture.tls.fresh;
	const present = (id: number) => find(hello, id) !== undefined;
	const ids = hello.extensions.map((extension) => extension.id);
	const compression = find(hello, EXTENSION.certificateCompression);
	const trustAnchors = find(hello, EXTENSION.trustAnchors);
	const shuffled = capture.tls.variations.distinct_extension_orders > 1;
	return {
		versions: ['1.2', '1.3'],
		grease: ids.some(isGrease),
		greaseSignatureAlgorithms: list(hello, EXTENSION.signatureAlgorithms).some(isGrease),
		ciphers: hello.cipher_ids.map(Number).filter((id) => !isGrease(id)),
		extensionOrder: shuffled ? { mode: 'shuffle' } : { mode: 'fixed', order: withOccasional(ids) },
		groups: list(hello, EXTENSION.groups).filter((id) => !isGrease(id)),
		keyShares: keyShares(hello),
		signatureAlgorithms: list(hello, EXTENSION.signatureAlgorithms).filter((id) => !isGrease(id)),
		delegatedCredentials: present(EXTENSION.delegatedCredentials) ? list(hello, EXTENSION.delegatedCredentials) : null,
		recordSizeLimit: present(EXTENSION.recordSizeLimit)
			? (words(find(hello, EXTENSION.recordSizeLimit)?.raw ?? '')[0] ?? null)
			: null,
		certificateCompression: compression ? words(compression.raw, 1).map((id) => COMPRESSION[id] ?? '') : [],
		alpn: find(hello, EXTENSION.alpn)?.value as string[],
		alps: present(EXTENSION.alps)
			? { codepoint: EXTENSION.alps, protocols: find(hello, EXTENSION.alps)?.value as string[] }
			: null,
		trustAnchors: trustAnchors?.raw ?? null,
		statusRequest: present(EXTENSION.statusRequest),
		signedCertificateTimestamps: present(EXTENSION.signedCertificateTimestamp),
		extendedMasterSecret: present(EXTENSION.extendedMasterSecret),
		renegotiationInfo: present(EXTENSION.renegotiation),
		sessionTicket: present(EXTENSION.sessionTicket),
		pskKeyExchangeModes: (find(hello, EXTENSION.pskModes)?.value ?? null) as number[] | null,
		ecPointFormats: (find(hello, EXTENSION.ecPointFormats)?.value ?? null) as number[] | null,
		paddingTo: null,
	};
}
