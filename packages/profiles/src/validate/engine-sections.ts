/** Shape of `tls`, `http2`, `http1` and `dns`. The engine checks the same again, with its own types, when it loads them. */
import {
	boolean,
	type Check,
	fieldName,
	fieldValue,
	integer,
	invalid,
	isEngineField,
	list,
	nullable,
	object,
	oneOf,
	pair,
	text,
} from './checks.ts';
import { described, schemaOf } from './json-schema.ts';

/** One of several shapes, told apart by `mode`. */
function byMode(shapes: { readonly [mode: string]: Record<string, Check> }): Check {
	const entries = Object.entries(shapes).map(([mode, rest]) => [mode, object({ mode: oneOf(mode), ...rest })] as const);
	const checks = new Map(entries);
	const any = object({ mode: oneOf(...checks.keys()) });
	return described({ anyOf: entries.map(([, check]) => schemaOf(check)) }, (value, path) => {
		const { mode } = (value ?? {}) as { mode?: string };
		(checks.get(mode ?? '') ?? any)(value, path);
	});
}

const nothing: Check = (value, path) => {
	if (value !== null) throw invalid(path, 'must be null');
};

/** Made when asked for: only who brings a profile of his own has it checked, and making them is 2 ms of a start. */
export function engineSections() {
	const codepoint = integer(0, 65_535);
	const size = integer(0, 2 ** 31 - 1);
	const codepoints = list(codepoint);
	const protocols = list(oneOf('h2', 'http/1.1', 'h3', 'http/1.0'));

	const extensionOrder = byMode({ fixed: { order: codepoints }, shuffle: {} });

	const echPayload = byMode({ listed: { lengths: list(integer(17, 2048), 1) }, 'as-inner-hello': {} });

	/** `tls` of a profile; see docs/internals/seams.md for the meaning of each key. */
	const tlsSection = object(
		{
			versions: list(oneOf('1.0', '1.1', '1.2', '1.3'), 2),
			grease: boolean,
			greaseSignatureAlgorithms: boolean,
			ciphers: list(codepoint, 1),
			extensionOrder,
			groups: list(codepoint, 1),
			keyShares: codepoints,
			signatureAlgorithms: list(codepoint, 1),
			delegatedCredentials: nullable(codepoints),
			recordSizeLimit: nullable(integer(64, 16_385)),
			certificateCompression: list(oneOf('zlib', 'brotli', 'zstd')),
			alpn: protocols,
			alps: nullable(object({ codepoint, protocols })),
			trustAnchors: nullable(text(/^(?:[0-9a-f]{2})*$/)),
			ech: nullable(
				object(
					{
						aeads: list(codepoint, 1),
						payload: echPayload,
					},
					{
						real: nullable(
							object({
								malformed: oneOf('fail', 'ignore'),
								allCiphers: boolean,
								innerFirst: boolean,
								outerPsk: boolean,
								shortPadding: boolean,
							}),
						),
					},
				),
			),
			statusRequest: boolean,
			signedCertificateTimestamps: boolean,
			extendedMasterSecret: boolean,
			renegotiationInfo: boolean,
			sessionTicket: boolean,
			pskKeyExchangeModes: nullable(list(integer(0, 255))),
			ecPointFormats: nullable(list(integer(0, 255))),
			paddingTo: nullable(size),
			resumption: object({
				tls13: boolean,
				tls12: boolean,
				sessionTicketWithPsk: boolean,
				earlyData: boolean,
				ticketUses: integer(0, 1_000_000),
			}),
			http1Only: object({ certificateCompression: boolean, alps: boolean }),
		},
		{
			closeNotify: boolean,
			retry: object({ certificateCompression: boolean }),
			certificates: object({
				exactPurposes: boolean,
				authorityAsServer: boolean,
				plainAnchor: boolean,
				bareRoots: boolean,
				repeatedExtensions: boolean,
				mustStaple: boolean,
				finalDot: boolean,
				explicitPolicy: boolean,
			}),
		},
	);

	const pseudo = oneOf('method', 'scheme', 'authority', 'path', 'protocol');

	const hpack = object(
		{
			huffman: oneOf('shorter', 'always', 'never'),
			nameIndex: oneOf('lowest', 'highest'),
			cookie: oneOf('crumbs', 'whole'),
			maxTableSize: size,
			sizeUpdate: oneOf('on-change', 'on-setting'),
		},
		{
			rules: list(
				object(
					{
						name: text(/^:?[a-z0-9-]+$/),
						representation: oneOf('indexed-or-literal', 'literal', 'never-indexed', 'incremental'),
					},
					{ shorterThan: nullable(size) },
				),
			),
			maxEntryDivisor: nullable(integer(1, 65_535)),
			minTableSize: size,
		},
	);

	/** `http2` of a profile (keys of `wire::http2::Http2Policy`). */
	const http2Section = object(
		{
			settings: list(pair(codepoint, integer(0, 2 ** 32 - 1))),
			connectionWindowIncrement: size,
			firstStreamId: integer(1, 2 ** 31 - 1),
			pseudoOrder: list(pseudo, 4),
			connectPseudoOrder: list(pseudo, 5),
			dependency: oneOf('root', 'latest-same-or-higher', 'none', 'priority-frame-of-rank'),
			settingsAck: oneOf('after-first-headers', 'on-receipt'),
			maxDataFrame: integer(1, 16_777_215),
			flowControl: object(
				{ streamUpdateAbove: size, connectionUpdateAbove: size, connectionFirst: boolean },
				{ readSize: nullable(integer(1024, 2 ** 31 - 1)) },
			),
			goAwayOnClose: boolean,
			hpack,
		},
		{
			streamWindowIncrement: size,
			priorityFrames: list(object({ stream: size, dependsOn: size, weight: integer(1, 256), exclusive: boolean })),
			dialsWhileUnknown: oneOf('one', 'each'),
			coalescing: oneOf('none', 'same-address'),
			misdirected: oneOf('deliver', 'retry-if-shared', 'retry-on-own', 'retry-on-new'),
			repeatTimeouts: boolean,
			webSocket: nullable(
				object({
					connection: oneOf('open', 'negotiated'),
					oneAtATime: oneOf('own-connections', 'all'),
					endsStream: boolean,
				}),
			),
			resetEnded: boolean,
			emptyBodyApart: boolean,
			bodyBehindHead: integer(0, 1_048_576),
			bodyBehindWaitingHead: integer(0, 1_048_576),
			bodyBuffer: integer(0, 1_048_576),
			uploadReads: object({
				first: integer(1024, 1_048_576),
				opening: integer(1024, 1_048_576),
				read: integer(1024, 1_048_576),
				buffer: integer(1024, 1_048_576),
			}),
			anonymousApart: boolean,
			answers: object(
				{},
				{
					refuseControls: boolean,
					anyStatus: boolean,
					skipPseudoFields: boolean,
					mergeLengths: boolean,
					lastStatus: boolean,
				},
			),
			pingPayload: oneOf('zero', 'odd-counter'),
			pingBeforeRequestAfterIdleMs: nullable(size),
		},
	);

	const condition = object({ field: fieldName }, { anyOf: list(text()), noneOf: list(text()) });

	const keepAlive = text(/^[Kk]eep-[Aa]live$/);
	const connectField = pair(text(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/), nullable(fieldValue));

	/** Fields of a CONNECT: `null` is the value of the moment, which only `Host` and `User-Agent` have. */
	const connectFieldList = list(connectField, 1);
	const connectFields = described(schemaOf(connectFieldList), (value, path) => {
		connectFieldList(value, path);
		const fields = value as ReadonlyArray<readonly [string, string | null]>;
		const names = fields.map(([name]) => name.toLowerCase());
		fields.forEach(([, text], index) => {
			const name = names[index] as string;
			const where = `${path}[${index}]`;
			if (names.indexOf(name) !== index) throw invalid(where, 'is there twice');
			if (name === 'connection' || name === 'proxy-connection') keepAlive(text, `${where}[1]`);
			else if (name === 'host') nothing(text, `${where}[1]`);
			else if (isEngineField(name)) throw invalid(where, 'is written by the engine alone');
			else if (text === null && name !== 'user-agent') throw invalid(`${where}[1]`, 'must be a text');
		});
		if (!names.includes('host')) throw invalid(path, 'must hold Host');
	});

	const droppedName = described(schemaOf(fieldName), (value, path) => {
		fieldName(value, path);
		if (isEngineField(value as string) && value !== 'te') throw invalid(path, 'cannot be dropped');
	});

	/** `http1` of a profile (keys of `wire::http1::Http1Policy`). */
	const http1Section = object(
		{ leading: list(oneOf('host', 'connection', 'content-length'), 1) },
		{
			drop: list(droppedName),
			connection: nullable(keepAlive),
			connectionBefore: list(fieldName),
			connectionStepsOver: nullable(object({ fields: list(fieldName) }, { unless: list(list(condition, 1)) })),
			contentLengthAfter: list(fieldName),
			contentLengthBefore: list(fieldName),
			forwardProxyConnection: nullable(text(/^[Pp]roxy-[Cc]onnection$/)),
			connectFields,
			bodyJoinsHead: boolean,
			requestTimeout: oneOf('deliver', 'retry-if-reused', 'retry-if-slow'),
			reuses: oneOf('last-used', 'most-read'),
			answers: object(
				{},
				{
					blankBeforeColon: boolean,
					keepFoldBlanks: boolean,
					statusLine: oneOf('numbered', 'any'),
					dropReasonOfHttp2: boolean,
					mergeLengths: boolean,
					checkLengthsOfChunked: boolean,
					refuseInterimOfProxy: boolean,
					unannouncedCodings: oneOf('decode', 'refuse', 'skip'),
				},
			),
		},
	);

	const milliseconds = integer(0, 10_000);

	const recordUse = object({
		wait: byMode({
			none: {},
			answer: {},
			share: { percent: integer(0, 100), minMs: milliseconds, maxMs: milliseconds },
		}),
		upgrades: oneOf('never', 'service', 'any'),
	});

	/** `dns` of a profile; see docs/internals/dns.md for the meaning of each key. */
	const dnsSection = object(
		{},
		{
			records: nullable(object({ plain: recordUse, overHttps: recordUse, followsPort: boolean })),
			alwaysAsksIpv6: boolean,
			overHttps: nullable(
				object(
					{
						post: boolean,
						fields: list(pair(text(/^[a-z0-9-]{1,64}$/), text(/^[ -~]{0,256}$/))),
						payloadSize: codepoint,
					},
					{
						priority: nullable(object({ weight: integer(1, 256), exclusive: boolean, rank: integer(0, 255) })),
						options: list(pair(codepoint, text(/^(?:[0-9a-f]{2}){0,64}$/))),
					},
				),
			),
		},
	);

	return { tlsSection, http2Section, http1Section, dnsSection };
}
