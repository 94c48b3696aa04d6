// As docs/guide/install.md tells it.
import commonjs from '@rollup/plugin-commonjs';
import json from '@rollup/plugin-json';
import nodeResolve from '@rollup/plugin-node-resolve';

export default {
	input: 'app.mjs',
	external: [/^@wiretwin\/core-native-/],
	plugins: [nodeResolve({ preferBuiltins: true }), commonjs(), json()],
	output: {
		dir: 'bundled/rollup',
		entryFileNames: '[name].mjs',
		chunkFileNames: '[name]-[hash].mjs',
		banner: "import { createRequire as r } from 'node:module'; const require = r(import.meta.url);",
	},
};
