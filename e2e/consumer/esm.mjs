// What a user's first program does, with the installed packages.
import assert from 'node:assert/strict';
import { Worker } from 'node:worker_threads';
import { createSession, fetch, WebSocket, withSession } from 'wiretwin';
import { Impit } from 'wiretwin/impit';
import wreq from 'wiretwin/wreq-js';

const { url, ca } = JSON.parse(process.env.MIRROR);

assert.equal((await fetch(`${url}/echo`, { ca })).httpVersion, '2');
const session = createSession({ ca, browser: 'firefox' });
await (await session.fetch(`${url}/set-cookie?sid=42`)).text();
const echoed = await (await session.fetch(`${url}/echo`)).json();
assert.match(JSON.stringify(echoed), /Firefox/);
const state = JSON.stringify(await session.export());
await withSession(async (next) => assert.deepEqual(next.getCookies(url), session.getCookies(url)), {
	state,
});

const neighbour = await wreq.fetch(`${url}/echo`, { browser: 'chrome_142', insecure: true });
assert.match(await neighbour.text(), /Chrome\/142/);
const impit = new Impit({ browser: 'firefox144', ignoreTlsErrors: true });
assert.match(await (await impit.fetch(`${url}/echo`)).text(), /Firefox\/144/);

const socket = new WebSocket(`${url}/ws`, { session });
await new Promise((resolve, reject) => {
	socket.onopen = () => socket.send('over the wire');
	socket.onmessage = ({ data }) => socket.close(1000, data);
	socket.onerror = ({ error }) => reject(error);
	socket.onclose = ({ wasClean }) => (wasClean ? resolve() : reject(new Error('not clean')));
});

const threads = Array.from({ length: 3 }, () => {
	const worker = new Worker(new URL('worker.mjs', import.meta.url));
	return new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
});
assert.deepEqual(await Promise.all(threads), [200, 200, 200]);
await session.close();
console.log('ok');
