import { describe, test } from 'vitest';
import type { ConformanceCase } from './case.ts';
import { abortCases } from './cases/aborts.ts';
import { bodyCases } from './cases/bodies.ts';
import { concurrencyCases } from './cases/concurrency.ts';
import { cookieCases } from './cases/cookies.ts';
import { errorCases } from './cases/errors.ts';
import { headCases } from './cases/heads.ts';
import { redirectCases } from './cases/redirects.ts';
import { streamCases } from './cases/streams.ts';
import { wireCases } from './cases/wire.ts';
import type { ConformanceDriver } from './driver.ts';

const groups: ReadonlyArray<readonly [title: string, cases: readonly ConformanceCase[]]> = [
	['methods and heads', headCases],
	['bodies', bodyCases],
	['redirects', redirectCases],
	['cookies', cookieCases],
	['streams', streamCases],
	['aborts and timeouts', abortCases],
	['errors', errorCases],
	['concurrency', concurrencyCases],
	['on the wire', wireCases],
];

/** Registers the whole table for one adapter. Call it at the top of a test file. */
export function describeConformance(driver: ConformanceDriver): void {
	describe(`conformance of ${driver.name}`, () => {
		for (const [title, cases] of groups) {
			describe(title, () => {
				for (const each of cases) {
					const lacking = each.needs?.find((need) => driver.lacks?.includes(need));
					const name = lacking === undefined ? each.name : `${each.name} (the client lacks: ${lacking})`;
					test.skipIf(lacking !== undefined)(name, () => each.run(driver));
				}
			});
		}
	});
}
