#!/usr/bin/env node
// Takes the newest list of Mozilla's roots (crate webpki-root-certs) and says what changed:
//   node scripts/update-roots.mjs            updates the lock files and writes what follows from them
//   node scripts/update-roots.mjs --check    writes nothing; exit status 1 if what is committed is not that of the lock file
// Written: packages/core-native/engine/roots.txt (one root a line, so that a diff shows which came and went) and
// packages/core-native/src/generated/roots.ts (what `wiretwin doctor` tells).
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CRATE = 'webpki-root-certs';
const root = fileURLToPath(new URL('../', import.meta.url));
const LIST = join(root, 'packages/core-native/engine/roots.txt');
const FACTS = join(root, 'packages/core-native/src/generated/roots.ts');
/** Workspaces that have the crate, each with a lock file of its own. */
const WORKSPACES = ['.', 'packages/core-native/fuzz/libfuzzer'];

const checks = process.argv.includes('--check');
const cargo = (...args) => execFileSync('cargo', args, { cwd: root, encoding: 'utf8', maxBuffer: 64 << 20 });

function lockedVersion(workspace) {
	const lock = readFileSync(join(root, workspace, 'Cargo.lock'), 'utf8');
	return new RegExp(`name = "${CRATE}"\\nversion = "([^"]+)"`).exec(lock)?.[1];
}

/** Day on which crates.io got the version: cargo keeps the registry's line of it. */
function publishedOn(version) {
	const indexes = join(process.env.CARGO_HOME ?? join(homedir(), '.cargo'), 'registry/index');
	for (const index of readdirSync(indexes)) {
		const file = join(indexes, index, '.cache', CRATE.slice(0, 2), CRATE.slice(2, 4), CRATE);
		if (!existsSync(file)) continue;
		for (const part of readFileSync(file, 'utf8').split('\0')) {
			if (!part.startsWith('{')) continue;
			const { vers, pubtime } = JSON.parse(part);
			if (vers === version && pubtime !== undefined) return pubtime.slice(0, 10);
		}
	}
	throw new Error(`cargo's index does not say when ${CRATE} ${version} was published: run cargo update -p ${CRATE}`);
}

/** The crate's source: a comment with the name, then the certificate as a byte string. */
function rootsOf(manifest) {
	const source = readFileSync(join(dirname(manifest), 'src/lib.rs'), 'utf8');
	const entries = [...source.matchAll(/\/\/ "(.*)"\s+CertificateDer::from_slice\(b"((?:\\x[0-9A-F]{2})+)"\)/g)];
	const known = source.split('CertificateDer::from_slice').length - 1;
	if (entries.length === 0 || entries.length !== known)
		throw new Error(`read ${entries.length} of ${known} roots: the crate has another form`);
	return entries
		.map(([, name, bytes]) => {
			const { fingerprint256, validTo } = new X509Certificate(Buffer.from(bytes.replaceAll('\\x', ''), 'hex'));
			const until = new Date(validTo).toISOString().slice(0, 10);
			return `${fingerprint256.replaceAll(':', '').toLowerCase()}  ${until}  ${name}`;
		})
		.sort();
}

if (!checks)
	for (const workspace of WORKSPACES)
		cargo('update', '--quiet', '--package', CRATE, '--manifest-path', join(root, workspace, 'Cargo.toml'));

const version = lockedVersion('.');
for (const workspace of WORKSPACES)
	if (lockedVersion(workspace) !== version)
		throw new Error(`${workspace}/Cargo.lock has another ${CRATE} than Cargo.lock`);
const { packages } = JSON.parse(cargo('metadata', '--locked', '--format-version', '1'));
const manifest = packages.find((each) => each.name === CRATE && each.version === version)?.manifest_path;
const lines = rootsOf(manifest);
const list = `# SHA-256, end of validity and name of every root in ${CRATE} ${version}. Written by scripts/update-roots.mjs.\n${lines.join('\n')}\n`;

const before = existsSync(LIST) ? readFileSync(LIST, 'utf8') : '';
if (checks) {
	if (before === list && readFileSync(FACTS, 'utf8').includes(`version: '${version}'`)) process.exit(0);
	console.error(`the list of roots is not that of ${CRATE} ${version}: node scripts/update-roots.mjs`);
	process.exit(1);
}

writeFileSync(LIST, list);
writeFileSync(
	FACTS,
	`/** Written by scripts/update-roots.mjs. */\n\n/** Mozilla's roots as the addon has them compiled in; \`published\` is the day of that version of the crate. */\nexport const bundledRoots = {\n\tcrate: '${CRATE}',\n\tversion: '${version}',\n\tpublished: '${publishedOn(version)}',\n\tcount: ${lines.length},\n} as const;\n`,
);
const had = new Set(before.split('\n'));
const has = new Set(list.split('\n'));
console.log(`${CRATE} ${version} of ${publishedOn(version)}: ${lines.length} roots`);
for (const line of [...had].filter((each) => !has.has(each) && !each.startsWith('#') && each !== ''))
	console.log(`- ${line}`);
if (before !== '')
	for (const line of [...has].filter((each) => !had.has(each) && !each.startsWith('#') && each !== ''))
		console.log(`+ ${line}`);
