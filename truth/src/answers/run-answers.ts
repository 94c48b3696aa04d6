import type { Browser } from '@wiretwin/mirror/browsers';
import type { Profile } from '@wiretwin/profiles';
import { startAnswerServer } from './answer-server.ts';
import { askAll, askBrowser, askWiretwin } from './asking.ts';
import { type AnswersResult, compareAnswers, describe } from './compare-answers.ts';
import { readAnswers } from './read-answers.ts';
import { readRecorded, writeRecorded } from './recorded.ts';

/** Shows every answer of the table to the browser and to wiretwin. */
export async function runAnswers(browser: Browser, profile: Profile, record: boolean): Promise<AnswersResult> {
	const answers = readAnswers();
	await using started = new AsyncDisposableStack();
	const server = await startAnswerServer();
	started.defer(() => server.close());
	await browser.navigate('about:blank');
	await browser.forgetCookies();
	const theirs = await askAll(answers, server, await askBrowser(browser));
	if (record) writeRecorded(browser.name, browser.version, answers, theirs);
	const wiretwin = askWiretwin(profile);
	started.defer(() => wiretwin.close());
	const ours = await askAll(answers, server, wiretwin.ask);
	const told = new Map(answers.map(({ name }, index) => [name, describe(theirs[index] ?? { outcome: 'late' })]));
	return compareAnswers(browser.name, answers, (name) => told.get(name), ours);
}

/** The same with what a browser was recorded to do: needs none. */
export async function runRecordedAnswers(browser: Browser['name'], profile: Profile): Promise<AnswersResult> {
	const answers = readAnswers();
	const recorded = readRecorded(browser);
	await using started = new AsyncDisposableStack();
	const server = await startAnswerServer();
	started.defer(() => server.close());
	const wiretwin = askWiretwin(profile);
	started.defer(() => wiretwin.close());
	const ours = await askAll(answers, server, wiretwin.ask);
	return compareAnswers(browser, answers, (name) => recorded.get(name), ours);
}
