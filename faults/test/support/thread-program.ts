// Runs in a worker thread: starts requests in every state and then ends in the way it is told to. See lifecycle.test.ts.
import { parentPort, workerData } from 'node:worker_threads';
import { createSession } from 'wiretwin';

const { ca, url, how } = workerData as { ca: string; url: string; how: 'exit' | 'throw' | 'terminate' };
const session = createSession({ ca });
for (let index = 0; index < 20; index++) session.fetch(url).catch(() => undefined);
const response = await session.fetch(`${url}/first`, { newConnection: true });
response.text().catch(() => undefined);
parentPort?.postMessage('running');
if (how === 'exit') process.exit(7);
if (how === 'throw') {
	setImmediate(() => {
		throw new Error('on purpose');
	});
}
