// CPU of a request through each adapter, interleaved in one process against a server in another:
//   node --conditions=wiretwin-source bench/adapters.mjs [rounds] [requests a round] [case,case] [h1|h2]
// Prints microseconds a request: all threads (median, least), the JS thread (median, least). On a busy machine the least
// of many rounds is the figure to trust.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import { createGot } from '@wiretwin/got-adapter';
import { wiretwinAgent } from '@wiretwin/http-agent';
import { sharedAuthority } from '@wiretwin/mirror';
import axios from 'axios';
import got from 'got';
import { createSession } from 'wiretwin';

const body = Buffer.alloc(1024, 'x');

if (process.argv[2] === 'serve') {
	const answer = (_request, response) =>
		response.writeHead(200, { 'content-type': 'text/plain', 'content-length': body.length }).end(body);
	const pem = process.env.BENCH_PEM && JSON.parse(process.env.BENCH_PEM);
	const server = pem ? http2.createSecureServer({ ...pem, allowHTTP1: true }, answer) : http.createServer(answer);
	server.listen(0, '127.0.0.1', () => process.send(server.address().port));
	process.on('disconnect', () => process.exit());
} else {
	await measure();
}

async function measure() {
	const [rounds = '7', requests = '2000', wanted = '', protocol = 'h1'] = process.argv.slice(2);
	const pem = protocol === 'h2' ? identity() : undefined;
	const server = fork(import.meta.filename, ['serve'], {
		env: { ...process.env, ...(pem ? { BENCH_PEM: JSON.stringify(pem) } : {}) },
	});
	const [port] = await once(server, 'message');
	const url = `${pem ? 'https' : 'http'}://127.0.0.1:${port}/`;
	await using session = createSession(pem ? { ca: pem.ca } : {});
	const cases = casesOf(session, url, pem);
	const names = wanted === '' ? Object.keys(cases) : wanted.split(',');
	const results = new Map(names.map((name) => [name, { all: [], thread: [] }]));
	for (const name of names) await repeat(cases[name], 500);
	for (let round = 0; round < Number(rounds); round++) {
		for (const name of names) {
			const before = { all: process.cpuUsage(), thread: process.threadCpuUsage() };
			await repeat(cases[name], Number(requests));
			const all = process.cpuUsage(before.all);
			const thread = process.threadCpuUsage(before.thread);
			results.get(name).all.push((all.user + all.system) / Number(requests));
			results.get(name).thread.push((thread.user + thread.system) / Number(requests));
		}
	}
	for (const [name, { all, thread }] of results) {
		const figures = [median(all), Math.min(...all), median(thread), Math.min(...thread)];
		console.log(name.padEnd(24), ...figures.map((figure) => figure.toFixed(1).padStart(7)));
	}
	server.disconnect();
}

function casesOf(session, url, pem) {
	const secure = url.startsWith('https:');
	const module = secure ? https : http;
	const agent = wiretwinAgent(session, { cookies: false });
	const withJar = wiretwinAgent(session);
	const nodeAgent = new module.Agent({ keepAlive: true, ...(pem ? { ca: pem.ca } : {}) });
	const viaUs = createGot(session, got);
	const viaNode = got.extend({ agent: { http: nodeAgent, https: nodeAgent } });
	const axiosVia = (each) => axios.create({ httpAgent: each, httpsAgent: each, proxy: false });
	const [axiosUs, axiosNode] = [axiosVia(agent), axiosVia(nodeAgent)];
	return {
		exchange: () =>
			new Promise((resolve, reject) => {
				const exchange = session.exchange(
					{ url, kind: 'navigate', decompress: true },
					{ onHead: () => exchange.takeBuffered() ?? exchange.readAll(), onEnd: resolve, onError: reject },
				);
			}),
		'exchange, phases': () =>
			new Promise((resolve, reject) => {
				const exchange = session.exchange(
					{ url, kind: 'navigate', decompress: true },
					{
						onPhase() {},
						onHead: () => exchange.takeBuffered() ?? exchange.readAll(),
						onEnd: resolve,
						onError: reject,
					},
				);
			}),
		'session.fetch': async () => (await session.fetch(url)).text(),
		'http-agent': () => get(module, url, agent),
		'http-agent, cookies': () => get(module, url, withJar),
		'node:http': () => get(module, url, nodeAgent),
		'got over us': () => viaUs(url).text(),
		'got over node': () => viaNode(url).text(),
		'axios over us': () => axiosUs.get(url),
		'axios over node': () => axiosNode.get(url),
	};
}

function get(module, url, agent) {
	return new Promise((resolve, reject) => {
		const request = module.get(url, { agent }, (response) => {
			response.on('data', () => {});
			response.on('end', resolve);
		});
		request.on('error', reject);
	});
}

async function repeat(work, count) {
	for (let index = 0; index < count; index++) await work();
}

/** Certificate of a mirror's own authority for 127.0.0.1. */
function identity() {
	const authority = sharedAuthority();
	const { certificatePem, keyPem } = authority.serverIdentity('trusted');
	return { ca: authority.caPem, cert: certificatePem, key: keyPem };
}

function median(values) {
	return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)];
}
