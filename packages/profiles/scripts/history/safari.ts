/**
 * What Safari changed on the wire. Its TLS and HTTP/2 belong to the system, so a release of Safari can have either
 * system's: each profile names the era of each layer instead of following one line of numbers.
 */

/** TLS of a system. */
export const safariTlsEras = {
	'macos-11': 'curl-impersonate signature of Safari 15.3 (macOS 11.6.4): CBC suites with SHA-2, no compression',
	'macos-12':
		'curl-impersonate signatures of 15.5 (macOS 12.4), 17.0, 17.2 (iOS): SHA-2 CBC gone, zlib; wreq-util keeps the older list in 15.5, not believed',
	'macos-15':
		'curl-impersonate signatures of 18.0 and 18.4, wreq-util 18.2: no ecdsa_sha1. wreq-util and tls-client still have it in 18.0 and 18.1.1, which is believed for those',
	'macos-26':
		'curl-impersonate signature of 26.0.1, tls-client and wreq-util iOS 26: X25519MLKEM768, AES-256 first, no TLS 1.0. Not believed: session_ticket in curl-impersonate 26.0, no ML-KEM in its iOS 26.0 (tls-client, wreq-util and impit have it)',
} as const;

/** HTTP/2 of a system. */
export const safariHttp2Eras = {
	'16': 'curl-impersonate 15.3 and 15.5, tls-client 16.0, wreq-util: no ENABLE_PUSH',
	'17': 'curl-impersonate signatures of 17.0 and 17.2 (iOS): ENABLE_PUSH 0; wreq-util leaves it out in 17.4.1, not believed',
	'18.0':
		'curl-impersonate signatures of 18.0, tls-client: ENABLE_CONNECT_PROTOCOL, NO_RFC7540_PRIORITIES, order m,s,a,p',
	'18.4': 'curl-impersonate signatures of 18.4, tls-client 18.5: without ENABLE_CONNECT_PROTOCOL',
	'26': 'curl-impersonate 26.0 and 26.0.1, tls-client 26.0: no priority in HEADERS',
} as const;

/** Fields of a navigation. */
export const safariHeaderEras = {
	'15': 'curl-impersonate signatures of 15.3 and 15.5; no Fetch Metadata before 16.4 (mdn/browser-compat-data), so also for 16.0',
	'17': 'curl-impersonate signatures of 17.0 and 17.2 (iOS)',
	'18': 'curl-impersonate signatures of 18.0 and 18.4: another order, priority; mdn/browser-compat-data issue 28794 sees priority from 18.4 only, not believed. 26 as well: mdn/browser-compat-data a0a74f9b has zstd from macOS and iOS 26.3 on, curl-impersonate 26.0.1 has none; its 26.0 has zstd, not believed',
} as const;

export type SafariTlsEra = keyof typeof safariTlsEras;
export type SafariHttp2Era = keyof typeof safariHttp2Eras;
export type SafariHeaderEra = keyof typeof safariHeaderEras;
