// CPU of a request through each adapter, interleaved in one process against a server in another:
//   node --conditions=wiretwin-source bench/adapters.mjs [--protocol=http|h1|h2] [--in-flight=1] [--size=1024]
//     [--rounds=7] [--requests=2000] [--cases='exchange;got over us']
// `http`: HTTP/1.1 in the clear; `h1`: HTTP/1.1 over TLS; `h2`: a server that offers HTTP/2, which Node's own agent does not use.
// Prints microseconds a request: all threads (median, least), the JS thread (median, least). On a busy machine the least
// of many rounds is the figure to trust.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import { parseArgs } from 'node:util';
import { createGot } from '@wiretwin/got-adapter';
import { wiretwinAgent } from '@wiretwin/http-agent';
import { sharedAuthority } from '@wiretwin/mirror';
import axios from 'axios';
import got from 'got';
import { createSession } from 'wiretwin';

const { values: settings } = parseArgs({
	args: process.argv.slice(2).filter((argument) => argument !== 'serve'),
	options: {
		protocol: { type: 'string', default: 'http' },
		'in-flight': { type: 'string', default: '1' },
		size: { type: 'string', default: '1024' },
		rounds: { type: 'string', default: '7' },
		requests: { type: 'string', default: '2000' },
		cases: { type: 'string', default: '' },
	},
});
const body = Buffer.alloc(Number(settings.size), 'x');
const inFlight = Number(settings['in-flight']);

if (process.argv.includes('serve')) {
	const answer = (_request, response) =>
		response.writeHead(200, { 'content-type': 'text/plain', 'content-length': body.length }).end(body);
	const pem = process.env.BENCH_PEM && JSON.parse(process.env.BENCH_PEM);
	const create = {
		http: () => http.createServer(answer),
		h1: () => https.createServer(pem, answer),
		h2: () => http2.createSecureServer({ ...pem, allowHTTP1: true }, answer),
	};
	const server = create[settings.protocol]();
	server.listen(0, '127.0.0.1', () => process.send(server.address().port));
	process.on('disconnect', () => process.exit());
} else {
	await measure();
}

async function measure() {
	const { rounds, requests, cases: wanted, protocol } = settings;
	const pem = protocol === 'http' ? undefined : identity();
	const server = fork(import.meta.filename, ['serve', ...process.argv.slice(2)], {
		env: { ...process.env, ...(pem ? { BENCH_PEM: JSON.stringify(pem) } : {}) },
	});
	const [port] = await once(server, 'message');
	const url = `${pem ? 'https' : 'http'}://127.0.0.1:${port}/`;
	await using session = createSession(pem ? { ca: pem.ca } : {});
	const cases = casesOf(session, url, pem);
	const names = wanted === '' ? Object.keys(cases) : wanted.split(';');
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
	let left = count;
	const worker = async () => {
		while (left-- > 0) await work();
	};
	await Promise.all(Array.from({ length: inFlight }, worker));
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
