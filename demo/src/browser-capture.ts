import { readFileSync } from 'node:fs';
import { type ClientHello, parseClientHello } from '@wiretwin/mirror';

/** What a recorded real browser sent on its first navigation (packages/profiles/captures). */
export type BrowserCapture = {
	browser: string;
	version: string;
	hello: ClientHello;
	ja4: string;
	ja3n: string;
	akamai: string;
	/** Inbound TLS records up to the one that carries the first HEADERS: type and length. */
	records: [type: number, length: number][];
	stream: number;
	priority: { exclusive: number; dependsOn: number; weight: number };
	headers: [name: string, value: string][];
	hpack: string;
	http1Head: string;
};

const CAPTURES = { chromium_156: 'chromium-156-linux', firefox_153: 'firefox-153-linux' } as const;
export type CapturedProfile = keyof typeof CAPTURES;
export const capturedProfiles = Object.keys(CAPTURES) as CapturedProfile[];

/** Records of a first flight: ChangeCipherSpec, Finished, preface with SETTINGS and WINDOW_UPDATE, HEADERS. */
export const FIRST_FLIGHT_RECORDS = 4;

/** Reads the committed capture that a live-verified profile was made from. */
export function readBrowserCapture(profile: CapturedProfile): BrowserCapture {
	const file = new URL(`../../packages/profiles/captures/${CAPTURES[profile]}.json`, import.meta.url);
	const capture = JSON.parse(readFileSync(file, 'utf8'));
	const first = capture.h2.first_request;
	const fingerprints = capture.tls.fresh.fingerprints;
	const [, ...afterHello] = capture.h2.first_tls_records as [number, string, number, number][];
	return {
		browser: capture.meta.browser,
		version: capture.meta.version,
		hello: parseClientHello(Buffer.from(capture.tls.fresh.handshake_hex, 'hex')),
		ja4: fingerprints.ja4,
		ja3n: fingerprints.ja3n_hash,
		akamai: capture.h2.akamai,
		records: afterHello.slice(0, FIRST_FLIGHT_RECORDS).map(([type, , length]) => [type, length]),
		stream: first.stream,
		priority: {
			exclusive: first.priority.exclusive,
			dependsOn: first.priority.depends_on,
			weight: first.priority.weight,
		},
		headers: first.headers,
		hpack: first.hpack,
		http1Head: capture.requests_http1['tls:GET / #1'].raw_head,
	};
}
