// Fetches a page and prints it.
import { createTransport, get } from './common.ts';

const transport = createTransport();
console.log(await get(transport, '/'));
await transport.close();
