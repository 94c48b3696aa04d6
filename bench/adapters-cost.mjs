// CPU of an adapter per request, in one interleaved run: rounds of every variant one after the other, so that the load of
// the machine hits all alike. Prints the median of rounds in microseconds, and what each adapter adds to its base.
//   node --expose-gc --conditions=wiretwin-source bench/adapters-cost.mjs [requests per round] [rounds]
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { loadavg } from 'node:os';
import { createSession, createTransport } from '../packages/fetch/src/index.ts';
import { wiretwinFetch } from '../packages/ky-adapter/src/index.ts';
import { wiretwinDispatcher } from '../packages/undici-dispatcher/src/index.ts';

const from = (folder) => createRequire(new URL(`../packages/${folder}/package.json`, import.meta.url));
const undici = from('undici-dispatcher')('undici');
const { default: ky } = from('ky-adapter')('ky');

const requests = Number(process.argv[2] ?? 2000);
const rounds = Number(process.argv[3] ?? 9);
const width = 8;
const body = JSON.stringify({ hello: 'world', list: [1, 2, 3] });

// In a process of its own: what it costs is not in the numbers.
const server = fork(new URL('adapters-server.mjs', import.meta.url), { execArgv: [] });
const [port] = await once(server, 'message');
const url = `http://127.0.0.1:${port}/`;
const { origin } = new URL(url);

const transport = createTransport();
const session = createSession({ transport });
const dispatcher = wiretwinDispatcher(transport);
const withCookies = wiretwinDispatcher(session);
const facts = { kind: 'fetch', layout: { site: 'same-origin', referer: url, origin } };

/** One exchange through the facade, its body read. */
const exchange = () =>
	new Promise((resolve, reject) => {
		const running = transport.exchange(
			{ url, ...facts },
			{
				onHead() {
					const rest = running.takeBuffered();
					if (rest === undefined) running.readAll().then(resolve, reject);
					else resolve(rest);
				},
				onError: reject,
			},
		);
	});

/** The thinnest client on top of a dispatcher. */
const dispatch = (on) => () =>
	new Promise((resolve, reject) => {
		on.dispatch(
			{ origin, path: '/', method: 'GET' },
			{
				onRequestStart() {},
				onResponseStart() {},
				onResponseData() {},
				onResponseEnd: resolve,
				onResponseError: (_, error) => reject(error),
			},
		);
	});

const instant = ky.create({ fetch: async () => new Response(body), retry: 0, timeout: false });
const overInstant = ky.create({
	fetch: wiretwinFetch({ fetch: async () => new Response(body) }, { kind: 'fetch' }),
	retry: 0,
	timeout: false,
});
const throughUs = ky.create({ fetch: wiretwinFetch(session, { kind: 'fetch' }), retry: 0, timeout: false });
const variants = {
	exchange,
	dispatch: dispatch(dispatcher),
	'dispatch with jar': dispatch(withCookies),
	'undici.request': async () => (await undici.request(url, { dispatcher })).body.text(),
	'undici.request, own Agent': async () => (await undici.request(url)).body.text(),
	'built-in fetch': async () => (await fetch(url, { dispatcher })).text(),
	'built-in fetch, own Agent': async () => (await fetch(url)).text(),
	'session.fetch': async () => (await session.fetch(url, { kind: 'fetch' })).text(),
	'session.fetch(Request)': async () => (await session.fetch(new Request(url), { kind: 'fetch' })).text(),
	'ky, instant Response': async () => (await instant(url)).text(),
	'ky, instant session': async () => (await overInstant(url)).text(),
	'ky through wiretwin': async () => (await throughUs(url)).text(),
};

async function round(run) {
	const start = process.cpuUsage();
	let left = requests;
	await Promise.all(
		Array.from({ length: width }, async () => {
			while (left-- > 0) await run();
		}),
	);
	const { user, system } = process.cpuUsage(start);
	return (user + system) / requests;
}

const samples = Object.fromEntries(Object.keys(variants).map((name) => [name, []]));
for (let index = 0; index < rounds + 2; index++) {
	// Each round begins with another variant, so that none always runs in the shadow of the same predecessor.
	const order = Object.entries(variants);
	order.push(...order.splice(0, index % order.length));
	for (const [name, run] of order) {
		globalThis.gc?.();
		const cost = await round(run);
		if (index >= 2) samples[name].push(cost); // the first two are warm-up
	}
}
const median = Object.fromEntries(
	Object.entries(samples).map(([name, costs]) => [name, costs.sort((a, b) => a - b)[costs.length >> 1]]),
);
console.log(
	`load ${loadavg()[0].toFixed(2)}, ${requests} requests x ${rounds} rounds, ${width} at a time; CPU us per request`,
);
for (const [name, cost] of Object.entries(median)) console.log(`${name.padEnd(28)} ${cost.toFixed(1).padStart(7)}`);
console.log(`dispatcher over exchange     ${(median.dispatch - median.exchange).toFixed(1).padStart(7)}   target < 15`);
const kyAdapter = median['ky, instant session'] - median['ky, instant Response'];
console.log(`ky adapter                   ${kyAdapter.toFixed(1).padStart(7)}   target < 10`);
await transport.close();
server.kill();
