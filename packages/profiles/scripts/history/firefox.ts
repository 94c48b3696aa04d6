/** What Firefox changed, release by release, on the wire. */
import type { Change } from './changes.ts';

/** Facts that are not the same in every release. */
export type FirefoxFacts = {
	/** ECDHE-ECDSA-AES128-SHA (c009) is offered. */
	ecdsaAes128Sha: boolean;
	/** X25519MLKEM768 with a key share. */
	hybridGroup: boolean;
	signedCertificateTimestamps: boolean;
	certificateCompression: boolean;
	/** GREASE encrypted_client_hello; without it the hello is short enough to be padded. */
	ech: boolean;
	/** session_ticket, psk_key_exchange_modes and with them resumption. */
	sessions: boolean;
	/** SETTINGS_HEADER_TABLE_SIZE and SETTINGS_INITIAL_WINDOW_SIZE. */
	headerTableSize: number;
	initialWindow: number;
	/** ENABLE_PUSH 0 is sent. */
	pushRefused: boolean;
	/** A tree of idle streams (3 to 13) carries the priorities. */
	idleStreams: boolean;
	/** Largest version in `rv:` of the user agent; 109 was kept for years because sites took 110 for 11. */
	revision: number | null;
	/** `accept` of documents and images. */
	accept: 'avif' | 'png-svg' | 'plain';
	/** `zstd` is in `accept-encoding`. */
	zstd: boolean;
	/** The `priority` field is sent. */
	priorityField: boolean;
	/** Pages can ask for another priority: `fetchpriority`. */
	fetchPriority: boolean;
	/** Boundary of multipart bodies. */
	boundary: 'decimal' | 'gecko';
	/** How weights fall in `accept-language`. */
	languageQuality: 'even' | 'tenths';
	/** `sec-fetch-storage-access` is sent. */
	storageAccess: boolean;
};

/** 109. */
export const oldestFirefox: FirefoxFacts = {
	ecdsaAes128Sha: true,
	hybridGroup: false,
	signedCertificateTimestamps: false,
	certificateCompression: false,
	ech: false,
	sessions: true,
	headerTableSize: 65_536,
	initialWindow: 131_072,
	pushRefused: false,
	idleStreams: true,
	revision: 109,
	accept: 'avif',
	zstd: false,
	priorityField: false,
	fetchPriority: false,
	boundary: 'decimal',
	languageQuality: 'even',
	storageAccess: false,
};

/** Signatures of real browsers in lexiforest/curl-impersonate, `tests/signatures` (commit ff5d2b1c, 2026-08-08). */
const SIGNATURES = 'curl-impersonate signatures';

export const firefoxChanges: ReadonlyArray<Change<FirefoxFacts>> = [
	{
		since: 119,
		facts: { ech: true },
		source: 'tls-client (a57772fb): 117 pads, 120 has ECH; 119 by its release notes',
	},
	{
		since: 120,
		facts: { revision: null },
		source: 'published user agents: rv:109.0 from 110 to 119; not believed: wreq-util, which has rv:117.0',
	},
	{ since: 126, facts: { zstd: true }, source: 'release notes of 126; wreq-util has it in 128' },
	{
		since: 128,
		facts: { priorityField: true, idleStreams: false },
		source: `tls-client: 123 still has the tree; wreq-util 128: no frames; ${SIGNATURES}, Tor 14.5 (128): priority`,
	},
	{
		since: 128,
		facts: { accept: 'png-svg' },
		source: 'MDN, list of default Accept values: 128 to 131 name PNG and SVG',
	},
	{
		since: 132,
		facts: { accept: 'plain', hybridGroup: true, pushRefused: true, certificateCompression: true },
		source: `tls-client 132, ${SIGNATURES} 133; 128 has none of these (Tor 14.5 refuses push by a setting of its own)`,
	},
	{ since: 132, facts: { fetchPriority: true }, source: 'mdn/browser-compat-data' },
	{
		since: 135,
		facts: { signedCertificateTimestamps: true, boundary: 'gecko' },
		source: `${SIGNATURES}: 133 without, 135 with; boundary from published request logs`,
	},
	{
		since: 147,
		facts: { languageQuality: 'tenths' },
		source: 'published request logs: 140 sends en;q=0.5, 147 sends en;q=0.9; the release in between is not known',
	},
	{
		since: 151,
		facts: { ecdsaAes128Sha: false },
		source:
			'published browserleaks JA4 of Firefox 151 and 152: 16 suites; 148 and 149: 17; 150 is not known. Not believed: wreq-util 151 with 17, tls-client 147 and 148 without ecdsa_sha1',
	},
	{
		since: 147,
		facts: { storageAccess: true },
		source: 'mdn/browser-compat-data a0a74f9b; captures/firefox-153-linux.json has it',
	},
];

/** Private windows keep no sessions. */
export const privateChanges: ReadonlyArray<Change<FirefoxFacts>> = [
	{
		since: 109,
		facts: { sessions: false },
		source: 'wreq-util: private 135 has neither session_ticket nor psk_key_exchange_modes',
	},
];

/** Firefox on Android. */
export const androidFirefoxChanges: ReadonlyArray<Change<FirefoxFacts>> = [
	{
		since: 109,
		facts: { headerTableSize: 4096, initialWindow: 32_768 },
		source:
			'mozilla-central mobile/android/app/geckoview-prefs.js: default-hpack-buffer 4096 (bug 1296280), push-allowance 32768 (bug 790388), in every release; wreq-util Android 135 agrees',
	},
	{
		since: 132,
		facts: { hybridGroup: false },
		source: 'wreq-util: Android 135 has X25519 alone; mozilla/server-side-tls issue 304: desktop 132, Android 145',
	},
	{
		since: 135,
		facts: { signedCertificateTimestamps: false },
		source: 'wreq-util: Android 135 has none; Certificate Transparency came to desktops alone',
	},
	{
		since: 145,
		facts: { hybridGroup: true, signedCertificateTimestamps: true },
		source:
			'bug 1989986 (ML-KEM, 145); bug 1990316 (Certificate Transparency), taken to be of the same release, which is not known',
	},
];
