import { describe, test } from 'vitest';
import type { ConformanceCase } from './case.ts';
import { abortCases } from './cases/aborts.ts';
import { bodyCases } from './cases/bodies.ts';
import { concurrencyCases } from './cases/concurrency.ts';
import { cookieCases } from './cases/cookies.ts';
import { errorCases } from './cases/errors.ts';
import { headCases } from './cases/heads.ts';
import { latePartCases } from './cases/late-parts.ts';
import { redirectCases } from './cases/redirects.ts';
import { sessionOptionCases } from './cases/session-options.ts';
import { streamCases } from './cases/streams.ts';
import { wireCases } from './cases/wire.ts';
import type { ConformanceDriver } from './driver.ts';

const groups: ReadonlyArray<readonly [title: string, cases: readonly ConformanceCase[]]> = [
	['methods and heads', headCases],
	['bodies', bodyCases],
	['redirects', redirectCases],
	['cookies', cookieCases],
	['streams', streamCases],
	['late parts', latePartCases],
	['aborts and timeouts', abortCases],
	['errors', errorCases],
	['concurrency', concurrencyCases],
	["the session's options", sessionOptionCases],
	['on the wire', wireCases],
];

/** Registers the whole table for one adapter. Call it at the top of a test file. */
export function describeConformance(driver: ConformanceDriver): void {
	const exceptions = Object.keys(driver.except ?? {});
	const unknown = exceptions.filter((name) => !groups.some(([, cases]) => cases.some((each) => each.name === name)));
	if (unknown.length > 0) throw new Error(`${driver.name} excepts cases that do not exist: ${unknown.join('; ')}`);
	describe(`conformance of ${driver.name}`, () => {
		for (const [title, cases] of groups) {
			describe(title, () => {
				for (const each of cases) {
					const gap = gapOf(driver, each);
					const name = gap === undefined ? each.name : `${each.name} (${gap})`;
					test.skipIf(gap !== undefined)(name, () => each.run(driver));
				}
			});
		}
	});
}

/** Why a case is not asked of this client. */
function gapOf({ lacks, except }: ConformanceDriver, { name, needs }: ConformanceCase): string | undefined {
	const lacking = needs?.find((need) => lacks?.includes(need));
	return lacking === undefined ? except?.[name] : `the client lacks: ${lacking}`;
}
