// usage: node worker.ts <name>; REDIS_PORT, STATE_KEY (32 random bytes as text, the same for all workers), SESSION_OPTIONS
// (JSON) in the environment. Ends with SIGTERM, after its jobs.
import { startWorker } from './visits.ts';

const [name = 'worker'] = process.argv.slice(2);
const connection = { host: '127.0.0.1', port: Number(process.env.REDIS_PORT) };
const stateKey = process.env.STATE_KEY;
const options = JSON.parse(process.env.SESSION_OPTIONS ?? '{}');
const worker = startWorker(name, connection, stateKey === undefined ? options : { ...options, stateKey });
process.once('SIGTERM', () => void worker.close());
await worker.waitUntilReady();
console.log('ready');
