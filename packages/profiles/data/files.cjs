// Written by scripts/generate.ts, which says why.
'use strict';

const folders = {
	'': (file) => {
		switch (file) {
			case 'index.json':
				return require('./index.json');
			case 'provenance.json':
				return require('./provenance.json');
			default:
				return undefined;
		}
	},
	'chrome': (file) => {
		switch (file) {
			case 'chrome/chrome_156.json':
				return require('./chrome/chrome_156.json');
			case 'chrome/chrome_155.json':
				return require('./chrome/chrome_155.json');
			case 'chrome/chrome_154.json':
				return require('./chrome/chrome_154.json');
			case 'chrome/chrome_153.json':
				return require('./chrome/chrome_153.json');
			case 'chrome/chrome_152.json':
				return require('./chrome/chrome_152.json');
			case 'chrome/chrome_151.json':
				return require('./chrome/chrome_151.json');
			case 'chrome/chrome_150.json':
				return require('./chrome/chrome_150.json');
			case 'chrome/chrome_149.json':
				return require('./chrome/chrome_149.json');
			case 'chrome/chrome_148.json':
				return require('./chrome/chrome_148.json');
			case 'chrome/chrome_147.json':
				return require('./chrome/chrome_147.json');
			case 'chrome/chrome_146.json':
				return require('./chrome/chrome_146.json');
			case 'chrome/chrome_145.json':
				return require('./chrome/chrome_145.json');
			case 'chrome/chrome_144.json':
				return require('./chrome/chrome_144.json');
			case 'chrome/chrome_143.json':
				return require('./chrome/chrome_143.json');
			case 'chrome/chrome_142.json':
				return require('./chrome/chrome_142.json');
			case 'chrome/chrome_141.json':
				return require('./chrome/chrome_141.json');
			case 'chrome/chrome_140.json':
				return require('./chrome/chrome_140.json');
			case 'chrome/chrome_139.json':
				return require('./chrome/chrome_139.json');
			case 'chrome/chrome_138.json':
				return require('./chrome/chrome_138.json');
			case 'chrome/chrome_137.json':
				return require('./chrome/chrome_137.json');
			case 'chrome/chrome_136.json':
				return require('./chrome/chrome_136.json');
			case 'chrome/chrome_135.json':
				return require('./chrome/chrome_135.json');
			case 'chrome/chrome_134.json':
				return require('./chrome/chrome_134.json');
			case 'chrome/chrome_133.json':
				return require('./chrome/chrome_133.json');
			case 'chrome/chrome_132.json':
				return require('./chrome/chrome_132.json');
			case 'chrome/chrome_131.json':
				return require('./chrome/chrome_131.json');
			case 'chrome/chrome_130.json':
				return require('./chrome/chrome_130.json');
			case 'chrome/chrome_129.json':
				return require('./chrome/chrome_129.json');
			case 'chrome/chrome_128.json':
				return require('./chrome/chrome_128.json');
			case 'chrome/chrome_127.json':
				return require('./chrome/chrome_127.json');
			case 'chrome/chrome_126.json':
				return require('./chrome/chrome_126.json');
			case 'chrome/chrome_125.json':
				return require('./chrome/chrome_125.json');
			case 'chrome/chrome_124.json':
				return require('./chrome/chrome_124.json');
			case 'chrome/chrome_123.json':
				return require('./chrome/chrome_123.json');
			case 'chrome/chrome_122.json':
				return require('./chrome/chrome_122.json');
			case 'chrome/chrome_121.json':
				return require('./chrome/chrome_121.json');
			case 'chrome/chrome_120.json':
				return require('./chrome/chrome_120.json');
			case 'chrome/chrome_119.json':
				return require('./chrome/chrome_119.json');
			case 'chrome/chrome_118.json':
				return require('./chrome/chrome_118.json');
			case 'chrome/chrome_117.json':
				return require('./chrome/chrome_117.json');
			case 'chrome/chrome_116.json':
				return require('./chrome/chrome_116.json');
			case 'chrome/chrome_115.json':
				return require('./chrome/chrome_115.json');
			case 'chrome/chrome_114.json':
				return require('./chrome/chrome_114.json');
			case 'chrome/chrome_113.json':
				return require('./chrome/chrome_113.json');
			case 'chrome/chrome_112.json':
				return require('./chrome/chrome_112.json');
			case 'chrome/chrome_111.json':
				return require('./chrome/chrome_111.json');
			case 'chrome/chrome_110.json':
				return require('./chrome/chrome_110.json');
			case 'chrome/chrome_109.json':
				return require('./chrome/chrome_109.json');
			case 'chrome/chrome_108.json':
				return require('./chrome/chrome_108.json');
			case 'chrome/chrome_107.json':
				return require('./chrome/chrome_107.json');
			case 'chrome/chrome_106.json':
				return require('./chrome/chrome_106.json');
			case 'chrome/chrome_105.json':
				return require('./chrome/chrome_105.json');
			case 'chrome/chrome_104.json':
				return require('./chrome/chrome_104.json');
			case 'chrome/chrome_103.json':
				return require('./chrome/chrome_103.json');
			case 'chrome/chrome_102.json':
				return require('./chrome/chrome_102.json');
			case 'chrome/chrome_101.json':
				return require('./chrome/chrome_101.json');
			case 'chrome/chrome_100.json':
				return require('./chrome/chrome_100.json');
			default:
				return undefined;
		}
	},
	'chrome_android': (file) => {
		switch (file) {
			case 'chrome_android/chrome_android_155.json':
				return require('./chrome_android/chrome_android_155.json');
			case 'chrome_android/chrome_android_152.json':
				return require('./chrome_android/chrome_android_152.json');
			case 'chrome_android/chrome_android_149.json':
				return require('./chrome_android/chrome_android_149.json');
			case 'chrome_android/chrome_android_143.json':
				return require('./chrome_android/chrome_android_143.json');
			case 'chrome_android/chrome_android_136.json':
				return require('./chrome_android/chrome_android_136.json');
			case 'chrome_android/chrome_android_131.json':
				return require('./chrome_android/chrome_android_131.json');
			case 'chrome_android/chrome_android_124.json':
				return require('./chrome_android/chrome_android_124.json');
			case 'chrome_android/chrome_android_120.json':
				return require('./chrome_android/chrome_android_120.json');
			case 'chrome_android/chrome_android_110.json':
				return require('./chrome_android/chrome_android_110.json');
			case 'chrome_android/chrome_android_100.json':
				return require('./chrome_android/chrome_android_100.json');
			default:
				return undefined;
		}
	},
	'edge': (file) => {
		switch (file) {
			case 'edge/edge_148.json':
				return require('./edge/edge_148.json');
			case 'edge/edge_147.json':
				return require('./edge/edge_147.json');
			case 'edge/edge_146.json':
				return require('./edge/edge_146.json');
			case 'edge/edge_145.json':
				return require('./edge/edge_145.json');
			case 'edge/edge_144.json':
				return require('./edge/edge_144.json');
			case 'edge/edge_143.json':
				return require('./edge/edge_143.json');
			case 'edge/edge_142.json':
				return require('./edge/edge_142.json');
			case 'edge/edge_141.json':
				return require('./edge/edge_141.json');
			case 'edge/edge_140.json':
				return require('./edge/edge_140.json');
			case 'edge/edge_139.json':
				return require('./edge/edge_139.json');
			case 'edge/edge_138.json':
				return require('./edge/edge_138.json');
			case 'edge/edge_137.json':
				return require('./edge/edge_137.json');
			case 'edge/edge_136.json':
				return require('./edge/edge_136.json');
			case 'edge/edge_135.json':
				return require('./edge/edge_135.json');
			case 'edge/edge_134.json':
				return require('./edge/edge_134.json');
			case 'edge/edge_131.json':
				return require('./edge/edge_131.json');
			case 'edge/edge_127.json':
				return require('./edge/edge_127.json');
			case 'edge/edge_122.json':
				return require('./edge/edge_122.json');
			case 'edge/edge_101.json':
				return require('./edge/edge_101.json');
			default:
				return undefined;
		}
	},
	'opera': (file) => {
		switch (file) {
			case 'opera/opera_131.json':
				return require('./opera/opera_131.json');
			case 'opera/opera_130.json':
				return require('./opera/opera_130.json');
			case 'opera/opera_129.json':
				return require('./opera/opera_129.json');
			case 'opera/opera_128.json':
				return require('./opera/opera_128.json');
			case 'opera/opera_127.json':
				return require('./opera/opera_127.json');
			case 'opera/opera_126.json':
				return require('./opera/opera_126.json');
			case 'opera/opera_125.json':
				return require('./opera/opera_125.json');
			case 'opera/opera_124.json':
				return require('./opera/opera_124.json');
			case 'opera/opera_123.json':
				return require('./opera/opera_123.json');
			case 'opera/opera_122.json':
				return require('./opera/opera_122.json');
			case 'opera/opera_121.json':
				return require('./opera/opera_121.json');
			case 'opera/opera_120.json':
				return require('./opera/opera_120.json');
			case 'opera/opera_119.json':
				return require('./opera/opera_119.json');
			case 'opera/opera_118.json':
				return require('./opera/opera_118.json');
			case 'opera/opera_117.json':
				return require('./opera/opera_117.json');
			case 'opera/opera_116.json':
				return require('./opera/opera_116.json');
			default:
				return undefined;
		}
	},
	'firefox': (file) => {
		switch (file) {
			case 'firefox/firefox_153.json':
				return require('./firefox/firefox_153.json');
			case 'firefox/firefox_152.json':
				return require('./firefox/firefox_152.json');
			case 'firefox/firefox_151.json':
				return require('./firefox/firefox_151.json');
			case 'firefox/firefox_150.json':
				return require('./firefox/firefox_150.json');
			case 'firefox/firefox_149.json':
				return require('./firefox/firefox_149.json');
			case 'firefox/firefox_148.json':
				return require('./firefox/firefox_148.json');
			case 'firefox/firefox_147.json':
				return require('./firefox/firefox_147.json');
			case 'firefox/firefox_146.json':
				return require('./firefox/firefox_146.json');
			case 'firefox/firefox_145.json':
				return require('./firefox/firefox_145.json');
			case 'firefox/firefox_144.json':
				return require('./firefox/firefox_144.json');
			case 'firefox/firefox_143.json':
				return require('./firefox/firefox_143.json');
			case 'firefox/firefox_142.json':
				return require('./firefox/firefox_142.json');
			case 'firefox/firefox_141.json':
				return require('./firefox/firefox_141.json');
			case 'firefox/firefox_140.json':
				return require('./firefox/firefox_140.json');
			case 'firefox/firefox_139.json':
				return require('./firefox/firefox_139.json');
			case 'firefox/firefox_138.json':
				return require('./firefox/firefox_138.json');
			case 'firefox/firefox_137.json':
				return require('./firefox/firefox_137.json');
			case 'firefox/firefox_136.json':
				return require('./firefox/firefox_136.json');
			case 'firefox/firefox_135.json':
				return require('./firefox/firefox_135.json');
			case 'firefox/firefox_134.json':
				return require('./firefox/firefox_134.json');
			case 'firefox/firefox_133.json':
				return require('./firefox/firefox_133.json');
			case 'firefox/firefox_132.json':
				return require('./firefox/firefox_132.json');
			case 'firefox/firefox_128.json':
				return require('./firefox/firefox_128.json');
			case 'firefox/firefox_120.json':
				return require('./firefox/firefox_120.json');
			case 'firefox/firefox_117.json':
				return require('./firefox/firefox_117.json');
			case 'firefox/firefox_109.json':
				return require('./firefox/firefox_109.json');
			default:
				return undefined;
		}
	},
	'firefox_private': (file) => {
		switch (file) {
			case 'firefox_private/firefox_private_136.json':
				return require('./firefox_private/firefox_private_136.json');
			case 'firefox_private/firefox_private_135.json':
				return require('./firefox_private/firefox_private_135.json');
			default:
				return undefined;
		}
	},
	'firefox_android': (file) => {
		switch (file) {
			case 'firefox_android/firefox_android_153.json':
				return require('./firefox_android/firefox_android_153.json');
			case 'firefox_android/firefox_android_135.json':
				return require('./firefox_android/firefox_android_135.json');
			case 'firefox_android/firefox_android_128.json':
				return require('./firefox_android/firefox_android_128.json');
			case 'firefox_android/firefox_android_120.json':
				return require('./firefox_android/firefox_android_120.json');
			case 'firefox_android/firefox_android_117.json':
				return require('./firefox_android/firefox_android_117.json');
			case 'firefox_android/firefox_android_109.json':
				return require('./firefox_android/firefox_android_109.json');
			default:
				return undefined;
		}
	},
	'safari': (file) => {
		switch (file) {
			case 'safari/safari_26.4.json':
				return require('./safari/safari_26.4.json');
			case 'safari/safari_26.3.json':
				return require('./safari/safari_26.3.json');
			case 'safari/safari_26.2.json':
				return require('./safari/safari_26.2.json');
			case 'safari/safari_26.1.json':
				return require('./safari/safari_26.1.json');
			case 'safari/safari_26.json':
				return require('./safari/safari_26.json');
			case 'safari/safari_18.5.json':
				return require('./safari/safari_18.5.json');
			case 'safari/safari_18.4.json':
				return require('./safari/safari_18.4.json');
			case 'safari/safari_18.3.1.json':
				return require('./safari/safari_18.3.1.json');
			case 'safari/safari_18.3.json':
				return require('./safari/safari_18.3.json');
			case 'safari/safari_18.2.json':
				return require('./safari/safari_18.2.json');
			case 'safari/safari_18.json':
				return require('./safari/safari_18.json');
			case 'safari/safari_17.6.json':
				return require('./safari/safari_17.6.json');
			case 'safari/safari_17.5.json':
				return require('./safari/safari_17.5.json');
			case 'safari/safari_17.4.1.json':
				return require('./safari/safari_17.4.1.json');
			case 'safari/safari_17.2.1.json':
				return require('./safari/safari_17.2.1.json');
			case 'safari/safari_17.0.json':
				return require('./safari/safari_17.0.json');
			case 'safari/safari_16.5.json':
				return require('./safari/safari_16.5.json');
			case 'safari/safari_16.json':
				return require('./safari/safari_16.json');
			case 'safari/safari_15.6.1.json':
				return require('./safari/safari_15.6.1.json');
			case 'safari/safari_15.5.json':
				return require('./safari/safari_15.5.json');
			case 'safari/safari_15.3.json':
				return require('./safari/safari_15.3.json');
			default:
				return undefined;
		}
	},
	'safari_ios': (file) => {
		switch (file) {
			case 'safari_ios/safari_ios_26.2.json':
				return require('./safari_ios/safari_ios_26.2.json');
			case 'safari_ios/safari_ios_26.json':
				return require('./safari_ios/safari_ios_26.json');
			case 'safari_ios/safari_ios_18.4.json':
				return require('./safari_ios/safari_ios_18.4.json');
			case 'safari_ios/safari_ios_18.1.1.json':
				return require('./safari_ios/safari_ios_18.1.1.json');
			case 'safari_ios/safari_ios_18.json':
				return require('./safari_ios/safari_ios_18.json');
			case 'safari_ios/safari_ios_17.4.1.json':
				return require('./safari_ios/safari_ios_17.4.1.json');
			case 'safari_ios/safari_ios_17.2.json':
				return require('./safari_ios/safari_ios_17.2.json');
			case 'safari_ios/safari_ios_16.5.json':
				return require('./safari_ios/safari_ios_16.5.json');
			default:
				return undefined;
		}
	},
	'safari_ipad': (file) => {
		switch (file) {
			case 'safari_ipad/safari_ipad_26.2.json':
				return require('./safari_ipad/safari_ipad_26.2.json');
			case 'safari_ipad/safari_ipad_26.json':
				return require('./safari_ipad/safari_ipad_26.json');
			case 'safari_ipad/safari_ipad_18.json':
				return require('./safari_ipad/safari_ipad_18.json');
			default:
				return undefined;
		}
	},
	'okhttp': (file) => {
		switch (file) {
			case 'okhttp/okhttp_5.json':
				return require('./okhttp/okhttp_5.json');
			case 'okhttp/okhttp_4.12.json':
				return require('./okhttp/okhttp_4.12.json');
			case 'okhttp/okhttp_4.10.json':
				return require('./okhttp/okhttp_4.10.json');
			case 'okhttp/okhttp_4.9.json':
				return require('./okhttp/okhttp_4.9.json');
			case 'okhttp/okhttp_3.14.json':
				return require('./okhttp/okhttp_3.14.json');
			case 'okhttp/okhttp_3.13.json':
				return require('./okhttp/okhttp_3.13.json');
			case 'okhttp/okhttp_3.11.json':
				return require('./okhttp/okhttp_3.11.json');
			case 'okhttp/okhttp_3.9.json':
				return require('./okhttp/okhttp_3.9.json');
			default:
				return undefined;
		}
	},
};

exports.readData = (file) => {
	const folder = file.slice(0, Math.max(file.indexOf('/'), 0));
	return Object.hasOwn(folders, folder) ? folders[folder](file) : undefined;
};
