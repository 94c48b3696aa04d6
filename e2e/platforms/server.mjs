// What e2e/platforms/smoke.mjs talks to, in a Node of the machine's own; prints where, ends when its input ends.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { startMirror } from '@wiretwin/mirror';

const h2 = await startMirror();
const h1 = await startMirror({ protocols: ['http/1.1'] });
const untrusted = await startMirror({ certificate: 'unknown-authority' });
const [at2, at1, not] = [h2, h1, untrusted].map((mirror) => mirror.urlFor('localhost'));
// A port that was free a moment ago.
const closing = createServer().listen(0, '127.0.0.1');
await once(closing, 'listening');
const closed = `https://127.0.0.1:${closing.address().port}/`;
closing.close();
console.log(JSON.stringify({ closed, ca: h2.caPem, h2: at2, h1: at1, untrusted: not }));
process.stdin.resume().on('end', () => process.exit());
