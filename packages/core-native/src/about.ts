import { bundledRoots } from './generated/roots.ts';
import { isStale, loadBinding, loadedFrom } from './load-binding.ts';
import { bindingTarget, describeRuntime } from './runtime.ts';

/** What a report of a fault needs to know of this half. */
export type NativeAbout = {
	runtime: string;
	target: string;
	addon: string;
	/** What the addon was built from: version and number of its sources. */
	build: string;
	/** In a checkout: the sources have changed since. */
	stale: boolean;
	/** Mozilla's roots that are compiled in: crate and version. */
	roots: string;
	/** ISO day on which that version was published. */
	rootsPublished: string;
};

/** Loads the addon; throws `ERR_BINDING_LOAD` that says why it cannot. */
export function about(): NativeAbout {
	const { crate, version, published } = bundledRoots;
	return {
		runtime: describeRuntime(),
		target: bindingTarget(),
		addon: loadedFrom(),
		build: loadBinding().buildId(),
		stale: isStale(),
		roots: `${crate} ${version}`,
		rootsPublished: published,
	};
}
