// Reads 64 MB of a body that is always there already, and prints how many MB of it came in one turn of the event loop, at most.
import { createTransport, open, request } from './common.ts';

const total = 64 * 1024 * 1024;
const transport = createTransport();
const { exchange } = await open(transport, request('/endless'));
let most = 0;
let inTurn = 0;
let next = setImmediate(function begin() {
	inTurn = 0;
	next = setImmediate(begin);
});
for (let received = 0; received < total; ) {
	const piece = await exchange.read();
	if (!piece) throw new Error(`the body ended after ${received} bytes`);
	received += piece.length;
	inTurn += piece.length;
	most = Math.max(most, inTurn);
	// A caller who does something with it: meanwhile the next piece arrives.
	for (const until = performance.now() + 1; performance.now() < until; );
}
clearImmediate(next);
console.log((most / 1024 / 1024).toFixed(2));
exchange.abort();
await transport.close();
