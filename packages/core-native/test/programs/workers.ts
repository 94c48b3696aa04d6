// Workers that end in every way: by themselves, by process.exit with requests in flight, terminated in flight.
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { createTransport, get, open, request } from './common.ts';

const count = Number(process.argv[2]);

if (isMainThread) {
	const transport = createTransport();
	console.log(await get(transport, '/hello'));
	for (let started = 0; started < count; started += 10) {
		const codes = await Promise.all(Array.from({ length: 10 }, (_, index) => runWorker(started + index)));
		console.log(codes.join(' '));
	}
	console.log(await get(transport, '/hello'));
} else {
	const transport = createTransport();
	const way = workerData as string;
	if ((await get(transport, '/hello')) !== 'hello') throw new Error('wrong answer in a worker');
	if (way !== 'return') {
		const { exchange } = await open(transport, request('/endless'));
		exchange.readAll().catch(() => {});
		for (let index = 0; index < 10; index++) open(transport, request('/silent')).catch(() => {});
		await new Promise((resolve) => setImmediate(resolve));
		if (way === 'exit') process.exit(3);
		const { parentPort } = await import('node:worker_threads');
		parentPort?.postMessage('in flight');
	}
}

function runWorker(index: number): Promise<string> {
	const way = ['return', 'exit', 'terminate'][index % 3] ?? 'return';
	const worker = new Worker(new URL(import.meta.url), { workerData: way });
	return new Promise((resolve, reject) => {
		worker.on('message', () => void worker.terminate());
		worker.on('error', reject);
		worker.on('exit', (code) => resolve(`${way}:${code}`));
	});
}
