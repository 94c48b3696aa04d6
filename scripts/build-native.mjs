// Builds the native binding and puts it where packages/core-native loads it from, BoringSSL first if its patches have
// changed. May run at any time: the file is replaced atomically, and only if its bytes changed.
// usage: node scripts/build-native.mjs [--dev] [--features <cargo features>]
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { values: options } = parseArgs({
	options: { dev: { type: 'boolean', default: false }, features: { type: 'string' }, output: { type: 'string' } },
});

const library = { linux: 'libwiretwin_binding.so', darwin: 'libwiretwin_binding.dylib', win32: 'wiretwin_binding.dll' }[
	process.platform
];
if (!library) fail(`no native binding for ${process.platform}`);

// Costs nothing when that build exists; a library of one's own (BORING_BSSL_PATH) is left alone.
if (!process.env.BORING_BSSL_PATH) {
	const prepared = spawnSync(process.execPath, [join(root, 'packages/core-native/boringssl/prepare.mjs')], {
		stdio: 'inherit',
	});
	if (prepared.status !== 0) fail('BoringSSL could not be prepared');
}

const cargoArguments = ['build', '-p', 'wiretwin-binding', '--message-format', 'json-render-diagnostics'];
if (!options.dev) cargoArguments.push('--release');
if (options.features) cargoArguments.push('--features', options.features);
const cargo = spawnSync('cargo', cargoArguments, {
	cwd: root,
	stdio: ['ignore', 'pipe', 'inherit'],
	maxBuffer: 64 * 1024 * 1024,
});
if (cargo.error) fail(`cargo cannot be started: ${cargo.error.message}`);
if (cargo.status !== 0) process.exit(cargo.status ?? 1);

const built = builtLibrary(cargo.stdout.toString());
const target = resolve(root, options.output ?? join('packages/core-native', `wiretwin.${targetName()}.node`));
const bytes = readFileSync(built);
if (existsSync(target) && readFileSync(target).equals(bytes)) {
	console.log(`${target} is up to date`);
} else {
	const temporary = `${target}.${process.pid}.tmp`;
	writeFileSync(temporary, bytes, { mode: 0o755 });
	renameSync(temporary, target);
	console.log(`${target} (${(bytes.length / 1024 / 1024).toFixed(1)} MiB)`);
}

/** The path that cargo reports, which honours CARGO_TARGET_DIR and every configuration file. */
function builtLibrary(messages) {
	for (const line of messages.split('\n')) {
		if (!line.startsWith('{')) continue;
		const message = JSON.parse(line);
		if (message.reason !== 'compiler-artifact') continue;
		const file = message.filenames.find((name) => name.endsWith(library));
		if (file) return file;
	}
	return fail(`cargo built no ${library}`);
}

/** As packages/core-native/addons/checkout.cjs looks for it. */
function targetName() {
	process.report.excludeNetwork = true;
	const musl = process.platform === 'linux' && process.report.getReport().header.glibcVersionRuntime === undefined;
	return `${process.platform}-${process.arch}${musl ? '-musl' : ''}`;
}

function fail(text) {
	console.error(`build-native: ${text}`);
	process.exit(1);
}
