import type { Browser, BrowserName } from '@wiretwin/mirror/browsers';
import type { Profile } from '@wiretwin/profiles';
import type { AnswersResult } from '../answers/compare-answers.ts';
import { askBrowser, askWiretwin, type Verdict } from './asking.ts';
import { startChainServers } from './chain-servers.ts';
import { chains } from './chains.ts';
import { chainHosts, type IssuedChains, issueChains } from './issue-chains.ts';
import { knownChains } from './known-chains.ts';
import { readRecordedChains, writeRecordedChains } from './recorded.ts';

/** Shows every chain of the table to the browser, which was started with their roots, and to wiretwin. */
export async function runCertificates(
	browser: Browser,
	profile: Profile,
	{ issued, trusted }: IssuedChains,
	record: boolean,
): Promise<AnswersResult> {
	const servers = await startChainServers(issued);
	try {
		const theirs = await askBrowser(browser, servers.urls);
		if (record) writeRecordedChains(browser.name, browser.version, theirs);
		const ours = await askWiretwin(profile, servers.urls, chainHosts, trusted);
		const told = new Map<string, string>(chains.map(({ name }, index) => [name, theirs[index] ?? '(not asked)']));
		return compareChains(browser.name, told, ours);
	} finally {
		await servers.close();
	}
}

/** The same with what a browser was recorded to do: needs none. */
export async function runRecordedCertificates(browser: BrowserName, profile: Profile): Promise<AnswersResult> {
	const { issued, trusted } = issueChains();
	const servers = await startChainServers(issued);
	try {
		const ours = await askWiretwin(profile, servers.urls, chainHosts, trusted);
		return compareChains(browser, readRecordedChains(browser), ours);
	} finally {
		await servers.close();
	}
}

function compareChains(
	browser: BrowserName,
	told: ReadonlyMap<string, string>,
	ours: readonly Verdict[],
): AnswersResult {
	const differences: AnswersResult['differences'] = [];
	const outdated: string[] = [];
	for (const [index, { name }] of chains.entries()) {
		const theirs = told.get(name) ?? '(not recorded)';
		const wiretwin = ours[index] ?? '(not asked)';
		const reason = knownChains.find((known) => known.name === name && known.browsers.includes(browser))?.reason;
		if (theirs !== wiretwin) differences.push({ name, browser: theirs, wiretwin, reason });
		else if (reason !== undefined) outdated.push(name);
	}
	return { asked: chains.length, differences, outdated };
}
