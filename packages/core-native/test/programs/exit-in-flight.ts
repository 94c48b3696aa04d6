// process.exit with exchanges in every state.
import { createTransport, open, request } from './common.ts';

const transport = createTransport();
const { exchange } = await open(transport, request('/endless'));
exchange.readAll().catch(() => {});
for (let index = 0; index < 50; index++) open(transport, request('/silent')).catch(() => {});
await exchange.read().catch(() => {});
setImmediate(() => process.exit(7));
