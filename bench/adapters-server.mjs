// The server of adapters-cost.mjs: a small JSON answer. Tells its port to the process that started it.
import { createServer } from 'node:http';

const body = JSON.stringify({ hello: 'world', list: [1, 2, 3] });
const server = createServer((_, response) => response.setHeader('content-type', 'application/json').end(body));
server.listen(0, '127.0.0.1', () => process.send(server.address().port));
process.once('disconnect', () => process.exit(0));
