import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { mirrorHosts, sharedAuthority } from '@wiretwin/mirror';
import type { BrowserName } from '@wiretwin/mirror/browsers';
import { startBrowser } from '@wiretwin/mirror/browsers';
import { chooseProfile } from '../profile-choice.ts';
import { foundText } from './finding-text.ts';
import { sidesOf } from './measure.ts';
import { type GenerateResult, runGenerate } from './run-generate.ts';

/**
 * `make truth GENERATE=<seconds> [SEED=<number>]`: situations composed from a seed, done by both sides. Both browsers at once.
 * Arguments: names of browsers; `--generate=<seconds>`, `--seed=<number>`, `--out=<file>` to which findings are appended as
 * they come (kinds that it has already are counted only), `--report-only`: differences do not fail.
 */
export async function generate(args: readonly string[]): Promise<boolean> {
	const option = (name: string) => args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
	const all = ['chromium', 'firefox'] as const satisfies readonly BrowserName[];
	const named = all.filter((name) => args.includes(name));
	const seed = Number(option('seed') ?? Date.now() % 1_000_000);
	const seconds = Number(option('generate'));
	const results = await Promise.all(
		(named.length > 0 ? named : all).map((name) => runBrowser(name, seed, seconds, option('out'))),
	);
	for (const result of results) console.log(summary(result));
	return args.includes('--report-only') || results.every(({ different }) => different === 0);
}

async function runBrowser(
	name: BrowserName,
	seed: number,
	seconds: number,
	out: string | undefined,
): Promise<GenerateResult> {
	const browser = await startBrowser(name === 'firefox' ? 'firefox-esr' : name, {
		caPem: sharedAuthority().caPem,
		hosts: mirrorHosts,
	});
	try {
		const { profile } = chooseProfile(browser);
		return await runGenerate(sidesOf(browser, profile), {
			seed,
			seconds,
			skip: out && existsSync(out) ? kindsIn(readFileSync(out, 'utf8'), name) : [],
			onFound: (found) => {
				console.log(foundText(found));
				if (out) appendFileSync(out, `${foundText(found)}\n`);
			},
		});
	} finally {
		await browser.close();
	}
}

/** Kinds of difference that a file of findings has already. */
function kindsIn(text: string, browser: BrowserName): string[] {
	const start = `## ${browser} | `;
	return text.split('\n').flatMap((line) => (line.startsWith(start) ? [line.slice(start.length)] : []));
}

function summary(result: GenerateResult): string {
	const { browser, seed, situations, equal, unsteady, different, broken, seconds, found, varied } = result;
	return [
		`${browser}, SEED=${seed}: ${situations} situations in ${seconds.toFixed(0)} s, ${equal} equal, ${unsteady} equal but for what the browser varies, ${different} different (${found.length} kinds), ${broken.length} not done`,
		...found.map(({ kind, count }) => `  ${count} x ${kind}`),
		...[...varied].map(([kind, count]) => `  varies: ${count} x ${kind}`),
		...broken.map(({ index, reason }) => `  not done: ${index}: ${reason}`),
	].join('\n');
}
