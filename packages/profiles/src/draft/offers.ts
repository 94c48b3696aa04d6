/** What a browser offers and our engine cannot say, or can say but not do, by its registered name. */
import { registryName } from './names.ts';
import type { RecordedConnection, RecordedHello } from './recording.ts';

/** Suites that a server may choose and the engine then speaks (docs/internals/tls.md). */
const CIPHERS: ReadonlySet<number> = new Set([
	...[4865, 4866, 4867, 10, 47, 53, 60, 61, 156, 157, 49_160, 49_161, 49_162, 49_170, 49_171, 49_172],
	...[49_187, 49_188, 49_191, 49_192, 49_195, 49_196, 49_199, 49_200, 52_392, 52_393],
]);
/** Groups for which the engine can make a share. */
const GROUPS: ReadonlySet<number> = new Set([23, 24, 25, 29, 256, 257, 4588, 25_497]);
/** Algorithms whose signatures the engine verifies. */
const SIGNATURES: ReadonlySet<number> = new Set([
	...[513, 515, 1025, 1027, 1281, 1283, 1537, 1539, 2052, 2053, 2054, 2055],
]);
/** TLS_EMPTY_RENEGOTIATION_INFO_SCSV, TLS_FALLBACK_SCSV: signals, nothing to choose. */
const SIGNALS: ReadonlySet<number> = new Set([255, 22_016]);

const plain = (values: readonly number[]): number[] => values.filter((value) => (value & 0x0f0f) !== 0x0a0a);

/**
 * Sent as the browser sends it, but a server that chooses it gets an error that names it. No browser's own server set
 * makes this frequent; ML-DSA, for one, needs certificates that no public CA issues.
 */
export function offeredOnly(hello: RecordedHello): string[] {
	const named = (
		registry: 'cipher suite' | 'group' | 'signature algorithm',
		values: readonly number[],
		known: ReadonlySet<number>,
	) =>
		plain(values)
			.filter((value) => !known.has(value) && !SIGNALS.has(value))
			.map((value) => registryName(registry, value));
	return [
		...named('cipher suite', hello.cipherIds, CIPHERS),
		...named('group', hello.supportedGroups, GROUPS),
		...named('signature algorithm', hello.signatureAlgorithms, SIGNATURES),
	];
}

/** A share that the engine cannot compute. */
export function unsupportedShares(hello: RecordedHello): string[] {
	return plain(hello.keyShares.map(({ group }) => group))
		.filter((group) => !GROUPS.has(group))
		.map((group) => registryName('key share of group', group));
}

/** Groups of the shares that the engine can compute, as sent. */
export function implementedShares(hello: RecordedHello): number[] {
	return plain(hello.keyShares.map(({ group }) => group)).filter((group) => GROUPS.has(group));
}

/** Frames that the engine sends. PRIORITY only in the first flight. */
const FRAMES: ReadonlySet<string> = new Set([
	...['DATA', 'HEADERS', 'PRIORITY', 'RST_STREAM', 'SETTINGS', 'PING', 'GOAWAY', 'WINDOW_UPDATE', 'CONTINUATION'],
]);

/** Frames and settings of the visit's connections that no key of `http2` stands for. */
export function unsupportedFrames(connections: readonly RecordedConnection[]): string[] {
	const found = new Set<string>();
	for (const { frames } of connections) {
		const first = frames.findIndex(({ type }) => type === 'HEADERS');
		for (const [index, { type }] of frames.entries()) {
			if (!FRAMES.has(type)) found.add(`HTTP/2 frame ${type}`);
			if (type === 'PRIORITY' && first >= 0 && index > first) found.add('HTTP/2 PRIORITY after the first request');
		}
	}
	return [...found, ...changingSettings(connections)];
}

/** A setting that is drawn anew for each connection (GREASE) cannot be a number in a document. */
function changingSettings(connections: readonly RecordedConnection[]): string[] {
	const lists = connections.flatMap(({ frames }) => frames.find(({ settings }) => settings?.length)?.settings ?? []);
	const count = connections.filter(({ frames }) => frames.some(({ settings }) => settings?.length)).length;
	const seen = new Map<number, Set<number>>();
	const times = new Map<number, number>();
	for (const [id, value] of lists) {
		seen.set(id, (seen.get(id) ?? new Set()).add(value));
		times.set(id, (times.get(id) ?? 0) + 1);
	}
	return [...seen]
		.filter(([id, values]) => values.size > 1 || times.get(id) !== count)
		.map(([id]) => `${registryName('HTTP/2 setting', id)} that changes between connections`);
}
