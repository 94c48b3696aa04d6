import { accessSync, constants } from 'node:fs';
import { posix, win32 } from 'node:path';

/** Systems on which browsers have places of their own; every other one is taken for Linux. */
export type BrowserSystem = 'win32' | 'darwin' | 'linux';

type Places = Readonly<Record<BrowserSystem, readonly string[]>>;

/** Roots below which Windows installs programs: for everybody, for everybody in 32 bits, for one user. */
const windowsRoots = ['ProgramFiles', 'ProgramFiles(x86)', 'LOCALAPPDATA'] as const;
/** A path below each of the system's roots; on Linux the names of programs, which are on PATH. */
const places = {
	chrome: {
		win32: ['Google\\Chrome\\Application\\chrome.exe'],
		darwin: ['Google Chrome.app/Contents/MacOS/Google Chrome'],
		linux: ['google-chrome', 'google-chrome-stable'],
	},
	chromium: {
		win32: ['Chromium\\Application\\chrome.exe'],
		darwin: ['Chromium.app/Contents/MacOS/Chromium'],
		linux: ['chromium', 'chromium-browser'],
	},
	edge: {
		win32: ['Microsoft\\Edge\\Application\\msedge.exe'],
		darwin: ['Microsoft Edge.app/Contents/MacOS/Microsoft Edge'],
		linux: ['microsoft-edge', 'microsoft-edge-stable'],
	},
	firefox: {
		win32: ['Mozilla Firefox\\firefox.exe'],
		darwin: ['Firefox.app/Contents/MacOS/firefox'],
		linux: ['firefox-esr', 'firefox'],
	},
} as const satisfies Record<string, Places>;

/** Names under which a browser is looked for; anything else is a program. */
export type BrowserProduct = keyof typeof places;

export type Machine = { system: BrowserSystem; environment: NodeJS.ProcessEnv };

/** This machine. */
export function thisMachine(): Machine {
	const { platform, env } = process;
	return { system: platform === 'win32' || platform === 'darwin' ? platform : 'linux', environment: env };
}

/** Every place where a browser usually lies, the likeliest first; `undefined` for what is no name of one. */
export function browserPlaces(name: string, { system, environment }: Machine): string[] | undefined {
	if (!Object.hasOwn(places, name)) return undefined;
	const below = places[name as BrowserProduct][system];
	return rootsOf(system, environment).flatMap((root) =>
		below.map((path) => (system === 'win32' ? win32 : posix).join(root, path)),
	);
}

/**
 * The program of a browser: `chrome`, `chromium`, `edge` and `firefox` are looked for where they usually lie, anything else
 * is the program itself.
 *
 * @throws Error which says where it was looked for
 */
export function findBrowser(
	name: string,
	machine: Machine = thisMachine(),
	isProgram: (path: string) => boolean = canRun,
): string {
	const candidates = browserPlaces(name, machine);
	if (!candidates) return name;
	const found = candidates.find(isProgram);
	if (found !== undefined) return found;
	const sought =
		machine.system === 'linux'
			? `on PATH as ${places[name as BrowserProduct].linux.join(' or ')}`
			: candidates.join(' or ');
	throw new Error(`${name} is not where it usually lies (${sought}); give the path of its program`);
}

function rootsOf(system: BrowserSystem, { HOME, PATH, ...environment }: NodeJS.ProcessEnv): string[] {
	const roots = {
		win32: windowsRoots.map((name) => environment[name]),
		darwin: ['/Applications', HOME && posix.join(HOME, 'Applications')],
		linux: (PATH ?? '').split(posix.delimiter),
	};
	return roots[system].flatMap((root) => root || []);
}

function canRun(path: string): boolean {
	try {
		accessSync(path, constants.X_OK);
		return true;
	} catch {
		return false;
	}
}
