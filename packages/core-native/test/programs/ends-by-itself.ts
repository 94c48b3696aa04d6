// Leaves a transport with an idle connection behind, and a body that nobody reads: neither may keep the process.
import { createTransport, get, open, request } from './common.ts';

const transport = createTransport();
console.log(await get(transport, '/hello'));
const { head } = await open(transport, request('/endless'));
console.log(head.status);
