// Requests that wait for a word about their peer and never get one: in workers that end, and here at the end.
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import type { NativePhaseEvent, NativeTransport } from '../../src/types.ts';
import { createTransport, get, request } from './common.ts';

const transport = createTransport();
if (isMainThread) {
	for (let round = 0; round < 5; round++) {
		const worker = new Worker(new URL(import.meta.url));
		await new Promise((resolve) => {
			worker.on('message', () => void worker.terminate());
			worker.on('exit', resolve);
		});
	}
	console.log(await get(transport, '/hello'));
	await hold(transport);
	console.log('held');
} else {
	await hold(transport);
	parentPort?.postMessage('held');
}

function hold(transport: NativeTransport): Promise<void> {
	return new Promise((resolve, reject) => {
		const onPhase = ({ type }: NativePhaseEvent) => type === 'held' && resolve();
		transport.exchange({ ...request('/held'), hold: true }, { onPhase, onHead: reject, onError: reject });
	});
}
