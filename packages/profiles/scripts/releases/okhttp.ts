/** OkHttp 3 to 5 on Android. */
import type { ProfileDocument } from '../../src/types.ts';
import { type OkHttpCiphers, okhttpHeaders, okhttpHttp1, okhttpHttp2, okhttpTls } from '../facts/okhttp.ts';
import { SEEN } from './seen.ts';

const TLS13 = [4865, 4866, 4867];
const GCM = [49195, 49199, 49196, 49200, 52393, 52392];
const ECDSA_FIRST = [49195, 49196, 52393, 49199, 49200, 52392];
const RSA = [156, 157, 47, 53];
const TRIPLE_DES = 10;

/** ConnectionSpec APPROVED_CIPHER_SUITES of 3.14 and later. */
const APPROVED = [...TLS13, ...GCM, 49171, 49172, ...RSA, TRIPLE_DES];

type OkHttpRelease = {
	name: string;
	version: string;
	ciphers: OkHttpCiphers;
	source: string;
	/** The library itself was measured, with a Conscrypt of 2026. @default false */
	published?: boolean;
};

const SOURCE = 'wreq-util 501b1429 (cipher suites of this release), ConnectionSpec of square/okhttp';

/** Newest first. */
const RELEASES: readonly OkHttpRelease[] = [
	{
		name: 'okhttp_5',
		version: '5.5.0',
		ciphers: [...TLS13, ...GCM, 49171, 49172, ...RSA],
		published: true,
		source:
			'int3re/curlpro: OkHttp 5.5 with Conscrypt (the library itself, measured by browserleaks): no 3DES, no padding, X25519MLKEM768. wreq-util has the first two and not the last, not believed',
	},
	{ name: 'okhttp_4.12', version: '4.12.0', ciphers: APPROVED, source: SOURCE },
	{ name: 'okhttp_4.10', version: '4.10.0', ciphers: APPROVED, source: SOURCE },
	{
		name: 'okhttp_4.9',
		version: '4.9.3',
		ciphers: [...TLS13, ...ECDSA_FIRST, 49171, 49172, ...RSA],
		source: 'wreq-util 501b1429: order of Android 10 and later, as in tls-client Okhttp4Android10; no 3DES there',
	},
	{ name: 'okhttp_3.14', version: '3.14.9', ciphers: APPROVED, source: SOURCE },
	{
		name: 'okhttp_3.13',
		version: '3.13.1',
		ciphers: APPROVED,
		source: `${SOURCE}; its list has two CCM suites that Conscrypt does not have, its JA4 has not, which is believed`,
	},
	{
		name: 'okhttp_3.11',
		version: '3.11.0',
		ciphers: [...GCM, 49171, 49172, ...RSA, TRIPLE_DES],
		source: `${SOURCE}; before TLS 1.3 (3.12)`,
	},
	{
		name: 'okhttp_3.9',
		version: '3.9.1',
		ciphers: [...GCM, 49161, 49171, 49162, 49172, ...RSA, TRIPLE_DES],
		source: `${SOURCE}; before TLS 1.3 (3.12)`,
	},
];

function okhttp({ name, version, ciphers, source, published = false }: OkHttpRelease): ProfileDocument {
	const [major = 0, minor = 0] = version.split('.').map(Number);
	const retriesMisdirected = major > 4 || (major === 4 && minor >= 4);
	return {
		schema: 1,
		name,
		browser: 'okhttp',
		version,
		os: ['android'],
		verified: published ? 'public-capture' : 'derived',
		provenance: [
			{ facts: 'cipher suites', source, date: SEEN },
			{
				facts: 'extensions and their order, groups, signature algorithms',
				source: 'tls-client a57772fb, Okhttp4Android10 and 13 (Conscrypt); impit agrees',
				date: SEEN,
			},
			{
				facts: 'http2 settings, windows, order of pseudo-header fields',
				source:
					'tls-client a57772fb; wreq-util and impit agree; first stream 3, HPACK and thresholds: source of OkHttp',
				date: SEEN,
			},
			{
				facts: 'http2.coalescing, http2.misdirected',
				source:
					'square/okhttp, RealConnection.isEligible of 3.9.0, 3.14.0, 4.10.0 and 1682d9bac (5.x), alike; RetryAndFollowUpInterceptor repeats a 421 since 47503db95 (2020-02-09, 4.4.0)',
				date: SEEN,
			},
			{
				facts: 'fields',
				source:
					"BridgeInterceptor of square/okhttp: accept-encoding and user-agent alone, behind the caller's. wreq-util has accept, accept-language and user agents of apps, not believed",
			},
		],
		tls: okhttpTls(ciphers, published),
		http2: okhttpHttp2(retriesMisdirected),
		http1: okhttpHttp1,
		headers: okhttpHeaders(version),
	};
}

/** Every release of the table. */
export function okhttpReleases(): ProfileDocument[] {
	return RELEASES.map(okhttp);
}
