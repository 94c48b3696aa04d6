/** Reads hellos as the `tls` section. What no hello shows is the base profile's. */
import type { EngineSection, JsonValue } from '../types.ts';
import { registryName } from './names.ts';
import { implementedShares, unsupportedShares } from './offers.ts';
import type { RecordedHello } from './recording.ts';

const EARLY_DATA = 42;
const COOKIE = 44;
const PADDING = 21;
const PRE_SHARED_KEY = 41;
const TRUST_ANCHORS = 51764;
const VERSIONS: Readonly<Record<number, string>> = { 769: '1.0', 770: '1.1', 771: '1.2', 772: '1.3' };
const COMPRESSION: Readonly<Record<number, string>> = { 1: 'zlib', 2: 'brotli', 3: 'zstd' };
/** Extensions that the engine can send: those that a key of `tls` stands for. */
const KNOWN: ReadonlySet<number> = new Set([
	0,
	5,
	10,
	11,
	13,
	16,
	18,
	PADDING,
	23,
	27,
	28,
	34,
	35,
	PRE_SHARED_KEY,
	EARLY_DATA,
	43,
	COOKIE,
	45,
	51,
	17513,
	17613,
	TRUST_ANCHORS,
	65037,
	65281,
]);

/** GREASE values of RFC 8701. */
function isGrease(value: number): boolean {
	return (value & 0x0f0f) === 0x0a0a && value >> 8 === (value & 0xff);
}

const plain = (values: readonly number[]): number[] => values.filter((value) => !isGrease(value));
const distinct = (values: readonly number[]): number[] => [...new Set(values)].sort((left, right) => left - right);

/** Keys of `tls` that hellos decide. */
export const HELLO_KEYS: readonly string[] = [
	...['versions', 'grease', 'greaseSignatureAlgorithms', 'ciphers', 'extensionOrder', 'groups', 'keyShares'],
	...['signatureAlgorithms', 'delegatedCredentials', 'recordSizeLimit', 'certificateCompression', 'alpn', 'alps'],
	...['trustAnchors', 'ech', 'statusRequest', 'signedCertificateTimestamps', 'extendedMasterSecret'],
	...['renegotiationInfo', 'sessionTicket', 'pskKeyExchangeModes', 'ecPointFormats'],
];

/** `tls` keys that the hellos decide, and what in them no key stands for. */
export type DraftTls = { section: EngineSection; unsupported: string[] };

/**
 * @param fresh hellos of connections without a ticket, at least one
 * @param base `tls` of the neighbouring release: keys that these hellos do not decide keep its values
 * @param resumed a hello with a TLS 1.3 ticket
 */
export function draftTls(
	fresh: readonly [RecordedHello, ...RecordedHello[]],
	base: EngineSection,
	resumed?: RecordedHello,
): DraftTls {
	const [hello] = fresh;
	const body = (id: number) => hello.extensions.find((extension) => extension.id === id)?.raw;
	const has = (id: number) => body(id) !== undefined;
	const versions = plain(hello.supportedVersions).sort((left, right) => left - right);
	const name = (version: number | undefined) => VERSIONS[version ?? 771] ?? '1.2';
	const section: EngineSection = {
		...base,
		versions: [name(versions[0]), name(versions.at(-1))],
		grease: hello.cipherIds.some(isGrease),
		greaseSignatureAlgorithms: hello.signatureAlgorithms.some(isGrease),
		ciphers: plain(hello.cipherIds),
		extensionOrder: extensionOrder(fresh, base.extensionOrder),
		groups: plain(hello.supportedGroups),
		keyShares: implementedShares(hello),
		signatureAlgorithms: plain(hello.signatureAlgorithms),
		delegatedCredentials: has(34) ? hello.delegatedCredentials : null,
		recordSizeLimit: hello.recordSizeLimit,
		certificateCompression: hello.certificateCompression.flatMap((id) => COMPRESSION[id] ?? []),
		alpn: hello.alpn,
		alps: hello.alps ? { codepoint: hello.alps.codepoint, protocols: hello.alps.protocols } : null,
		trustAnchors: body(TRUST_ANCHORS) ?? null,
		ech: ech(fresh, base.ech, resumed?.ech?.payloadLength),
		statusRequest: has(5),
		signedCertificateTimestamps: has(18),
		extendedMasterSecret: has(23),
		renegotiationInfo: has(65281),
		sessionTicket: has(35),
		pskKeyExchangeModes: has(45) ? hello.pskKeyExchangeModes : null,
		ecPointFormats: has(11) ? hello.ecPointFormats : null,
	};
	return { section, unsupported: unsupported(hello) };
}

function extensionOrder(fresh: readonly RecordedHello[], base: JsonValue | undefined): JsonValue {
	const orders = fresh.map(({ extensions }) => plain(extensions.map(({ id }) => id)));
	if (new Set(orders.map(String)).size > 1) return { mode: 'shuffle' };
	const order = orders[0] ?? [];
	// A fixed list also has the places of extensions that a fresh hello never has; those are the base's.
	const known = (base as { order?: number[] } | undefined)?.order;
	const occasional = [EARLY_DATA, COOKIE];
	const isSame =
		known && String(known.filter((id) => !occasional.includes(id) || order.includes(id))) === String(order);
	if (isSame) return { mode: 'fixed', order: known };
	return {
		mode: 'fixed',
		order: order.flatMap((id) => (id === 51 ? [id, EARLY_DATA] : id === 13 ? [id, COOKIE] : [id])),
	};
}

/** Drawn values are seen a few times only: a base whose values contain all that was seen is believed, weights included. */
function ech(fresh: readonly RecordedHello[], base: JsonValue | undefined, resumed: number | undefined): JsonValue {
	const offers = fresh.flatMap((hello) => hello.ech ?? []);
	if (offers.length === 0) return null;
	type Known = { aeads?: number[]; payload?: { mode: string; lengths?: number[] }; real?: JsonValue };
	const known = base as Known | null | undefined;
	const choose = (seen: number[], list: readonly number[] | undefined) =>
		list && seen.every((value) => list.includes(value)) ? list : seen;
	const lengths = choose(distinct(offers.map(({ payloadLength }) => payloadLength)), known?.payload?.lengths);
	const isComputed = known?.payload !== undefined && known.payload.mode !== 'listed';
	const isOne = new Set(offers.map(({ payloadLength }) => payloadLength)).size === 1;
	// A length that follows from the hello is always the same for one host, and another one with a ticket.
	const follows = resumed === undefined ? isComputed : isOne && resumed !== offers[0]?.payloadLength;
	return {
		aeads: choose(distinct(offers.map(({ aead }) => aead)), known?.aeads),
		payload: follows ? { mode: 'as-inner-hello' } : { mode: 'listed', lengths },
		// Without a configuration of its own the mirror sees no real one.
		...(known?.real === undefined ? {} : { real: known.real }),
	};
}

function unsupported(hello: RecordedHello): string[] {
	const extensions = plain(hello.extensions.map(({ id }) => id)).filter((id) => !KNOWN.has(id));
	const compression = hello.certificateCompression.filter((id) => COMPRESSION[id] === undefined);
	return [
		...extensions.map((id) => registryName('TLS extension', id)),
		...compression.map((id) => `certificate compression algorithm ${id}`),
		...unsupportedShares(hello),
	];
}
