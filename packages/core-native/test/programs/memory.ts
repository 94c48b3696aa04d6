// Moves 200 MB, in the first body of this process or in bodies of 1 MB that are read whole, and prints by how many MB the resident
// set grew meanwhile. With --expose-gc a download is collected as it goes, so that what is left is what somebody holds.
import { setImmediate } from 'node:timers/promises';
import { createTransport, open, request } from './common.ts';

const total = 200 * 1024 * 1024;
/** Small beside what is measured, and a full collection of this program takes milliseconds. */
const betweenCollections = 4 * 1024 * 1024;
const way = process.argv[2];
const { gc } = globalThis as { gc?: () => void };
const transport = createTransport();
// One small exchange first: what the engine and its thread need once is not the body's.
const { exchange: first } = await open(transport, request('/'));
await first.readAll();
const before = process.memoryUsage.rss();
let peak = before;
await move();
console.log(((peak - before) / 1024 / 1024).toFixed(1));
await transport.close();

async function move(): Promise<void> {
	if (way === 'download') {
		const { exchange } = await open(transport, request('/download'));
		let received = 0;
		let collectAt = betweenCollections;
		for (let piece = await exchange.read(); piece; piece = await exchange.read()) {
			received += piece.length;
			peak = Math.max(peak, process.memoryUsage.rss());
			if (!gc || received < collectAt) continue;
			collectAt += betweenCollections;
			gc();
			await setImmediate(); // what was collected is given back between turns
		}
		if (received !== total) throw new Error(`received ${received} bytes`);
		return;
	}
	if (way === 'whole') {
		for (let received = 0; received < total; ) {
			const { exchange } = await open(transport, request('/megabyte'));
			received += (await exchange.readAll()).length;
			peak = Math.max(peak, process.memoryUsage.rss());
		}
		return;
	}
	const answer = Promise.withResolvers<string>();
	const upload = request('/upload', {
		method: 'POST',
		headers: ['content-length', String(total)],
		body: 'stream',
		contentLength: total,
	});
	const exchange = transport.exchange(upload, {
		onHead: () => {
			exchange.readAll().then((body) => answer.resolve(Buffer.from(body).toString()), answer.reject);
		},
		onError: answer.reject,
	});
	// One piece again and again, so that only what we make is counted, or each made anew, as most producers do.
	const same = way === 'upload' ? new Uint8Array(65_536) : undefined;
	for (let sent = 0; sent < total; sent += 65_536) {
		await exchange.write(same ?? new Uint8Array(65_536));
		peak = Math.max(peak, process.memoryUsage.rss());
	}
	exchange.end();
	if ((await answer.promise) !== String(total)) throw new Error('the peer received another length');
}
