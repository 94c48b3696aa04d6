// One program for every platform and runtime: uses the installed packages against a mirror elsewhere and prints a line for
// each thing that works. It has to end by itself. `SMOKE` is what scripts/platforms/smoke-server.mjs says.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import process from 'node:process';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { createSession, fetch, WebSocket } from 'wiretwin';

const { ca, closed, h2, h1, untrusted } = JSON.parse(process.env.SMOKE);
const large = 3_000_000;
const pattern = Buffer.from(Uint8Array.from({ length: large }, (_, index) => index & 0xff & ((1 << 16) - 1)));
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const ok = (text) => isMainThread && console.log(`ok ${text}`);

async function use(name, url, version) {
	const session = createSession({ ca, browser: 'chrome' });
	const first = await session.fetch(`${url}/echo`);
	assert.equal(first.httpVersion, version);
	assert.match(JSON.stringify(await first.json()), /Chrome/);
	const many = await Promise.all(Array.from({ length: 50 }, () => session.fetch(`${url}/bytes/100`)));
	const sizes = await Promise.all(many.map(async (response) => (await response.arrayBuffer()).byteLength));
	assert.deepEqual(sizes, Array(50).fill(100));
	ok(`${name} 50 at once`);
	assert.equal(
		sha256(Buffer.from(await (await session.fetch(`${url}/bytes/${large}`)).arrayBuffer())),
		sha256(pattern),
	);
	let streamed = 0;
	for await (const chunk of (await session.fetch(`${url}/stream/${large}`)).body) streamed += chunk.length;
	assert.equal(streamed, large);
	ok(`${name} ${large} bytes down, whole and in pieces`);
	const up = await (await session.fetch(`${url}/upload`, { method: 'POST', body: pattern })).json();
	assert.deepEqual(up, { bytes: large, sha256: sha256(pattern) });
	ok(`${name} ${large} bytes up`);
	for (const coding of ['gzip', 'br', 'zstd', 'deflate']) {
		const { text } = await (await session.fetch(`${url}/${coding}`)).json();
		assert.equal(text, 'hello '.repeat(200));
	}
	ok(`${name} codings`);
	const abort = new AbortController();
	const pending = session.fetch(`${url}/hang`, { signal: abort.signal });
	setTimeout(() => abort.abort(), 20);
	await assert.rejects(pending, { name: 'AbortError' });
	ok(`${name} abort`);
	await session.close();
}

async function fails(name, code, url, options) {
	const error = await fetch(url, options).then(
		() => assert.fail(`${name}: no error`),
		(reason) => reason,
	);
	assert.equal(error.code ?? error.cause?.code, code, `${name}: ${error.stack}`);
	ok(`${name} is ${code}`);
}

async function talk() {
	const session = createSession({ ca });
	const socket = new WebSocket(`${h2}/ws`, { session });
	const said = await new Promise((resolve, reject) => {
		let data;
		socket.onopen = () => socket.send('over the wire');
		socket.onmessage = (event) => {
			data = event.data;
			socket.close(1000);
		};
		socket.onerror = ({ error }) => reject(error);
		socket.onclose = () => resolve(data);
	});
	assert.match(String(said), /over the wire/);
	await session.close();
	ok('WebSocket');
}

/** What the server has seen of each browser, without what is random; equal on every platform. */
async function hello() {
	for (const browser of ['chrome', 'firefox', 'safari']) {
		const { fingerprints, akamai } = await (await fetch(`${h2}/fingerprint`, { ca, browser })).json();
		const { ja4, ja4_r, ja3n } = fingerprints;
		console.log(`hello ${browser} ${JSON.stringify({ ja4, ja4_r, ja3n, akamai })}`);
	}
}

await use('h2', h2, '2');
await use('h1', h1, '1.1');
if (isMainThread) {
	await talk();
	await fails('an untrusted certificate', 'ERR_TLS_CERT_UNTRUSTED', `${untrusted}/echo`);
	await fails('one that the system does not know', 'ERR_TLS_CERT_UNTRUSTED', `${untrusted}/echo`, {
		trustStore: 'system',
	});
	await fails('a closed port', 'ERR_CONNECTION_REFUSED', closed);
	await fails('an unknown name', 'ERR_DNS_NOT_FOUND', 'https://nosuch.invalid/');
	await hello();
	await new Promise((resolve, reject) => {
		const worker = new Worker(new URL(import.meta.url));
		worker.once('message', resolve);
		worker.once('error', reject);
	});
	ok('a worker thread');
	const { bun, deno, node } = process.versions;
	console.log(`all ok: ${process.platform} ${process.arch} node ${node} bun ${bun ?? '-'} deno ${deno ?? '-'}`);
} else {
	parentPort.postMessage('done');
}
