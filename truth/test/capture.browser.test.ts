// "Next month's Chrome is a capture, not code": the release we have newest is hidden, the report says what changed and
// names a command, and the profile which that command writes is equal to the browser again.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { mirrorHosts, sharedAuthority } from '@wiretwin/mirror';
import type { Browser } from '@wiretwin/mirror/browsers';
import { startChromium, startFirefox } from '@wiretwin/mirror/browsers';
import type { Profile } from '@wiretwin/profiles';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { chooseProfile, readProfile } from '../src/profile-choice.ts';
import { changesByLayer } from '../src/report/changes.ts';
import { htmlReport } from '../src/report/html.ts';
import { textReport } from '../src/report/text.ts';
import { scenarios } from '../src/scenarios/index.ts';
import { type Row, runScenario } from '../src/suite.ts';

const CLI = fileURLToPath(new URL('../../packages/fetch/src/cli/main.ts', import.meta.url));
const SOURCE = '--conditions=wiretwin-source';

/** One of each sort; `make truth` runs all with the profile that ships. */
const SOME = [
	...['typed navigation', 'link click', 'redirect chain, same site', 'form POST, multipart', 'cookies', 'XHR'],
	...['fetch GET, caller headers', 'image', 'style', 'preflight', 'fetch with credentials, cross-site', 'WebSocket'],
	...['resumption, TLS 1.3', 'HTTP/1.1 only', '24 MB download'],
];

const cases = [
	{ start: startChromium, shipped: 'chromium_156', before: 'chromium_155', changes: ['sec-ch-ua', 'user-agent'] },
	{ start: startFirefox, shipped: 'firefox_153', before: 'firefox_152', changes: ['user-agent'] },
] as const;

let folder: string;
beforeEach(async () => {
	folder = await mkdtemp(join(tmpdir(), 'wiretwin-truth-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function rowsOf(browser: Browser, profile: Profile): Promise<Row[]> {
	const rows: Row[] = [];
	for (const scenario of scenarios)
		if (SOME.includes(scenario.name)) rows.push(await runScenario(scenario, browser, profile));
	return rows;
}

const unequal = (rows: readonly Row[]) =>
	rows.flatMap(({ scenario, cells, error }) => [
		...(error === undefined ? [] : [`${scenario}: ${error}`]),
		...cells.filter(({ state }) => state === 'different').map(({ layer }) => `${scenario}: ${layer}`),
	]);

test.each(cases)(
	'$shipped: unknown, captured, equal',
	{ timeout: 180_000 },
	async ({ start, shipped, before, changes }) => {
		const browser = await start({ caPem: sharedAuthority().caPem, hosts: mirrorHosts });
		try {
			const { profile: older, mismatch } = chooseProfile(browser, [shipped]);
			expect(older.name).toBe(before);
			const rows = await rowsOf(browser, older);
			const result = { browser: browser.name, version: browser.version, profile: older.name, mismatch, rows };
			const names = changesByLayer(rows)
				.find(({ layer }) => layer === 'headers')
				?.changes.map(({ name }) => name);
			expect(names).toEqual(expect.arrayContaining([...changes]));
			for (const report of [textReport, htmlReport])
				for (const part of ['What changed, layer by layer', ...changes])
					expect(report([{ ...result, perturbations: [], seconds: 0 }])).toContain(part);

			const [, command = ''] = /wiretwin (capture \S.*)$/.exec(mismatch ?? '') ?? [];
			await promisify(execFile)(process.execPath, [SOURCE, CLI, ...command.split(' '), '--strict'], { cwd: folder });
			const { profile: captured } = readProfile(join(folder, `${shipped}.json`));
			expect([captured.name, captured.verified]).toEqual([shipped, 'live']);
			const equal = await rowsOf(browser, captured);
			expect(equal.length).toBe(SOME.length);
			expect(unequal(equal)).toEqual([]);
		} finally {
			await browser.close();
		}
	},
);
