// CPU of a new process up to its first answer, clients in turns: node bench/cold.mjs [--rounds 30] [--url https://...] CLIENT CLIENT ...
// A client is a file as in clients/. Without --url the server is this repository's mirror. Ratios are medians within rounds.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const here = dirname(fileURLToPath(import.meta.url));
const options = { rounds: { type: 'string', default: '30' }, url: { type: 'string' }, one: { type: 'boolean' } };
const { values, positionals } = parseArgs({ allowPositionals: true, options });
if (values.one) await answerOnce(positionals[0], values.url);
else await compare(positionals);

async function answerOnce(path, url) {
	const { default: client } = await import(pathToFileURL(path));
	await client.load();
	const loaded = process.cpuUsage();
	const session = await client.session({ proto: 'h2' });
	const { status } = await session.get(url);
	if (status !== 200) throw new Error(`status ${status}`);
	const { user, system } = process.cpuUsage();
	console.log(JSON.stringify({ all: (user + system) / 1000, load: (loaded.user + loaded.system) / 1000 }));
	process.exit(0);
}

async function compare(clients) {
	const server = values.url === undefined ? await startServer() : undefined;
	const url = values.url ?? server.url;
	const rounds = [];
	for (let round = 0; round < Number(values.rounds); round++) {
		const cells = new Map();
		for (const client of round % 2 === 0 ? clients : clients.toReversed()) cells.set(client, measure(client, url));
		if (round > 0) rounds.push(cells); // the first one reads files that are not in memory yet
	}
	server?.process.stdin.end();
	const [base] = clients;
	for (const client of clients) {
		const all = median(rounds.map((cells) => cells.get(client).all));
		const load = median(rounds.map((cells) => cells.get(client).load));
		const ratio = median(rounds.map((cells) => cells.get(client).all / cells.get(base).all));
		const name = `${basename(dirname(resolve(client)))}/${basename(client, '.mjs')}`;
		console.log(
			`${name}: ${all.toFixed(1)} ms CPU, ${load.toFixed(1)} of it until loaded, ${ratio.toFixed(3)} x first`,
		);
	}
}

function measure(client, url) {
	const env = { ...process.env, NODE_TLS_REJECT_UNAUTHORIZED: '0' };
	const command = ['--no-warnings', fileURLToPath(import.meta.url), '--one', '--url', url, resolve(client)];
	return JSON.parse(execFileSync(process.execPath, command, { env, encoding: 'utf8', timeout: 60_000 }));
}

async function startServer() {
	const source = ['--conditions=wiretwin-source', '--disable-warning=ExperimentalWarning'];
	const started = spawn(process.execPath, [...source, join(here, '../e2e/platforms/server.mjs')], {
		stdio: ['pipe', 'pipe', 'inherit'],
	});
	const [said] = await once(started.stdout, 'data');
	return { process: started, url: `${JSON.parse(said.toString()).h2}/bytes/100` };
}

function median(list) {
	const sorted = list.toSorted((a, b) => a - b);
	return sorted[Math.floor(sorted.length / 2)];
}
