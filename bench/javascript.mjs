// What JavaScript alone costs for a request: the packages of this checkout over an addon that answers by itself.
// node --conditions=wiretwin-source bench/javascript.mjs [rounds] [in flight]; the least of the rounds counts, others were disturbed.
// FETCH=/path/to/index.js for another build, to compare two in turns.
import { readFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

const [rounds = '40', inFlight = '50'] = process.argv.slice(2);
const core = new URL('../packages/core-native/', import.meta.url);
const source = readFileSync(new URL('src/native-binding.ts', core), 'utf8');
process.env.ANSWERING_PROTOCOL = /protocolVersion = (\d+)/.exec(source)?.[1];
process.env.ANSWERING_VERSION = JSON.parse(readFileSync(new URL('package.json', core), 'utf8')).version;
process.env.WIRETWIN_BINDING_PATH = fileURLToPath(new URL('answering-addon.cjs', import.meta.url));

const { FETCH } = process.env;
const { createSession } = await import(FETCH === undefined ? 'wiretwin' : pathToFileURL(FETCH).href);
const session = createSession({ browser: 'chrome' });
const requests = 2000;
const least = { all: Number.POSITIVE_INFINITY, thread: Number.POSITIVE_INFINITY };
for (let round = 0; round < Number(rounds); round++) {
	const before = [process.cpuUsage(), process.threadCpuUsage()];
	let left = requests;
	await Promise.all(
		Array.from({ length: Number(inFlight) }, async () => {
			while (left-- > 0) await (await session.fetch('https://localhost:8443/small')).text();
		}),
	);
	const [all, thread] = [process.cpuUsage(before[0]), process.threadCpuUsage(before[1])].map(
		({ user, system }) => (user + system) / requests,
	);
	least.all = Math.min(least.all, all);
	least.thread = Math.min(least.thread, thread);
}
console.log(`${least.thread.toFixed(2)} us on the JavaScript thread, ${least.all.toFixed(2)} with V8's helpers`);
process.exit(0);
