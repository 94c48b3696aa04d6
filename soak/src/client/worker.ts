// A thread that comes, visits and goes in the way it is told, mostly with requests under way.
import { parentPort, workerData } from 'node:worker_threads';
import { createSession } from 'wiretwin';
import { Random } from '../random.ts';
import { expectBody, someBody } from './actions/action.ts';
import type { WorkerOrder } from './actions/lives.ts';
import { shown } from './senders.ts';
import { trusting } from './visitors.ts';

const { peers, seed, end } = workerData as WorkerOrder;
const random = new Random(seed);
const session = createSession(trusting(peers));

async function visit(): Promise<void> {
	const wanted = someBody(random);
	const server = random.of([peers.steady.h1, peers.steady.h2]);
	const response = await session.fetch(`${server}/bytes/${wanted.seed}/${wanted.length}?wait=50`);
	await expectBody(shown(response), wanted);
}

await Promise.all([visit(), visit(), visit()]);
for (let index = 0; index < 10; index++) {
	session
		.fetch(`${peers.abandoned.h2}/drip/1/10000?wait=1000`)
		.then(
			(response) => response.bytes(),
			() => undefined,
		)
		.catch(() => undefined);
}
await visit();
// Its requests may be over before it is terminated.
if (end === 'terminate') setInterval(() => undefined, 1_000);
parentPort?.postMessage('visited');
if (end === 'exit') process.exit(7);
if (end === 'throw') throw new Error('on purpose');
if (end === 'return') await session.close();
