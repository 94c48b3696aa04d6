import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { BrowserName } from '@wiretwin/mirror/browsers';
import type { Profile } from '@wiretwin/profiles';
import type { AnswersResult } from '../answers/compare-answers.ts';
import { nameErrors } from './deliberate-errors.ts';

/** Some 30 cases, twice by each side, of which a few wait for seconds. */
const limitMs = 600_000;

/** What became of each case, by name, as text; once for each kind of name server. */
export type NameTexts = Readonly<Record<string, string>>;

/** What became of the cases in the browser and in wiretwin, and what deliberate errors, by name, made of the case that shows them. */
export type Inside = { theirs: NameTexts; ours: NameTexts; wrong: NameTexts };

/**
 * Visits hosts whose name servers say odd things, by the browser and by wiretwin, in a network of their own: `dns: 'system'` and
 * both browsers ask the name server of `/etc/resolv.conf`, which is ours there.
 * Needs `canMakeNetwork()`.
 */
export async function runNames(browser: BrowserName, profile: Profile): Promise<AnswersResult> {
	const { theirs, ours, wrong } = await visitInside(browser, profile.name);
	const result = compareNames(browser, theirs, ours);
	const missed = nameErrors.filter(({ name, kind, shownBy }) => wrong[name] === theirs[`${kind}: ${shownBy}`]);
	const unseen = missed.map(({ name }) => ({
		name: `deliberate error: ${name}`,
		browser: 'differs',
		wiretwin: 'equal',
		reason: undefined,
	}));
	return { ...result, differences: [...result.differences, ...unseen] };
}

/** What differs, and why. */
const known: Readonly<Record<BrowserName, Readonly<Record<string, string>>>> = {
	chromium: Object.fromEntries(
		['plain: nxdomain', 'plain: no-address'].map((name) => [
			name,
			'a name without IPv4 addresses is asked for IPv6 ones, which a network without a way to the internet may have (docs/internals/dns.md)',
		]),
	),
	firefox: {},
};

function compareNames(name: BrowserName, theirs: NameTexts, ours: NameTexts): AnswersResult {
	const reasons = known[name];
	const all = [...new Set([...Object.keys(theirs), ...Object.keys(ours)])];
	const differences = all.flatMap((each) => {
		const [browser = '(not recorded)', wiretwin = '(not asked)'] = [theirs[each], ours[each]];
		return browser === wiretwin ? [] : [{ name: each, browser, wiretwin, reason: reasons[each] }];
	});
	const isEqual = (each: string) => differences.every((difference) => difference.name !== each);
	return { asked: all.length, differences, outdated: Object.keys(reasons).filter(isEqual) };
}

/** Whether the system gives a network of one's own: Linux does to root. */
export function canMakeNetwork(): boolean {
	try {
		execFileSync('unshare', ['-n', '-m', 'true'], { stdio: 'ignore' });
		return true;
	} catch {
		return false;
	}
}

async function visitInside(browser: BrowserName, profile: string): Promise<Inside> {
	const folder = mkdtempSync(join(tmpdir(), 'wiretwin-names-'));
	const script = fileURLToPath(new URL('inside.ts', import.meta.url));
	const command = [process.execPath, ...process.execArgv, script, browser, profile];
	try {
		const { stdout } = await promisify(execFile)('unshare', ['-n', '-m', ...command], {
			timeout: limitMs,
			maxBuffer: 16 * 1024 * 1024,
			env: { ...process.env, WIRETWIN_NAMES: folder },
		});
		return JSON.parse(stdout) as Inside;
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}
