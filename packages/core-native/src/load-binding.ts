import { type AddonAttempt, installedTargets, loadAddon, sourcesId, version } from '#addons';
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
		const reason = addon === undefined ? error : mismatchOf(addon);
		if (addon !== undefined && reason === undefined) {
			loadedName = name;
			return addon as NativeBinding;
		}
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
		const { createRequire } = process.getBuiltinModule('node:module');
		const { resolve } = process.getBuiltinModule('node:path');
		return { name: path, addon: createRequire(`${process.cwd()}/`)(resolve(path)) };
	} catch (error) {
		return { name: path, error };
	}
}

/** Why an addon and this package do not belong together. */
function mismatchOf(addon: unknown): string | undefined {
	const { protocolVersion: protocol, buildId } = (addon ?? {}) as Partial<NativeBinding>;
	const spoken = typeof protocol === 'function' ? protocol() : 'none';
	if (spoken !== protocolVersion) return `speaks protocol ${spoken}, this package needs ${protocolVersion}`;
	const [built] = typeof buildId === 'function' ? buildId().split('+') : [];
	return built === version ? undefined : `is of version ${built ?? 'unknown'}, this package of ${version}`;
}

/** The addon was built from other sources than this checkout has. */
export function isStale(): boolean {
	const [, built] = loadBinding().buildId().split('+');
	const sources = sourcesId();
	return sources !== undefined && built !== sources;
}

/**
 * `ERR_ADDON_STALE` for a refusal that comes from an addon older than the sources beside it: what it refuses was added
 * since. Only in a checkout; an installed addon has its version compared.
 */
export function explainRefusal(error: unknown): unknown {
	const { code } = error as { code?: unknown };
	if (code !== 'ERR_PROFILE_INVALID' && code !== 'ERR_INVALID_ARG') return error;
	if (!isStale()) return error;
	const { detail, message } = error as { detail?: string; message?: string };
	return new NativeError({
		code: 'ERR_ADDON_STALE',
		phase: 'queue',
		detail: `the addon ${loadedName} was built from other sources (${loadBinding().buildId()}) than this checkout has: run node scripts/build-native.mjs. It said: ${detail ?? message}`,
	});
}
