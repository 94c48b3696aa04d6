import type { BrowserName } from '@wiretwin/mirror/browsers';

/** Chains that wiretwin judges otherwise on purpose. Whatever stands here and is equal again fails the run. */
export type KnownChain = { name: string; browsers: readonly BrowserName[]; reason: string };

const both = ['chromium', 'firefox'] as const;
const STRICT_USAGE =
	'stricter: BoringSSL wants digitalSignature of a key that signs the handshake, as Chromium does; no public CA leaves it out';

export const knownChains: readonly KnownChain[] = [
	{
		name: 'wildcard of a public suffix',
		browsers: ['chromium'],
		reason: 'the engine has no list of public suffixes; no public CA may issue such a name, Firefox accepts it',
	},
	{
		name: 'leaf with a path length',
		browsers: both,
		reason: 'stricter: BoringSSL takes the extension for damaged, RFC 5280 4.2.1.9 forbids it',
	},
	{
		name: 'address is permitted',
		browsers: both,
		reason: 'stricter: BoringSSL refuses what it cannot check, and it checks no constraints on addresses',
	},
	{ name: 'leaf for key encipherment only, ECDSA', browsers: ['firefox'], reason: STRICT_USAGE },
	{ name: 'leaf for key encipherment only, RSA', browsers: ['firefox'], reason: STRICT_USAGE },
	{ name: 'leaf for key agreement only', browsers: ['firefox'], reason: STRICT_USAGE },
];
