// `make truth`: drives Debian's browsers and wiretwin against the same peer and compares all that the peer saw.
// Arguments: names of browsers (`chromium`, `firefox`); `--only=<part of a scenario's name>`; `--profile=<file>` compares
// with a captured profile instead of ours; `--without=<name>` does as if we did not have that profile;
// `--generate=<seconds>`: situations composed from a seed instead (generate/generate-command.ts);
// `--only=ech` needs cargo;
// `--record-answers`, `--record-certificates`, `--record-cache` and `--record-dictionaries` write what the browsers make of the tables to truth/src/*/recorded.
import { mkdir, writeFile } from 'node:fs/promises';
import { mirrorHosts, sharedAuthority } from '@wiretwin/mirror';
import type { Browser, BrowserName, BrowserOptions } from '@wiretwin/mirror/browsers';
import { startChromium, startFirefox } from '@wiretwin/mirror/browsers';
import type { AnswersResult } from './answers/compare-answers.ts';
import { runProxyReplies } from './answers/proxy-replies.ts';
import { runAnswers } from './answers/run-answers.ts';
import { runVisits } from './cache/run-visits.ts';
import { runTogether } from './cache/together.ts';
import { chainHosts, type IssuedChains, issueChains } from './certificates/issue-chains.ts';
import { runCertificates } from './certificates/run-certificates.ts';
import { confirmTable } from './confirm-table.ts';
import { runDictionaries } from './dictionaries/run-dictionaries.ts';
import { canMakeNetwork, runNames } from './dns/run-names.ts';
import { runEch } from './ech/run-ech.ts';
import { generate } from './generate/generate-command.ts';
import { chooseProfile, type ProfileChoice, readProfile } from './profile-choice.ts';
import { htmlReport } from './report/html.ts';
import { type BrowserResult, hasFailed, summary } from './report/result.ts';
import { textReport } from './report/text.ts';
import { IDN_ASCII } from './scenario.ts';
import { scenarios } from './scenarios/index.ts';
import { memoryHosts } from './scenarios/memory.ts';
import { confirmScenario, type Row, runPerturbations } from './suite.ts';

const REPORTS = new URL('../../reports/truth/', import.meta.url);

const starters: Readonly<Record<BrowserName, (options: BrowserOptions) => Promise<Browser>>> = {
	chromium: startChromium,
	firefox: startFirefox,
};

async function main(args: readonly string[]): Promise<boolean> {
	const option = (name: string) =>
		args.flatMap((arg) => (arg.startsWith(`--${name}=`) ? arg.slice(name.length + 3) : []));
	const [only = ''] = option('only');
	const [file] = option('profile');
	const choose = (browser: Browser): ProfileChoice =>
		file === undefined ? chooseProfile(browser, option('without')) : readProfile(file);
	const names = (Object.keys(starters) as BrowserName[]).filter((name) => args.includes(name));
	const chains = issueChains();
	const results: BrowserResult[] = [];
	for (const name of names.length > 0 ? names : (Object.keys(starters) as BrowserName[])) {
		const result = await runBrowser(name, only, choose, chains, args);
		results.push(result);
		console.log(summary(result));
	}
	await mkdir(REPORTS, { recursive: true });
	const text = textReport(results);
	await writeFile(new URL('report.txt', REPORTS), text);
	await writeFile(new URL('report.html', REPORTS), htmlReport(results));
	console.log(`\n${text}\nreports/truth/report.txt and report.html`);
	return !results.some(hasFailed);
}

const together = (one: AnswersResult, other: AnswersResult): AnswersResult => ({
	asked: one.asked + other.asked,
	differences: [...one.differences, ...other.differences],
	outdated: [...one.outdated, ...other.outdated],
});

async function runBrowser(
	name: BrowserName,
	only: string,
	choose: (browser: Browser) => ProfileChoice,
	chains: IssuedChains,
	args: readonly string[],
): Promise<BrowserResult> {
	const started = performance.now();
	const browser = await starters[name]({
		caPem: sharedAuthority().caPem,
		moreCas: chains.trusted,
		hosts: [...new Set([...mirrorHosts, ...chainHosts, ...memoryHosts, IDN_ASCII])],
	});
	try {
		const { profile, mismatch } = choose(browser);
		const rows: Row[] = [];
		for (const scenario of scenarios) {
			if (!scenario.name.includes(only) || (scenario.only ?? name) !== name) continue;
			rows.push(await confirmScenario(scenario, browser, profile));
		}
		// Beside another release everything differs, so what a deliberate error adds cannot be told.
		const perturbations = mismatch === undefined && !isTable(only) ? await runPerturbations(browser, profile) : [];
		const answers = 'answers'.includes(only)
			? joined(
					await runAnswers(browser, profile, args.includes('--record-answers')),
					await runProxyReplies(starters[name], profile, args.includes('--record-answers')),
				)
			: undefined;
		const certificates = 'certificates'.includes(only)
			? await runCertificates(browser, profile, chains, args.includes('--record-certificates'))
			: undefined;
		const cache = 'cache'.includes(only)
			? together(
					await confirmTable(`${name}, cache`, () => runVisits(browser, profile, args.includes('--record-cache'))),
					await confirmTable(`${name}, cache, at once`, () => runTogether(browser, profile)),
				)
			: undefined;
		const dictionaries = 'dictionaries'.includes(only)
			? await confirmTable(`${name}, dictionaries`, () =>
					runDictionaries(browser, profile, args.includes('--record-dictionaries')),
				)
			: undefined;
		const ech = 'ech'.includes(only)
			? await confirmTable(`${name}, ech`, () => runEch(starters[name], profile))
			: undefined;
		const hasNames = 'dns'.includes(only) && canMakeNetwork();
		if ('dns'.includes(only) && !hasNames)
			console.log(
				`${name}: the layer of names is left out, for want of a network of its own (unshare -n -m; root on Linux)`,
			);
		const names = hasNames ? await confirmTable(`${name}, names`, () => runNames(name, profile)) : undefined;
		const seconds = (performance.now() - started) / 1000;
		const result = { browser: name, version: browser.version, profile: profile.name, mismatch, rows, perturbations };
		return { ...result, answers, certificates, cache, dictionaries, ech, names, seconds };
	} finally {
		await browser.close();
	}
}

function joined(first: AnswersResult, second: AnswersResult): AnswersResult {
	return {
		asked: first.asked + second.asked,
		differences: [...first.differences, ...second.differences],
		outdated: [...first.outdated, ...second.outdated],
	};
}

/** Only a table was asked for: the scenarios' deliberate errors need not run. */
function isTable(only: string): boolean {
	const tables = ['answers', 'certificates', 'cache', 'dictionaries', 'ech', 'dns'];
	return only !== '' && tables.some((table) => table.includes(only));
}

// A signal ends the process without its exit handlers, and the browsers would stay.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
const given = process.argv.slice(2);
const command = given.some((arg) => arg === '--errors' || arg.startsWith('--generate=')) ? generate : main;
process.exitCode = (await command(given)) ? 0 : 1;
