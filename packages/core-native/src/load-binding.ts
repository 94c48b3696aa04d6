import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { type NativeBinding, protocolVersion } from './native-binding.ts';
import { NativeError } from './native-error.ts';

const require = createRequire(import.meta.url);
let loaded: NativeBinding | undefined;

/** The native binding of this platform, loaded at the first call. Throws one `ERR_BINDING_LOAD` naming each attempt. */
export function loadBinding(): NativeBinding {
	loaded ??= loadFirst(candidates());
	return loaded;
}

/**
 * Names under which the binding may be found, best first: a file named by `WIRETWIN_BINDING_PATH`, a build of this
 * checkout, the package of the platform.
 */
function candidates(): string[] {
	const target = bindingTarget();
	const override = process.env.WIRETWIN_BINDING_PATH;
	if (override) return [override];
	return [
		fileURLToPath(new URL(`../wiretwin.${target.file}.node`, import.meta.url)),
		`@wiretwin/core-native-${target.package}`,
	];
}

/** The platform's part of file and package names: `linux-x64` / `linux-x64-gnu`, musl marked in both. */
export function bindingTarget(): { file: string; package: string } {
	const base = `${process.platform}-${process.arch}`;
	if (process.platform === 'linux') {
		return usesMusl() ? { file: `${base}-musl`, package: `${base}-musl` } : { file: base, package: `${base}-gnu` };
	}
	return { file: base, package: process.platform === 'win32' ? `${base}-msvc` : base };
}

function usesMusl(): boolean {
	// `excludeNetwork` is newer than the type.
	const reporter: (NodeJS.ProcessReport & { excludeNetwork?: boolean }) | undefined = process.report;
	if (!reporter) return existsSync('/etc/alpine-release');
	// Without this the report looks up the name of every open socket's peer, which can block for seconds.
	const excludeNetwork = reporter.excludeNetwork ?? false;
	reporter.excludeNetwork = true;
	const report: unknown = reporter.getReport();
	reporter.excludeNetwork = excludeNetwork;
	const header = (report as { header?: { glibcVersionRuntime?: string } } | undefined)?.header;
	return header?.glibcVersionRuntime === undefined;
}

function loadFirst(names: string[]): NativeBinding {
	const attempts: string[] = [];
	for (const name of names) {
		try {
			const binding = require(name) as NativeBinding;
			const version = typeof binding.protocolVersion === 'function' ? binding.protocolVersion() : 'none';
			if (version === protocolVersion) return binding;
			attempts.push(`${name}: speaks protocol ${version}, this package needs ${protocolVersion}`);
		} catch (error) {
			attempts.push(`${name}: ${firstLine(error)}`);
		}
	}
	throw new NativeError({
		code: 'ERR_BINDING_LOAD',
		phase: 'queue',
		detail: `no native binding for ${process.platform}-${process.arch}, Node ${process.versions.node}. Tried:\n${attempts
			.map((attempt) => `  - ${attempt}`)
			.join('\n')}\nRun \`pnpm build:native\` in a checkout, or reinstall with optional dependencies enabled.`,
	});
}

function firstLine(error: unknown): string {
	const text = error instanceof Error ? error.message : String(error);
	return text.split('\n', 1)[0] ?? text;
}
