// Every other package, once.
import assert from 'node:assert/strict';
import https from 'node:https';
import process from 'node:process';
import { createGot } from '@wiretwin/got-adapter';
import { wiretwinAgent } from '@wiretwin/http-agent';
import { createKy } from '@wiretwin/ky-adapter';
import { startMirror } from '@wiretwin/mirror';
import { getProfiles } from '@wiretwin/profiles';
import { wiretwinDispatcher } from '@wiretwin/undici-dispatcher';
import { request } from 'undici';
import { createSession } from 'wiretwin';

const { url, ca } = JSON.parse(process.env.MIRROR);
const session = createSession({ ca });
const agent = wiretwinAgent(session);
const answer = await new Promise((resolve, reject) => https.get(`${url}/echo`, { agent }, resolve).on('error', reject));
// The runtime's own client would have come over HTTP/1.1.
assert.equal(JSON.parse(Buffer.concat(await answer.toArray())).protocol, 'h2');
if (process.versions.bun) {
	assert.throws(() => wiretwinDispatcher(session), { code: 'UND_ERR_NOT_SUPPORTED' });
} else {
	const { body } = await request(`${url}/echo`, { dispatcher: wiretwinDispatcher(session) });
	assert.equal((await body.json()).protocol, 'h2');
}
assert.equal((await createGot(session)(`${url}/echo`).json()).protocol, 'h2');
assert.equal((await createKy(session)(`${url}/echo`).json()).protocol, 'h2');
const mirror = await startMirror();
assert.match(mirror.url, /^https:/);
await mirror.close();
assert.ok(getProfiles().length > 0);
await session.close();
console.log('ok');
