#!/usr/bin/env node
// Whether a request costs the same however many there are: CPU of the client's process for 1 to 5,000 in flight over 1 and 50 hosts, and
// for 1,000 sessions that take turns. Each line is a process of its own, as is the server; lines take turns within a round.
//   node --conditions=wiretwin-source --expose-gc bench/scaling.mjs [rounds] [requests a line]
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createSession } from 'wiretwin';

const here = fileURLToPath(import.meta.url);
const counts = [1, 10, 100, 1000, 5000];
const lines = [
	...['h2', 'h1'].flatMap((protocol) =>
		[1, 50].flatMap((hosts) => counts.map((inFlight) => ({ protocol, hosts, sessions: 1, inFlight }))),
	),
	...[100, 1000].map((sessions) => ({ protocol: 'h2', hosts: 1, sessions, inFlight: 100 })),
	// What each session remembers of hosts is full (memory/hsts.ts).
	{ protocol: 'h2', hosts: 1, sessions: 1000, inFlight: 100, secureHosts: 1024 },
];
/** What a line is compared with: that of as many in flight, no more than one connection of HTTP/2 has streams for, or of as many sessions. */
const usual = 100;
const isLike = (line, other) =>
	other.protocol === line.protocol &&
	other.hosts === line.hosts &&
	other.inFlight === usual &&
	other.sessions === (line.sessions > 1 ? usual : 1);

function gc() {
	for (let time = 0; time < 2; time++) globalThis.gc?.();
}
const kB = () => process.memoryUsage.rss() / 1024;

async function measure({ protocol, hosts, sessions: count, inFlight, secureHosts = 0 }, requests) {
	const server = fork(new URL('sessions-server.mjs', import.meta.url), { execArgv: ['--conditions=wiretwin-source'] });
	const [{ port, ca }] = await once(server, 'message');
	const names = Array.from({ length: hosts }, (_, index) => `host-${index}.test`);
	const options = {
		browser: 'chrome',
		ca,
		resolve: Object.fromEntries(names.map((name) => [name, `127.0.0.1:${port}`])),
		insecure: true,
		timeout: 0,
		...(protocol === 'h1' ? { http1: true } : {}),
	};
	const urls = names.map((name) => `https://${name}:${port}/`);
	const state = secureHosts > 0 ? await stateWith(secureHosts, options) : undefined;
	const begin = () => createSession({ ...options, ...(state ? { state } : {}) });
	const visit = async (session, url) => (await session.fetch(url)).text();
	const warm = begin();
	await Promise.all(Array.from({ length: 50 }, () => visit(warm, urls[0])));
	gc();
	const empty = kB();
	const sessions = Array.from({ length: count }, begin);
	const turns = (total) => {
		let next = 0;
		const worker = async () => {
			while (next < total) {
				const turn = next++;
				await visit(sessions[turn % count], urls[turn % hosts]);
			}
		};
		return Promise.all(Array.from({ length: inFlight }, worker));
	};
	await turns(Math.max(2 * inFlight, 2 * count, 2000));
	gc();
	const held = kB() - empty;
	const connections = sessions.reduce((sum, session) => sum + session.transport.stats().connections, 0);
	const total = Math.max(requests, 2 * inFlight, 4 * count);
	const before = { cpu: process.cpuUsage(), thread: process.threadCpuUsage?.() };
	await turns(total);
	const [cpu, thread] = [process.cpuUsage(before.cpu), process.threadCpuUsage?.(before.thread)];
	const each = (usage) => (usage ? (usage.user + usage.system) / total : Number.NaN);
	process.send({ cpu: each(cpu), thread: each(thread), held, connections });
	await Promise.all([warm, ...sessions].map((session) => session.close()));
	server.disconnect();
	process.disconnect();
}

/** The state of a session to which as many hosts have said that they want https. */
async function stateWith(count, options) {
	const expires = Date.now() + 86_400_000;
	const hsts = Array.from({ length: count }, (_, index) => ({
		host: `secure-host-number-${index}.example`,
		expires,
		includeSubDomains: true,
	}));
	const session = createSession(options);
	const state = JSON.stringify({ ...JSON.parse(JSON.stringify(await session.export())), hsts });
	await session.close();
	return state;
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

async function compare(rounds, requests) {
	const results = lines.map(() => []);
	for (let round = 0; round < rounds; round++) {
		for (const [index, line] of lines.entries()) {
			const child = fork(here, ['--line', JSON.stringify(line), requests], { execArgv: process.execArgv });
			const [result] = await once(child, 'message');
			await once(child, 'exit');
			results[index].push(result);
		}
	}
	const of = (index, key) => median(results[index].map((result) => result[key]));
	console.log('| | hosts | sessions | in flight | us CPU (JS thread) | to 100 | connections | memory |');
	console.log('|---|---|---|---|---|---|---|---|');
	for (const [index, { protocol, hosts, sessions, inFlight, secureHosts }] of lines.entries()) {
		const base = lines.findIndex((other) => isLike(lines[index], other));
		const ratios = results[index].map(({ cpu }, round) => cpu / results[base][round].cpu);
		const memory = of(index, 'held') / (sessions === 1 ? 1024 : sessions);
		const row = [
			protocol,
			hosts,
			`${sessions}${secureHosts ? ', each knows 1,024 hosts of https' : ''}`,
			inFlight,
			`${of(index, 'cpu').toFixed(1)} (${of(index, 'thread').toFixed(1)})`,
			median(ratios).toFixed(2),
			of(index, 'connections'),
			`${memory.toFixed(0)} ${sessions === 1 ? 'MB' : 'kB a session'}`,
		];
		console.log(`| ${row.join(' | ')} |`);
	}
}

if (process.argv[2] === '--line') await measure(JSON.parse(process.argv[3]), Number(process.argv[4]));
else await compare(Number(process.argv[2] ?? 3), Number(process.argv[3] ?? 10_000));
