// Workers that are terminated while the native half writes bodies to their memory.
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { createTransport, open, request } from './common.ts';

if (isMainThread) {
	for (let round = 0; round < 4; round++) {
		await Promise.all(
			Array.from({ length: 3 }, () => {
				const worker = new Worker(new URL(import.meta.url));
				return new Promise((resolve, reject) => {
					worker.on('message', () => void worker.terminate());
					worker.on('error', reject);
					worker.on('exit', resolve);
				});
			}),
		);
	}
	console.log('all are gone');
} else {
	const transport = createTransport();
	const opened = await Promise.all([1, 2, 3].map(() => open(transport, request('/long'))));
	for (const { exchange } of opened) exchange.readAll().catch(() => {});
	await new Promise((resolve) => setTimeout(resolve, 5));
	parentPort?.postMessage('in flight');
	setInterval(() => {}, 1000);
}
