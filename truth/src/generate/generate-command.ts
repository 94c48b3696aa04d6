import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { mirrorHosts, sharedAuthority } from '@wiretwin/mirror';
import type { Browser, BrowserName } from '@wiretwin/mirror/browsers';
import { startBrowser } from '@wiretwin/mirror/browsers';
import { chooseProfile } from '../profile-choice.ts';
import { IDN_ASCII } from '../scenario.ts';
import { ERROR_LIMIT, findErrors } from './deliberate-run.ts';
import { foundText } from './finding-text.ts';
import type { Sides } from './measure.ts';
import { type GenerateOptions, type GenerateResult, runGenerate } from './run-generate.ts';

/**
 * `make truth GENERATE=<seconds> [SEED=<number>]`: situations composed from a seed, done by both sides. Both browsers at once.
 * Arguments: names of browsers; `--generate=<seconds>`, `--seed=<number>`, `--out=<file>` to which findings are appended as
 * they come (kinds that it has already are counted only), `--first=<number>` and `--limit=<count>` of situations, or `--numbers=<n,n>`,
 * `--count=<count>`: as many, however long it takes, `--lanes=<count>` of each browser that run beside each other,
 * `--no-shrink`: findings come with the plans they were met in, `--report-only`: differences do not fail.
 * `--errors`: instead, whether each error made on purpose is found in time.
 */
export async function generate(args: readonly string[]): Promise<boolean> {
	const option = (name: string) => args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
	const all = ['chromium', 'firefox'] as const satisfies readonly BrowserName[];
	const named = all.filter((name) => args.includes(name));
	const seed = Number(option('seed') ?? Date.now() % 1_000_000);
	const out = option('out');
	const wanted = {
		seed,
		seconds: Number(option('generate')),
		first: Number(option('first') ?? 0),
		limit: Number(option('count') ?? option('limit') ?? Number.POSITIVE_INFINITY),
		numbers: option('numbers')?.split(',').map(Number),
		untimed: option('count') !== undefined,
		shrinks: !args.includes('--no-shrink'),
	};
	if (args.includes('--errors')) {
		const found = await Promise.all((named.length > 0 ? named : all).map((name) => runErrors(name, seed)));
		return found.every(Boolean);
	}
	const lanes = Number(option('lanes') ?? LANES);
	const results = await Promise.all(
		(named.length > 0 ? named : all).map((name) => runBrowser(name, lanes, wanted, out)),
	);
	for (const result of results) console.log(summary(result));
	return args.includes('--report-only') || results.every(({ different }) => different === 0);
}

/** Each is a browser of its own: what runs in one does not see what runs in the other. */
const LANES = 2;

async function runBrowser(
	name: BrowserName,
	count: number,
	wanted: GenerateOptions,
	out: string | undefined,
): Promise<GenerateResult> {
	const lanes = await Promise.all(Array.from({ length: count }, () => openLane(name)));
	try {
		return await runGenerate(lanes, {
			...wanted,
			skip: out && existsSync(out) ? kindsIn(readFileSync(out, 'utf8'), name) : [],
			onFound: (found) => {
				console.log(foundText(found));
				if (out) appendFileSync(out, `${foundText(found)}\n`);
			},
			onDifferent: (index, kinds) =>
				console.log(`${name}, SEED=${wanted.seed}, situation ${index} differs: ${kinds.join('; ')}`),
		});
	} finally {
		for (const lane of lanes) await lane.close();
	}
}

async function openLane(name: BrowserName): Promise<Sides & { close(): Promise<void> }> {
	let browser = await start(name);
	const { profile } = chooseProfile(browser);
	return {
		name,
		browser: (run) => run.observeBrowser(browser),
		wiretwin: (run) => run.observeWiretwin(profile),
		async renew() {
			await browser.close();
			browser = await start(name);
		},
		close: () => browser.close(),
	};
}

function start(name: BrowserName): Promise<Browser> {
	const program = name === 'firefox' ? 'firefox-esr' : name;
	return startBrowser(program, { caPem: sharedAuthority().caPem, hosts: [...mirrorHosts, IDN_ASCII] });
}

/** Errors made on purpose, each found or not. */
async function runErrors(name: BrowserName, seed: number): Promise<boolean> {
	const browser = await start(name);
	const { profile } = chooseProfile(browser);
	const results = await findErrors(browser, profile, seed, ({ name: error, situations, seconds, kind }) => {
		const told = kind === undefined ? 'NOT FOUND' : `situation ${situations}, ${kind}`;
		console.log(`${name}, ${error}: ${seconds.toFixed(1)} s, ${told}`);
	}).finally(() => browser.close());
	const found = results.filter(({ kind }) => kind !== undefined);
	console.log(
		`${name}, SEED=${seed}: ${found.length} of ${results.length} deliberate errors found within ${ERROR_LIMIT} s each`,
	);
	return found.length === results.length;
}

/** Kinds of difference that a file of findings has already. */
function kindsIn(text: string, browser: BrowserName): string[] {
	const start = `## ${browser} | `;
	return text.split('\n').flatMap((line) => (line.startsWith(start) ? [line.slice(start.length)] : []));
}

function summary(result: GenerateResult): string {
	const { browser, seed, situations, equal, unsteady, different, explained, broken, seconds, found, known, varied } =
		result;
	return [
		`${browser}, SEED=${seed}: ${situations} situations in ${seconds.toFixed(0)} s, ${equal} equal, ${unsteady} equal but for what the browser varies, ${explained} different for known causes, ${different} different (${found.length} kinds), ${broken.length} not done`,
		...found.map(({ kind, count }) => `  ${count} x ${kind}`),
		...[...known].map(([cause, count]) => `  known: ${count} x ${cause}`),
		...[...varied].map(([kind, count]) => `  varies: ${count} x ${kind}`),
		...broken.map(({ index, reason }) => `  not done: ${index}: ${reason}`),
	].join('\n');
}
