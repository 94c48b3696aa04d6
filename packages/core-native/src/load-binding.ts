import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { type AddonAttempt, installedTargets, loadAddon } from '#addons';
import { explainLoadFailure } from './load-failure.ts';
import { type NativeBinding, protocolVersion } from './native-binding.ts';
import { NativeError } from './native-error.ts';
import { bindingTarget, describeRuntime } from './runtime.ts';

let loaded: NativeBinding | undefined;
let loadedName = '';

/**
 * The native binding of this platform, loaded at the first call: the file named by `WIRETWIN_BINDING_PATH`, else the
 * platform's package. Throws one `ERR_BINDING_LOAD` that says what was tried and what to do.
 */
export function loadBinding(): NativeBinding {
	loaded ??= loadFirst();
	return loaded;
}

/** Path or package of the native binding, which is loaded if it is not yet. */
export function loadedFrom(): string {
	loadBinding();
	return loadedName;
}

function loadFirst(): NativeBinding {
	const override = process.env.WIRETWIN_BINDING_PATH;
	const target = bindingTarget();
	const attempts = override ? [loadFile(override)] : loadAddon(target);
	const failures: Array<{ name: string; reason: unknown }> = [];
	for (const { name, addon, error } of attempts) {
		const version = protocolOf(addon);
		if (version === protocolVersion) {
			loadedName = name;
			return addon as NativeBinding;
		}
		const reason =
			addon === undefined ? error : `speaks protocol ${version ?? 'none'}, this package needs ${protocolVersion}`;
		failures.push({ name, reason });
	}
	throw new NativeError({
		code: 'ERR_BINDING_LOAD',
		phase: 'queue',
		detail: explainLoadFailure({
			target,
			runtime: describeRuntime(),
			failures,
			installed: installedTargets(),
			named: override !== undefined && override !== '',
		}),
	});
}

/** A path of the caller's: no bundler is to follow it, and it is relative to where the process runs. */
function loadFile(path: string): AddonAttempt {
	try {
		return { name: path, addon: createRequire(`${process.cwd()}/`)(resolve(path)) };
	} catch (error) {
		return { name: path, error };
	}
}

function protocolOf(addon: unknown): number | undefined {
	const { protocolVersion: ask } = (addon ?? {}) as Partial<NativeBinding>;
	return typeof ask === 'function' ? ask() : undefined;
}
