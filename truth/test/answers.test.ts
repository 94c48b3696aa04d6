import { getProfile } from '@wiretwin/profiles';
import { describe, expect, test } from 'vitest';
import { readReplies, runRecordedReplies } from '../src/answers/proxy-replies.ts';
import { readAnswers } from '../src/answers/read-answers.ts';
import { readRecorded } from '../src/answers/recorded.ts';
import { runRecordedAnswers } from '../src/answers/run-answers.ts';

describe('answers that servers really give', () => {
	test('have names of their own, and were shown to both browsers', () => {
		const names = readAnswers().map(({ name }) => name);
		expect(names.length).toBeGreaterThan(400);
		expect(new Set(names).size).toBe(names.length);
		for (const browser of ['chromium', 'firefox'] as const) {
			expect([...readRecorded(browser).keys()], browser).toEqual(names);
		}
	});

	test.for([
		['chromium', 'chromium_156'],
		['firefox', 'firefox_153'],
	] as const)('are taken as %s takes them', async ([browser, name]) => {
		const { differences, outdated } = await runRecordedAnswers(browser, getProfile(name, { os: 'linux' }));
		expect(differences.filter(({ reason }) => reason === undefined)).toEqual([]);
		expect(outdated).toEqual([]);
	});

	test.for([
		['chromium', 'chromium_156'],
		['firefox', 'firefox_153'],
	] as const)('of proxies to CONNECT are taken as %s takes them', async ([browser, name]) => {
		expect([...readRecorded(`${browser}-proxy`).keys()]).toEqual(readReplies().map(({ name: each }) => each));
		const { differences, outdated } = await runRecordedReplies(browser, getProfile(name, { os: 'linux' }));
		expect(differences.filter(({ reason }) => reason === undefined)).toEqual([]);
		expect(outdated).toEqual([]);
	});
});
