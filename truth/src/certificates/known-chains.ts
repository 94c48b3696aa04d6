import type { BrowserName } from '@wiretwin/mirror/browsers';

/** Chains that wiretwin judges otherwise on purpose. Whatever stands here and is equal again fails the run. */
export type KnownChain = { name: string; browsers: readonly BrowserName[]; reason: string };

const both = ['chromium', 'firefox'] as const;
const STRICT_USAGE =
	'stricter: the handshake of BoringSSL (ssl_cert_check_key_usage, no switch) wants digitalSignature of a key that signs it, as Chromium and RFC 8446 4.4.2.2 do; no public CA leaves it out';

export const knownChains: readonly KnownChain[] = [
	{
		name: 'wildcard of a public suffix',
		browsers: ['chromium'],
		reason:
			'the engine has no list of public suffixes, and Chromium alone asks one; no public CA may issue such a name (Baseline Requirements 3.2.2.6)',
	},
	{
		name: 'leaf with a path length',
		browsers: both,
		reason:
			'stricter: BoringSSL takes the whole certificate for damaged (EXFLAG_INVALID) and tells no more of it; RFC 5280 4.2.1.9 forbids it',
	},
	{
		name: 'address is permitted',
		browsers: both,
		reason:
			'stricter: BoringSSL checks no constraints on addresses and stops there (X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE): to forgive that would skip the constraints behind them',
	},
	{ name: 'leaf for key encipherment only, ECDSA', browsers: ['firefox'], reason: STRICT_USAGE },
	{ name: 'leaf for key encipherment only, RSA', browsers: ['firefox'], reason: STRICT_USAGE },
	{ name: 'leaf for key agreement only', browsers: ['firefox'], reason: STRICT_USAGE },
];
