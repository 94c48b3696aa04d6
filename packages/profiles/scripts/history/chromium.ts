/** What Chromium changed, release by release, on the wire. */
import { readCapture } from '../capture.ts';
import type { Change } from './changes.ts';

/** Facts that are not the same in every release. */
export type ChromiumFacts = {
	/** Extensions are shuffled. */
	shuffle: boolean;
	/** Post-quantum group in front of X25519, with a key share: 0x6399 X25519Kyber768Draft00, 0x11ec X25519MLKEM768. */
	hybridGroup: number | null;
	/** Number of application_settings. */
	alpsCodepoint: 17513 | 17613;
	/** GREASE encrypted_client_hello. */
	ech: boolean;
	/** padding (RFC 7685); without effect where the hybrid key share makes the hello longer than it reaches. */
	paddingTo: number | null;
	/** mldsa44, mldsa65 and mldsa87 in front of signature_algorithms. */
	mldsa: boolean;
	greaseSignatureAlgorithms: boolean;
	/** Body of trust_anchors; a root-store list that component updates change too. */
	trustAnchors: string | null;
	/** Which settings about server push are sent: MAX_CONCURRENT_STREAMS 1000, ENABLE_PUSH 0, or both. */
	pushSettings: 'limit' | 'refused-and-limit' | 'refused';
	/** The user agent has `0.0.0` for minor version, build and patch. */
	reducedVersion: boolean;
	/** The user agent on Android names neither version nor device. */
	reducedAndroid: boolean;
	/** Weight of application/signed-exchange in `accept`. */
	signedExchangeQuality: '0.9' | '0.7';
	/** `image/avif` is in `accept`. */
	avif: boolean;
	/** `image/jxl` leads the image types of `accept`. */
	jxl: boolean;
	/** `zstd` is in `accept-encoding`. */
	zstd: boolean;
	/** Answers can be dictionaries (RFC 9842). */
	dictionaries: boolean;
	/** The `priority` field is sent. */
	priorityField: boolean;
	/** `sec-fetch-storage-access` is sent. */
	storageAccess: boolean;
	/** Pages can ask for another priority: `fetchpriority`. */
	fetchPriority: boolean;
	/** Hash of Blink's header map, which orders a page's fields. */
	tableHash: 'rapid' | 'super-fast';
};

/** 100. */
export const oldestChromium: ChromiumFacts = {
	shuffle: false,
	hybridGroup: null,
	alpsCodepoint: 17_513,
	ech: false,
	paddingTo: 512,
	mldsa: false,
	greaseSignatureAlgorithms: false,
	trustAnchors: null,
	pushSettings: 'limit',
	reducedVersion: false,
	reducedAndroid: false,
	signedExchangeQuality: '0.9',
	avif: true,
	jxl: false,
	zstd: false,
	priorityField: false,
	storageAccess: false,
	dictionaries: false,
	fetchPriority: false,
	tableHash: 'super-fast',
};

function capturedTrustAnchors(): string | null {
	const TRUST_ANCHORS = 51_764;
	const { extensions } = readCapture('chromium-156-linux').tls.fresh;
	return extensions.find((extension) => extension.id === TRUST_ANCHORS)?.raw ?? null;
}

/** Signatures of real browsers in lexiforest/curl-impersonate, `tests/signatures` (commit ff5d2b1c, 2026-08-08). */
const SIGNATURES = 'curl-impersonate signatures';

/** ClientHellos and fields of live browsers in int3re/curlpro, `reference` and `profiles` (read 2026-11-23). */
const HELLOS = 'curlpro captures';

export const chromiumChanges: ReadonlyArray<Change<ChromiumFacts>> = [
	{
		since: 102,
		facts: { reducedVersion: true },
		source: `${SIGNATURES}: 101 has the full version, 104 has 0.0.0; 102 by the published plan (phase 4)`,
	},
	{ since: 102, facts: { fetchPriority: true }, source: 'mdn/browser-compat-data' },
	{
		since: 106,
		facts: { pushSettings: 'refused-and-limit' },
		source:
			'curl-impersonate settings of 100 to 116, wreq-util 100 to 109; not believed: wreq-util, which has 110 like 100',
	},
	{
		since: 110,
		facts: { shuffle: true },
		source: `${SIGNATURES}: 107 has the fixed order, 110 shuffles; not believed: wreq-util, which shuffles 106 to 109 only`,
	},
	{
		since: 110,
		facts: { signedExchangeQuality: '0.7', reducedAndroid: true },
		source: `${SIGNATURES}: accept of 107 and 110; Android by the published plan (phase 6)`,
	},
	{
		since: 117,
		facts: { pushSettings: 'refused' },
		source: `wreq-util 117, ${SIGNATURES} 118; curl-impersonate still has both in 116`,
	},
	{
		since: 119,
		facts: { ech: true },
		source: `${SIGNATURES}: 116 and 118 without, 119 with; wreq-util has it in 105 and from 116 on (field trial), not believed`,
	},
	{
		since: 123,
		facts: { zstd: true },
		source: `${SIGNATURES}: 120 without, 123 with`,
	},
	{
		since: 124,
		facts: { hybridGroup: 0x6399, paddingTo: null },
		source: `${SIGNATURES}: 123 without, 124 with; the key share is X25519Kyber768Draft00`,
	},
	{
		since: 124,
		facts: { priorityField: true },
		source: `${SIGNATURES}: 123 without, 124 with; wreq-util starts at 129`,
	},
	{
		since: 129,
		facts: { tableHash: 'rapid' },
		source: 'published request logs of 103, 128, 129 and 130: order of sec-ch-ua-platform and user-agent in fetch',
	},
	{
		since: 130,
		facts: { dictionaries: true },
		source:
			'mdn/browser-compat-data: http.headers.Available-Dictionary; what is sent was seen with Chromium 156 (docs/internals/memory.md)',
	},
	{ since: 131, facts: { hybridGroup: 0x11ec }, source: `${SIGNATURES}: 124 has 0x6399, 131 has 0x11ec` },
	{
		since: 133,
		facts: { alpsCodepoint: 17_613 },
		source: `${SIGNATURES}: 131 has 17513, 133 has 17613; wreq-util has it in 132, not believed (utls: 133)`,
	},
	{ since: 133, facts: { storageAccess: true }, source: 'mdn/browser-compat-data' },
	{
		since: 150,
		facts: { mldsa: true },
		source: `${SIGNATURES} 150.0.7871.127 and curlpro capture of 151: with ML-DSA; published data of 149: without`,
	},
	{
		since: 152,
		facts: { greaseSignatureAlgorithms: true, trustAnchors: capturedTrustAnchors() },
		source: `${HELLOS}: 151 without, 152 (Android) and 153 with; the list is that of captures/chromium-156-linux.json, 153 has the same 28 names in an order of its own, 152 has 32`,
	},
	{
		since: 155,
		facts: { jxl: true },
		source: `${HELLOS}: 153 without, 155 with image/jxl; 154 is not known`,
	},
];
