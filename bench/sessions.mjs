#!/usr/bin/env node
// How many sessions and connections a machine holds, for docs/guide/scaling.md. Each session has made one request over HTTP/2 and stays
// open; the server is a process of its own. Each line is a process of its own, too.
//   node --conditions=wiretwin-source --expose-gc bench/sessions.mjs [sessions ...]
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createSession, createTransport } from 'wiretwin';

const here = fileURLToPath(import.meta.url);

/** Memory of this process, kB, and its open files, after a collection. */
function measure() {
	globalThis.gc();
	globalThis.gc();
	return { kB: process.memoryUsage.rss() / 1024, files: readdirSync('/proc/self/fd').length, cpu: process.cpuUsage() };
}

async function line(count, isShared) {
	const server = fork(new URL('sessions-server.mjs', import.meta.url), { execArgv: ['--conditions=wiretwin-source'] });
	const [{ port, ca }] = await once(server, 'message');
	const options = { browser: 'chrome', ca };
	const url = `https://localhost:${port}/`;
	const visit = async (session) => (await session.fetch(url)).text();
	const warm = createSession(options);
	await visit(warm);
	await warm.close();

	const before = measure();
	const transport = isShared ? createTransport(options) : undefined;
	const sessions = Array.from({ length: count }, () => createSession(transport ? { transport } : options));
	const queue = sessions.values();
	const worker = async () => {
		for (const session of queue) {
			await visit(session);
			session.setCookie('visitor', '42', url);
		}
	};
	await Promise.all(Array.from({ length: 50 }, worker));
	const after = measure();
	const cpuMs = (after.cpu.user + after.cpu.system - before.cpu.user - before.cpu.system) / 1000;
	const row = [
		count,
		isShared ? 'one transport' : 'own',
		`${((after.kB - before.kB) / count).toFixed(0)} kB`,
		`${((after.files - before.files) / count).toFixed(2)}`,
		`${(cpuMs / count).toFixed(2)} ms`,
		`${(after.kB / 1024).toFixed(0)} MB`,
	];
	console.log(`| ${row.join(' | ')} |`);
	await Promise.all(sessions.map((session) => session.close()));
	await transport?.close();
	server.disconnect();
}

if (process.argv[2] === '--line') {
	await line(Number(process.argv[3]), process.argv[4] === 'shared');
} else {
	console.log('| sessions | connections | memory each | open files each | CPU to begin one | whole process |');
	console.log('|---|---|---|---|---|---|');
	const counts = process.argv.slice(2);
	for (const kind of ['own', 'shared']) {
		for (const count of counts.length > 0 ? counts : [100, 1000, 5000]) {
			const child = fork(here, ['--line', count, kind], { execArgv: process.execArgv });
			await once(child, 'exit');
		}
	}
}
