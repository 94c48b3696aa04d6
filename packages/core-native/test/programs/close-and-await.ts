// Top-level await of close() must not end with "unsettled top-level await".
import { createTransport, get } from './common.ts';

const transport = createTransport();
console.log(await get(transport, '/hello'));
await transport.close();
console.log('closed');
