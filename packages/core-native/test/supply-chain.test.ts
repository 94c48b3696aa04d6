/** What scripts/supply-chain.mjs lets pass and what it does not, on what the tools print. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const judge = new URL('../../../scripts/supply-chain/judge.mjs', import.meta.url);
const { isOutOfReach, judgeAudit, judgeLicences } = await import(judge.href);

const rules = {
	allowed: ['MIT'],
	licences: [{ package: 'tool-*', licence: 'MPL-2.0', reason: 'it runs on the machine of a developer only' }],
	advisories: [{ id: 'GHSA-1', reason: 'the function it is about is never called here' }],
};

it('a licence is allowed, excepted for a package, or a failure', () => {
	const listed = { MIT: [{ name: 'a' }], 'MPL-2.0': [{ name: 'tool-linux' }] };
	expect(judgeLicences(listed, rules)).toEqual([]);
	expect(judgeLicences({ ...listed, 'GPL-3.0': [{ name: 'b' }] }, rules)).toEqual([
		'b: licence GPL-3.0 is not allowed',
	]);
	expect(judgeLicences({ 'MPL-2.0': [{ name: 'other' }] }, rules)).toEqual(['other: licence MPL-2.0 is not allowed']);
});

it('an advisory is excepted by its id, or a failure', () => {
	const advisories = { 1: { github_advisory_id: 'GHSA-1', module_name: 'a', severity: 'high', title: 'x' } };
	expect(judgeAudit({ advisories }, rules)).toEqual([]);
	const more = { ...advisories, 2: { github_advisory_id: 'GHSA-2', module_name: 'b', severity: 'low', title: 'y' } };
	expect(judgeAudit({ advisories: more }, rules)).toEqual(['b: GHSA-2 (low) y']);
});

it('an exception needs a reason and a use', () => {
	expect(judgeAudit({ advisories: {} }, rules)).toEqual(['GHSA-1: an exception that nothing needs']);
	const bare = { ...rules, licences: [{ package: 'b', licence: 'GPL-3.0', reason: '' }] };
	expect(judgeLicences({ 'GPL-3.0': [{ name: 'b' }] }, bare)).toEqual(['b: an exception needs a reason']);
	expect(judgeLicences({}, bare)).toContain('b: an exception that nothing needs');
});

it('only what is out of reach counts as not checked', () => {
	for (const said of [
		'failed to fetch advisory database https://...',
		'ERR_PNPM_AUDIT_BAD_RESPONSE',
		'getaddrinfo ENOTFOUND',
	])
		expect(isOutOfReach(said)).toBe(true);
	for (const said of ['error[vulnerability]: use after free', '', 'error: failed to parse config'])
		expect(isOutOfReach(said)).toBe(false);
});

it('the roots that were reviewed are those of the lock file', () => {
	const root = fileURLToPath(new URL('../../../', import.meta.url));
	execFileSync(process.execPath, ['scripts/update-roots.mjs', '--check'], { cwd: root, stdio: 'pipe' });
});
