import { bundledRoots } from './generated/roots.ts';
import { loadedFrom } from './load-binding.ts';
import { bindingTarget, describeRuntime } from './runtime.ts';

/** What a report of a fault needs to know of this half. */
export type NativeAbout = {
	runtime: string;
	target: string;
	addon: string;
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
		roots: `${crate} ${version}`,
		rootsPublished: published,
	};
}
