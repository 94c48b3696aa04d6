// A transport for each request and no close(): sockets have to stay bounded by garbage collection alone.
import { createTransport, get } from './common.ts';

const total = Number(process.argv[2]);
for (let index = 0; index < total; index++) await get(createTransport(), '/hello');
console.log('done');
