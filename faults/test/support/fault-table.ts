import { type FaultOptions, faults, startFault } from '@wiretwin/mirror';
import { describe, expect, test } from 'vitest';
import type { SessionOptions } from 'wiretwin';
import { canaries } from './canaries.ts';
import { type Expectation, expectOutcome } from './outcome.ts';
import { browsers, eventually, underInvariants } from './world.ts';

/** What each variant of one id must come to; `elsewhere` names those that need more than one request and have tests of their own. */
export type FaultTable = { variants: Record<string, Expectation | OfEachBrowser>; elsewhere?: readonly string[] };

/** Where the browsers, and so their profiles, do not agree. */
export type OfEachBrowser = Record<(typeof browsers)[number], Expectation>;

export type TableOptions = {
	fault?: FaultOptions;
	session?: SessionOptions;
	/** @default the fault's own */
	url?: string;
};

/** Runs a table with every profile. Fails if a variant of the mirror is missing in it. */
export function describeFault(id: string, table: FaultTable, options: TableOptions = {}): void {
	describe(id, () => {
		test(`${id} is complete: every variant of the mirror is expected here or has its own test`, () => {
			const known = [...Object.keys(table.variants), ...(table.elsewhere ?? [])];
			expect(known.sort()).toEqual(Object.keys(faults[id]?.variants ?? {}).sort());
		});
		const rows = Object.entries(table.variants).flatMap(([variant, expectation]) =>
			browsers.map((browser) => ({
				variant,
				browser,
				expectation: browser in expectation ? (expectation as OfEachBrowser)[browser] : (expectation as Expectation),
			})),
		);
		test.each(rows)(`${id} $variant, $browser`, async ({ variant, browser, expectation }) => {
			await using fault = await startFault(id, { ...options.fault, variant });
			await underInvariants({ browser, ...proxyOptions(fault.url), ...options.session }, async (watched) => {
				const url = options.url ?? `${fault.url}/path`;
				await expectOutcome(watched, url, expectation);
				if (expectation.connection === undefined) return;
				const isKept = expectation.connection === 'kept';
				if (!isKept) await eventually(() => expect(watched.session.transport.stats().connections).toBe(0));
				await expectOutcome(watched, url, expectation);
				expect(fault.log.connections).toHaveLength(isKept ? 1 : 2);
			});
		});
	});
}

/** A fault that is a proxy goes in front of everything but the healthy server, with secret credentials. */
export function proxyOptions(url: string): SessionOptions {
	if (url.startsWith('https:')) return {};
	const proxy = {
		url: url.replace(/^socks5:/, 'socks5h:'),
		username: canaries.proxyUser,
		password: canaries.proxyPassword,
		noProxy: ['localhost'],
	};
	return { proxy };
}
