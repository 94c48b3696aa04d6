// Moves 200 MB and prints by how many MB the resident set grew above what the first 200 MB needed.
import { createTransport, open, request } from './common.ts';

const total = 200 * 1024 * 1024;
const way = process.argv[2];
const transport = createTransport();
let peak = 0;
await move();
const before = process.memoryUsage.rss();
peak = before;
await move();
console.log(((peak - before) / 1024 / 1024).toFixed(1));
await transport.close();

async function move(): Promise<void> {
	if (way === 'download') {
		const { exchange } = await open(transport, request('/download'));
		let received = 0;
		for (let piece = await exchange.read(); piece; piece = await exchange.read()) {
			received += piece.length;
			peak = Math.max(peak, process.memoryUsage.rss());
		}
		if (received !== total) throw new Error(`received ${received} bytes`);
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
	for (let sent = 0; sent < total; sent += 65_536) {
		await exchange.write(Buffer.alloc(65_536, 'x'));
		peak = Math.max(peak, process.memoryUsage.rss());
	}
	exchange.end();
	if ((await answer.promise) !== String(total)) throw new Error('the peer received another length');
}
