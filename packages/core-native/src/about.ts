import { loadedFrom } from './load-binding.ts';
import { bindingTarget, describeRuntime } from './runtime.ts';

/** Mozilla's roots as the addon has them compiled in: the version in Cargo.lock, which a test compares. */
const roots = 'webpki-root-certs 1.0.11';

/** What a report of a fault needs to know of this half. */
export type NativeAbout = { runtime: string; target: string; addon: string; roots: string };

/** Loads the addon; throws `ERR_BINDING_LOAD` that says why it cannot. */
export function about(): NativeAbout {
	return { runtime: describeRuntime(), target: bindingTarget(), addon: loadedFrom(), roots };
}
