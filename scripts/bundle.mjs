// Bundles the package in the current folder: each entry point of its package.json becomes a file in dist/.
// Loading a hundred modules costs a process 30 ms and more, loading one 5 (docs/internals/performance.md).
import { existsSync, readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { rolldown } from 'rolldown';

const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const outputs = [
	...Object.values(manifest.exports).flatMap((target) => target.default ?? []),
	...Object.values(manifest.bin ?? {}),
];
const main = resolve(sourceOf(outputs[0]));
const bundle = await rolldown({
	input: Object.fromEntries(outputs.map((path) => [basename(path, '.js'), sourceOf(path)])),
	platform: 'node',
	// The oldest Node that is promised; `using` is a syntax error there.
	transform: { target: 'node22.18' },
	// Only files of the package itself are bundled, and rolldown's own helpers (ids with a NUL).
	external: (id) => !/^[./]/.test(id) && !id.startsWith('\0') && !id.startsWith('@oxc-project/runtime/'),
});
await bundle.write({
	dir: 'dist',
	cleanDir: true,
	format: 'esm',
	entryFileNames: '[name].js',
	chunkFileNames: '[name]-[hash].js',
	// A file costs a start 0.4 ms: what the first entry needs is one, whichever other entries share of it.
	codeSplitting: outputs.length > 1 && { groups: [{ name: 'main', test: (id) => resolve(id) === main }] },
	// V8 reads every name before the first line runs, so local ones are short and comments are gone. Names of functions, classes
	// and modules' own are kept, and lines: an uncaught error prints the line that it comes from.
	comments: false,
	minify: { compress: false, mangle: { toplevel: false, keepNames: true }, codegen: { removeWhitespace: false } },
});
await bundle.close();

/** `./dist/x.js` is made of `src/x.ts`, `src/x/index.ts` or `src/x/main.ts`. */
function sourceOf(output) {
	const name = /^\.\/dist\/([\w-]+)\.js$/.exec(output)?.[1];
	const source = [`./src/${name}.ts`, `./src/${name}/index.ts`, `./src/${name}/main.ts`].find((path) =>
		existsSync(path),
	);
	if (source === undefined) throw new Error(`${manifest.name}: no source for ${output}`);
	return source;
}
