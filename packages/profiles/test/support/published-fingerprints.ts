/**
 * Fingerprints that others published. Only strings with a source are here; what this repository computes itself proves
 * nothing about a browser. `browser`: read off the real browser. `client`: another client's emulation of it, measured by
 * a public service, so it proves that two descriptions agree.
 */

/** Published strings that hold for several profiles. */
export type PublishedFingerprint = {
	profiles: readonly string[];
	/** Any of these: padding comes and goes with the length of the GREASE ECH payload. */
	ja4?: readonly string[];
	/** MD5 of JA3 with sorted extensions. */
	ja3n?: readonly string[];
	/** MD5 of Akamai's HTTP/2 text. */
	akamai?: string;
	measured: 'browser' | 'client';
	source: string;
};

const range = (browser: string, from: number, to: number): string[] =>
	Array.from({ length: to - from + 1 }, (_, index) => `${browser}_${from + index}`);

const SIGNATURES = 'lexiforest/curl-impersonate ff5d2b1c, tests/signatures';
const WREQ = '0x676e67/wreq-util 501b1429, tests/emulate_*.rs';

/** Hashes of the HTTP/2 text, by era. */
const CHROMIUM_NOW = '52d84b11737d980aef856699f885ca86';
const FIREFOX_NOW = '6ea73faa8fc5aac76bded7bd238f6433';

export const publishedFingerprints: readonly PublishedFingerprint[] = [
	{
		profiles: ['chrome_118'],
		ja3n: ['aa56c057ad164ec4fdcb7a5a283be9fc'],
		akamai: CHROMIUM_NOW,
		measured: 'browser',
		source: SIGNATURES,
	},
	{
		profiles: ['chrome_119', 'chrome_120', 'chrome_123'],
		ja3n: ['8a9ee1d3c6f0f892b4d43cabcf554150', '473f0e7c0b6a0f7b049072f4e683068b'],
		akamai: CHROMIUM_NOW,
		measured: 'browser',
		source: SIGNATURES,
	},
	{
		profiles: ['chrome_124'],
		ja3n: ['4c9ce26028c11d7544da00d3f7e4f45c'],
		akamai: CHROMIUM_NOW,
		measured: 'browser',
		source: SIGNATURES,
	},
	{
		profiles: ['chrome_131'],
		ja3n: ['dee19b855b658c6aa0f575eda2525e19'],
		akamai: CHROMIUM_NOW,
		measured: 'browser',
		source: SIGNATURES,
	},
	{
		profiles: ['firefox_133'],
		ja3n: ['90634f51dcf65fc506946108904d6913'],
		akamai: FIREFOX_NOW,
		measured: 'browser',
		source: SIGNATURES,
	},
	{
		profiles: ['firefox_135', 'firefox_144'],
		ja3n: ['e4147a4860c1f347354f0a84d8787c02'],
		akamai: FIREFOX_NOW,
		measured: 'browser',
		source: SIGNATURES,
	},
	{
		profiles: ['safari_17.0'],
		ja3n: ['44f7ed5185d22c92b96da72dbe68d307'],
		akamai: '959a7e813b79b909a1a0b00a38e8bba3',
		measured: 'browser',
		source: SIGNATURES,
	},
	{
		profiles: ['safari_ios_17.2'],
		ja3n: ['44f7ed5185d22c92b96da72dbe68d307'],
		akamai: 'ad8424af1cc590e09f7b0c499bf7fcdb',
		measured: 'browser',
		source: SIGNATURES,
	},
	{
		profiles: ['safari_18', 'safari_ios_18'],
		ja3n: ['44f7ed5185d22c92b96da72dbe68d307'],
		akamai: 'd4a2dcbfde511b5040ed5a5190a8d78b',
		measured: 'browser',
		source: SIGNATURES,
	},
	{
		profiles: ['chrome_150', 'chrome_151'],
		ja4: ['t13d1516h2_8daaf6152771_806a8c22fdea'],
		akamai: CHROMIUM_NOW,
		measured: 'browser',
		source: 'int3re/curlpro reference/chrome-151-windows.json; published record of 150.0.7871.47 on macOS',
	},
	{
		profiles: ['chrome_152', 'chrome_153', 'chrome_154', 'chrome_155', 'chrome_156', 'chrome_android_152'],
		ja4: ['t13d1517h2_8daaf6152771_cb7bf5808d99'],
		akamai: CHROMIUM_NOW,
		measured: 'browser',
		source:
			'int3re/curlpro reference/chrome-152-android.json; published browserleaks and peet.ws records of 152 to 154',
	},
	{
		profiles: ['chrome_154', 'chrome_155'],
		ja3n: ['bd4930bd9b000ee684830e44bab76fdf'],
		measured: 'client',
		source: 'int3re/curlpro reference/baselines, browserleaks',
	},
	{
		profiles: ['chrome_android_143', 'chrome_143'],
		ja4: ['t13d1516h2_8daaf6152771_d8a2da3f94cd'],
		ja3n: ['8e19337e7524d2573be54efb2b0784c9'],
		akamai: CHROMIUM_NOW,
		measured: 'browser',
		source: 'service0427/v2_cp_app tls.md, browserleaks, Chrome 143 on Android',
	},
	{
		profiles: ['firefox_151', 'firefox_152', 'firefox_153'],
		ja4: ['t13d1617h2_86a278354501_3cbfd9057e0d'],
		akamai: FIREFOX_NOW,
		measured: 'browser',
		source: 'published browserleaks records of Firefox 151 and 152, hello of ESR 153.1.0',
	},
	{
		profiles: ['firefox_120', 'firefox_128'],
		ja4: ['t13d1715h2_5b57614c22b0_5c2c66f702b0'],
		measured: 'client',
		source: 'apify/impit ed8ef7ab impit-node/test/fingerprints.test.ts (128); JA4 of utls HelloFirefox_120',
	},
	{
		profiles: ['okhttp_5'],
		ja4: ['t13d1512h2_8daaf6152771_40271e0a5736'],
		ja3n: ['35b2f8b2deab8d2e223d48c020b89d33'],
		akamai: '605a1154008045d7e3cb3c6fb062c0ce',
		measured: 'browser',
		source: 'int3re/curlpro reference/baselines/okhttp-5.5-conscrypt.json (the library itself)',
	},
	{
		profiles: ['chrome_100', 'chrome_101', 'chrome_104', 'edge_101'],
		ja4: ['t13d1516h2_8daaf6152771_e5627efa2ab1'],
		akamai: '4f04edce68a7ecbe689edce7bf5f23f3',
		measured: 'client',
		source: WREQ,
	},
	{
		profiles: ['chrome_106', 'chrome_107', 'chrome_108', 'chrome_109', 'chrome_114'],
		ja4: ['t13d1516h2_8daaf6152771_e5627efa2ab1'],
		akamai: 'a345a694846ad9f6c97bcc3c75adbe26',
		measured: 'client',
		source: WREQ,
	},
	{
		profiles: ['chrome_119', 'chrome_120', 'chrome_123', 'edge_122'],
		ja4: ['t13d1516h2_8daaf6152771_02713d6af862', 't13d1517h2_8daaf6152771_b1ff8ab2d16f'],
		akamai: CHROMIUM_NOW,
		measured: 'client',
		source: WREQ,
	},
	{
		profiles: [...range('chrome', 126, 131), 'edge_127', 'edge_131', 'edge_134', ...range('opera', 116, 119)],
		ja4: ['t13d1516h2_8daaf6152771_02713d6af862'],
		akamai: CHROMIUM_NOW,
		measured: 'client',
		source: WREQ,
	},
	{
		profiles: range('chrome', 133, 137),
		ja4: ['t13d1516h2_8daaf6152771_d8a2da3f94cd'],
		akamai: CHROMIUM_NOW,
		measured: 'client',
		source: WREQ,
	},
	{
		profiles: ['firefox_109', 'firefox_117'],
		ja4: ['t13d1715h2_5b57614c22b0_3d5424432f57'],
		measured: 'client',
		source: `${WREQ} (its HTTP/2 text has weights that are one too low, see tls-client)`,
	},
	{
		profiles: ['firefox_133'],
		ja4: ['t13d1716h2_5b57614c22b0_eeeea6562960'],
		akamai: FIREFOX_NOW,
		measured: 'client',
		source: WREQ,
	},
	{
		profiles: ['firefox_135', 'firefox_136', 'firefox_139', 'firefox_142', 'firefox_143'],
		ja4: ['t13d1717h2_5b57614c22b0_3cbfd9057e0d'],
		akamai: FIREFOX_NOW,
		measured: 'client',
		source: WREQ,
	},
	{
		profiles: ['firefox_private_135', 'firefox_private_136'],
		ja4: ['t13d1715h2_5b57614c22b0_a54fffd0eb61'],
		akamai: FIREFOX_NOW,
		measured: 'client',
		source: WREQ,
	},
	{
		profiles: ['firefox_android_135'],
		ja4: ['t13d1716h2_5b57614c22b0_eeeea6562960'],
		akamai: '41a06cadb1c6385e6d08c8d0dbbea818',
		measured: 'client',
		source: WREQ,
	},
	{
		profiles: ['safari_15.6.1', 'safari_16', 'safari_16.5'],
		ja4: ['t13d2014h2_a09f3c656075_14788d8d241b'],
		akamai: 'dda308d35f4e5db7b52a61720ca1b122',
		measured: 'client',
		source: WREQ,
	},
	{
		profiles: ['safari_ios_16.5'],
		ja4: ['t13d2014h2_a09f3c656075_14788d8d241b'],
		akamai: 'd5fcbdc393757341115a861bf8d23265',
		measured: 'client',
		source: WREQ,
	},
	{
		profiles: ['safari_17.0', 'safari_17.2.1', 'safari_17.5'],
		ja4: ['t13d2014h2_a09f3c656075_14788d8d241b'],
		akamai: '959a7e813b79b909a1a0b00a38e8bba3',
		measured: 'client',
		source: WREQ,
	},
	{
		profiles: ['safari_18', 'safari_ios_18.1.1', 'safari_ipad_18'],
		ja4: ['t13d2014h2_a09f3c656075_14788d8d241b'],
		akamai: 'd4a2dcbfde511b5040ed5a5190a8d78b',
		measured: 'client',
		source: WREQ,
	},
	{
		profiles: ['safari_18.2', 'safari_18.3', 'safari_18.3.1'],
		ja4: ['t13d2014h2_a09f3c656075_e42f34c56612'],
		akamai: 'd4a2dcbfde511b5040ed5a5190a8d78b',
		measured: 'client',
		source: WREQ,
	},
	{
		profiles: ['safari_18.5'],
		ja4: ['t13d2014h2_a09f3c656075_e42f34c56612'],
		akamai: 'c52879e43202aeb92740be6e8c86ea96',
		measured: 'client',
		source: WREQ,
	},
	{
		profiles: ['safari_26', 'safari_ios_26', 'safari_ipad_26'],
		ja4: ['t13d2013h2_a09f3c656075_7f0f34a4126d'],
		akamai: 'c52879e43202aeb92740be6e8c86ea96',
		measured: 'client',
		source: WREQ,
	},
	{
		profiles: ['safari_26.1'],
		ja4: ['t13d2014h2_a09f3c656075_e42f34c56612'],
		measured: 'client',
		source: `${WREQ} (its HTTP/2 hash of this release is not one)`,
	},
	{
		profiles: ['okhttp_3.13', 'okhttp_3.14', 'okhttp_4.10', 'okhttp_4.12'],
		ja4: ['t13d1613h2_46e7e9700bed_eca864cca44a'],
		akamai: '605a1154008045d7e3cb3c6fb062c0ce',
		measured: 'client',
		source: WREQ,
	},
	{
		profiles: ['okhttp_4.9'],
		ja4: ['t13d1513h2_8daaf6152771_eca864cca44a'],
		akamai: '605a1154008045d7e3cb3c6fb062c0ce',
		measured: 'client',
		source: WREQ,
	},
];
