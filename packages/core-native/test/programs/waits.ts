// Nothing but the exchange keeps this process alive until the slow answer is there.
import { createTransport, get } from './common.ts';

const transport = createTransport();
get(transport, '/later').then((body) => console.log(body));
