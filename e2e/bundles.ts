import { copyFile, cp, mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, it } from 'vitest';

/** Copying and patching executables of 120 MB. */
const slowest = { timeout: 120_000 };

type Run = (command: string, ...parameters: Array<string | NodeJS.ProcessEnv>) => Promise<{ stdout: string }>;

/** Installed with the packages, as a user has them. */
export const bundlers = {
	esbuild: '0.28.2',
	jest: '30.5.2',
	'node-loader': '2.1.0',
	postject: '1.0.0-alpha.6',
	rollup: '4.68.8',
	'@rollup/plugin-commonjs': '29.0.3',
	'@rollup/plugin-json': '6.1.0',
	'@rollup/plugin-node-resolve': '16.0.3',
	webpack: '5.112.2',
};

/** As docs/guide/install.md tells it: nothing of node_modules may be left to find where the bundle runs. */
export function bundleTests(consumer: {
	folder: () => string;
	elsewhere: () => string;
	run: Run;
	runElsewhere: Run;
	bun: string;
}): void {
	const { folder, elsewhere, run, runElsewhere, bun } = consumer;
	const tool = (name: string) => join(folder(), 'node_modules/.bin', name);
	const esbuild = (...parameters: string[]) =>
		run(tool('esbuild'), '--log-level=error', '--bundle', '--platform=node', '--loader:.node=copy', ...parameters);

	async function runsAlone(file: string, ...command: string[]): Promise<void> {
		await cp(join(folder(), 'bundled'), elsewhere(), { recursive: true });
		const [program = '', ...parameters] = [...command, join(elsewhere(), file)];
		expect((await runElsewhere(program, ...parameters)).stdout).toBe('app h2');
	}

	it('esbuild makes a CommonJS bundle that runs without node_modules', async () => {
		await esbuild('--outfile=bundled/esbuild.cjs', 'app.cjs');
		await runsAlone('esbuild.cjs', process.execPath);
	});
	it('esbuild makes an ES module that runs without node_modules', async () => {
		const banner = "import { createRequire as r } from 'node:module'; const require = r(import.meta.url);";
		await esbuild('--format=esm', `--banner:js=${banner}`, '--outfile=bundled/esbuild.mjs', 'app.mjs');
		await runsAlone('esbuild.mjs', process.execPath);
	});
	it('webpack makes a bundle that runs without node_modules', slowest, async () => {
		const program = `require('webpack')(require('./webpack.config.cjs'), (error, stats) => {
			if (error ?? stats.hasErrors()) throw error ?? new Error(stats.toString());
		})`;
		await run(process.execPath, '--input-type=commonjs', '-e', program);
		await runsAlone('webpack.cjs', process.execPath);
	});
	it('rollup makes a bundle that runs beside the package of the addon', slowest, async () => {
		await run(tool('rollup'), '--silent', '-c');
		const addon = `node_modules/@wiretwin/core-native-${process.platform}-${process.arch}-gnu`;
		await cp(join(folder(), addon), join(elsewhere(), 'bundled-by-rollup', addon), { recursive: true });
		await cp(join(folder(), 'bundled/rollup'), join(elsewhere(), 'bundled-by-rollup'), { recursive: true });
		expect((await runElsewhere(process.execPath, 'bundled-by-rollup/app.mjs')).stdout).toBe('app h2');
	});
	it('bun build --compile makes an executable that carries addon and profiles', async () => {
		await mkdir(join(folder(), 'bundled'), { recursive: true });
		await run(bun, 'build', '--target=bun', '--compile', 'app.mjs', '--outfile', 'bundled/bun');
		await runsAlone('bun');
	});
	it("Node's single executable unpacks its addon", slowest, async () => {
		const base = createRequire(join(folder(), 'package.json'));
		const addon = base.resolve(`@wiretwin/core-native-${process.platform}-${process.arch}-gnu`);
		await esbuild('--outfile=bundled/sea/main.cjs', 'executable.cjs');
		const settings = { main: 'bundled/sea/main.cjs', output: 'bundled/sea/blob', disableExperimentalSEAWarning: true };
		await writeFile(join(folder(), 'sea.json'), JSON.stringify({ ...settings, assets: { 'wiretwin.node': addon } }));
		await run(process.execPath, '--experimental-sea-config', 'sea.json');
		await copyFile(process.execPath, join(folder(), 'bundled/executable'));
		const fuse = ['--sentinel-fuse', 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'];
		await run(tool('postject'), 'bundled/executable', 'NODE_SEA_BLOB', 'bundled/sea/blob', ...fuse);
		await runsAlone('executable');
	});
}
