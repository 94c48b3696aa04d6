import type { BrowserName } from '@wiretwin/mirror/browsers';
import type { Verdict } from './asking.ts';
import { reasonFor } from './known-answers.ts';
import type { Answer } from './read-answers.ts';

/** An answer of which the browser and wiretwin do not make the same. */
export type AnswerDifference = { name: string; browser: string; wiretwin: string; reason: string | undefined };

export type AnswersResult = {
	asked: number;
	differences: AnswerDifference[];
	/** Listed as different, but equal. */
	outdated: string[];
};

/** Fields that the browser adds itself. */
const ownFields = new Set(['x-firefox-spdy']);

/**
 * A verdict as one text. What is refused is refused, in its head or in its body, after however many tries: which of the
 * two a page sees depends on whether they arrive together.
 */
export function describe(verdict: Verdict): string {
	const cookies = verdict.cookies === undefined ? '' : `, then cookie ${JSON.stringify(verdict.cookies)}`;
	if (verdict.outcome !== 'shown' || verdict.body === null) {
		return (verdict.outcome === 'late' ? 'late' : 'refused') + cookies;
	}
	const fields = (verdict.fields ?? []).filter((field) => !ownFields.has(field.slice(0, field.indexOf(':'))));
	const next = verdict.next ? `, next ${verdict.next.join(' ')}` : '';
	const head = `${verdict.status} ${JSON.stringify(verdict.reason)} ${JSON.stringify(fields)}`;
	return `${head} ${JSON.stringify(verdict.body)}${next}${cookies}`;
}

/** What the browser and wiretwin made of each answer. `told` has the browser's texts, by the answer's name. */
export function compareAnswers(
	browser: BrowserName,
	answers: ReadonlyArray<Pick<Answer, 'name'>>,
	told: (name: string) => string | undefined,
	ours: readonly Verdict[],
): AnswersResult {
	const differences: AnswerDifference[] = [];
	const outdated: string[] = [];
	for (const [index, { name }] of answers.entries()) {
		const verdict = ours[index];
		const theirs = told(name) ?? '(not recorded)';
		const wiretwin = verdict ? describe(verdict) : '(not asked)';
		const reason = reasonFor(browser, name);
		if (theirs !== wiretwin) differences.push({ name, browser: theirs, wiretwin, reason });
		else if (reason !== undefined) outdated.push(name);
	}
	return { asked: answers.length, differences, outdated };
}
