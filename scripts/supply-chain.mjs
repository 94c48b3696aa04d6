#!/usr/bin/env node
// What this project is made of: licences, sources, duplicates and known faults of crates (deny.toml) and of npm packages
// (scripts/supply-chain/exceptions.json), and that the list of roots which was reviewed is the one that is built in. Exit status 1 for what is not allowed. A database that cannot be reached is said, loudly,
// and is no failure: a build without a network has to work.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { isOutOfReach, judgeAudit, judgeLicences } from './supply-chain/judge.mjs';

const root = new URL('../', import.meta.url);
const { npm } = JSON.parse(readFileSync(new URL('scripts/supply-chain/exceptions.json', root), 'utf8'));
/** An endpoint that does not answer. */
const TIMEOUT_MS = 60_000;
let failed = false;

function run(program, ...args) {
	const { status, stdout, stderr, error } = spawnSync(program, args, {
		cwd: root,
		encoding: 'utf8',
		maxBuffer: 64 << 20,
		timeout: TIMEOUT_MS,
	});
	return {
		ok: status === 0,
		stdout: stdout ?? '',
		output: `${stdout}${stderr}`,
		isTooSlow: error?.code === 'ETIMEDOUT',
		error,
	};
}

function say(what, problems) {
	if (problems.length === 0) return console.log(`${what}: ok`);
	failed = true;
	console.log(`${what}: FAILED\n${problems.map((line) => `  ${line}`).join('\n')}`);
}

function sayOutOfReach(what) {
	console.log(`${what}: NOT CHECKED, its database cannot be reached from here`);
}

/** @param needsNetwork whether it may fail for want of one */
function deny(what, checks, needsNetwork) {
	const { ok, output, error, isTooSlow } = run('cargo-deny', '--locked', 'check', '--hide-inclusion-graph', ...checks);
	if (error?.code === 'ENOENT') return say(what, ['cargo-deny is not here; `make check` installs it']);
	if (!ok && needsNetwork && (isTooSlow || isOutOfReach(output))) return sayOutOfReach(what);
	say(what, ok ? [] : output.trimEnd().split('\n'));
}

deny('crates: licences, sources, duplicates', ['bans', 'licenses', 'sources'], false);
deny('crates: advisories (RustSec)', ['advisories'], true);

const licences = run('pnpm', 'licenses', 'list', '--json');
say('npm: licences', licences.ok ? judgeLicences(JSON.parse(licences.stdout), npm) : licences.output.split('\n'));

// The exit status is 1 for advisories, too.
const audit = run('pnpm', 'audit', '--json');
if (audit.isTooSlow || isOutOfReach(audit.output)) sayOutOfReach('npm: advisories (GitHub)');
else if (!audit.stdout.trimStart().startsWith('{')) say('npm: advisories (GitHub)', audit.output.split('\n'));
else say('npm: advisories (GitHub)', judgeAudit(JSON.parse(audit.stdout), npm));

const roots = run(process.execPath, 'scripts/update-roots.mjs', '--check');
say('roots: the list is that of the lock file', roots.ok ? [] : roots.output.trimEnd().split('\n'));

process.exit(failed ? 1 : 0);
