// CPU of one kind of request in this process, for --cpu-prof and perf: node bench/profile.mjs URL [seconds] [in flight]
import client from './clients/wiretwin.mjs';

const [url, seconds = '3', inFlight = '1'] = process.argv.slice(2);
await client.load();
const session = await client.session();
const run = async (until) => {
	let count = 0;
	while (performance.now() < until) {
		await session.get(url);
		count++;
	}
	return count;
};
const all = (until) => Promise.all(Array.from({ length: Number(inFlight) }, () => run(until)));
await all(performance.now() + 700);
const before = { cpu: process.cpuUsage(), thread: process.threadCpuUsage?.(), at: performance.now() };
const counts = await all(performance.now() + Number(seconds) * 1000);
const cpu = process.cpuUsage(before.cpu);
const thread = process.threadCpuUsage?.(before.thread);
const count = counts.reduce((sum, one) => sum + one, 0);
const each = (usage) => ((usage.user + usage.system) / count).toFixed(1);
console.log(`${count} requests, ${each(cpu)} us CPU each, ${thread ? each(thread) : '?'} us on the JS thread`);
await session.close();
