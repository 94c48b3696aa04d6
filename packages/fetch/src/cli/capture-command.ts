import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { Mirror } from '@wiretwin/mirror';
import type { Browser } from '@wiretwin/mirror/browsers';
import { defineProfile, draftProfile, getProfile, getProfiles, type Profile, type Recording } from '@wiretwin/profiles';
import { UsageError } from './arguments.ts';
import { browserArgument } from './browser-argument.ts';
import { loadBrowsers, loadMirror } from './load-mirror.ts';
import type { CliStreams } from './run.ts';

const options = {
	browser: { type: 'string' },
	name: { type: 'string' },
	base: { type: 'string' },
	out: { type: 'string' },
	strict: { type: 'boolean' },
} as const;

/** New origins that the page asks, each of which makes a hello without a ticket. */
const freshOrigins = 12;
const host = 'www.mirror.test';

/**
 * `wiretwin capture`: starts a browser in a temporary profile that trusts the mirror's CA, lets it visit, and writes
 * the draft of its profile. Exit status 1 with `--strict` when something cannot be reproduced.
 */
export async function captureCommand(args: readonly string[], streams: CliStreams): Promise<number> {
	const { values } = parseCapture(args);
	const { browser: program, out } = values;
	if (program === undefined) throw new UsageError('name a program: --browser chromium, firefox or a path');
	const { startBrowser } = await loadBrowsers();
	const { mirrorHosts, sharedAuthority } = await loadMirror();
	await using browser = disposable(await startBrowser(program, { caPem: sharedAuthority().caPem, hosts: mirrorHosts }));
	const recording = await visit(browser);
	const base = await baseProfile(values.base, browser);
	const name = values.name ?? `${base.browser}_${Number.parseInt(browser.version, 10)}`;
	const draft = draftProfile(recording, { name, base });
	defineProfile(draft.document, { os: base.os }); // what is written can be read
	const text = `${JSON.stringify(draft.document, null, '\t')}\n`;
	if (out === undefined) streams.stdout.write(text);
	else await writeFile(out, text);
	const note = (line: string) => streams.stderr.write(`${line}\n`);
	note(`${name}: ${browser.name} ${browser.version}, on top of ${base.name}`);
	for (const each of draft.inherited) note(`  from ${base.name}: ${each}`);
	for (const each of draft.unsupported) note(`  cannot be reproduced: ${each}`);
	return values.strict && draft.unsupported.length > 0 ? 1 : 0;
}

function parseCapture(args: readonly string[]) {
	try {
		return parseArgs({ args: [...args], options, strict: true });
	} catch (error) {
		throw new UsageError(`${error instanceof Error ? error.message : String(error)} See wiretwin --help.`);
	}
}

function disposable(browser: Browser): Browser & AsyncDisposable {
	return Object.assign(browser, { [Symbol.asyncDispose]: () => browser.close() });
}

/** A typed navigation over HTTP/2, and connections to origins that the browser has no ticket of. */
async function visit(browser: Browser): Promise<Recording> {
	const { startMirror } = await loadMirror();
	const page = { headers: [['content-type', 'text/html'] as [string, string]], body: '<link rel=icon href=data:,>' };
	await using main = await startMirror({ handler: () => page });
	const others: Mirror[] = [];
	try {
		for (let count = 0; count < freshOrigins; count++) others.push(await startMirror({ handler: () => page }));
		await browser.navigate(`${main.urlFor(host)}/`);
		for (const other of others) await browser.navigate(`${other.urlFor(host)}/`);
		const connection = main.connections.find(({ requests }) => requests.length > 0);
		const request = connection?.requests[0];
		const navigation = request?.headers.filter(([name]) => !name.startsWith(':')) ?? [];
		return {
			connections: structuredClone([
				...(connection ? [connection] : []),
				// The first connection to each origin: later ones may hold its ticket.
				...others.flatMap(({ connections }) => connections.slice(0, 1)),
			]),
			navigation: structuredClone(navigation),
			version: browser.version,
			date: new Date().toISOString().slice(0, 10),
		};
	} finally {
		for (const other of others) await other.close();
	}
}

/** The profile named, else the newest of the family that is not newer than the browser. */
async function baseProfile(named: string | undefined, browser: Browser): Promise<Profile> {
	if (named !== undefined) {
		const base = await browserArgument(named);
		return typeof base === 'string' ? getProfile(base, { os: 'linux' }) : base;
	}
	const family = new RegExp(`^${browser.name === 'firefox' ? 'firefox' : 'chrome'}_\\d+$`);
	const major = Number.parseInt(browser.version, 10);
	const known = getProfiles()
		.filter((each) => family.test(each.name) && each.os.includes('linux') && Number(each.version) <= major)
		.sort((left, right) => Number(right.version) - Number(left.version));
	const newest = known[0];
	if (!newest)
		throw new UsageError(`no profile is older than ${browser.name} ${browser.version}; name one with --base`);
	return getProfile(newest.name, { os: 'linux' });
}
