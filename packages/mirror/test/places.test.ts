import { expect, test } from 'vitest';
import { browserPlaces, findBrowser, type Machine } from '../src/browsers/places.ts';

const windows: Machine = {
	system: 'win32',
	environment: {
		ProgramFiles: 'C:\\Program Files',
		'ProgramFiles(x86)': 'C:\\Program Files (x86)',
		LOCALAPPDATA: 'C:\\Users\\ada\\AppData\\Local',
	},
};
const mac: Machine = { system: 'darwin', environment: { HOME: '/Users/ada' } };
const linux: Machine = { system: 'linux', environment: { PATH: '/usr/local/bin::/usr/bin' } };

/** Where the makers' own installers put them. */
const usual: Array<[browser: string, machine: Machine, place: string]> = [
	['chrome', windows, 'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe'],
	['chrome', windows, 'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe'],
	['chrome', windows, 'C:\\Users\\ada\\AppData\\Local\\Google\\Chrome\\Application\\chrome.exe'],
	['edge', windows, 'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe'],
	['edge', windows, 'C:\\Program Files\\Microsoft\\Edge\\Application\\msedge.exe'],
	['chromium', windows, 'C:\\Users\\ada\\AppData\\Local\\Chromium\\Application\\chrome.exe'],
	['firefox', windows, 'C:\\Program Files\\Mozilla Firefox\\firefox.exe'],
	['chrome', mac, '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'],
	['chrome', mac, '/Users/ada/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'],
	['edge', mac, '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge'],
	['chromium', mac, '/Applications/Chromium.app/Contents/MacOS/Chromium'],
	['firefox', mac, '/Applications/Firefox.app/Contents/MacOS/firefox'],
	['chrome', linux, '/usr/bin/google-chrome'],
	['edge', linux, '/usr/bin/microsoft-edge'],
	['chromium', linux, '/usr/local/bin/chromium'],
	['firefox', linux, '/usr/bin/firefox'],
];

test.each(usual)('%s is looked for where it lies', (browser, machine, place) => {
	expect(findBrowser(browser, machine, (path) => path === place)).toBe(place);
});

test('the likeliest of several is taken', () => {
	expect(findBrowser('firefox', linux, () => true)).toBe('/usr/local/bin/firefox-esr');
	expect(browserPlaces('chrome', { system: 'win32', environment: {} })).toEqual([]);
});

test('what is no name is a program', () => {
	for (const program of ['/opt/chrome/chrome', 'firefox-nightly', 'toString'])
		expect(findBrowser(program, linux, () => false)).toBe(program);
});

test('one that is not there is said with the places', () => {
	expect(() => findBrowser('edge', mac, () => false)).toThrow(
		'edge is not where it usually lies (/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge or /Users/ada/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge); give the path of its program',
	);
	expect(() => findBrowser('edge', linux, () => false)).toThrow('(on PATH as microsoft-edge or microsoft-edge-stable)');
});
