// One scenario with the addon in WIRETWIN_BINDING_PATH, for addons.mjs; prints microseconds of processors each.
import { createSession } from 'wiretwin';

const { ca, h2 } = JSON.parse(process.env.SMOKE);
const [scenario, times] = process.argv.slice(2);
const session = createSession({ ca, browser: 'chrome' });
const get = async (path, init) => (await session.fetch(`${h2}${path}`, init)).arrayBuffer();
const body = Buffer.alloc(2_000_000, 'x');

/** Counts are those of a measured run, and of one under valgrind, which is fifty times slower. */
const scenarios = {
	handshakes: [150, 4, connect],
	small: [2000, 40, () => get('/bytes/100')],
	'at-once': [40, 2, () => Promise.all(Array.from({ length: 50 }, () => get('/bytes/100')))],
	download: [60, 2, () => get('/bytes/3000000')],
	upload: [60, 2, () => get('/upload', { method: 'POST', body })],
};

async function connect() {
	await using own = createSession({ ca, browser: 'chrome' });
	await (await own.fetch(`${h2}/bytes/100`)).arrayBuffer();
}

const [measured, counted, once] = scenarios[scenario];
await get('/bytes/100');
await once();
const count = times === undefined ? measured : counted * Number(times);
const before = process.cpuUsage();
for (let index = 0; index < count; index++) await once();
const { user, system } = process.cpuUsage(before);
console.log(((user + system) / count).toFixed(1));
await session.close();
