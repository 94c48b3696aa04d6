// usage: node worker.ts <name>; REDIS_PORT, SESSION_OPTIONS (JSON) in the environment. Ends with SIGTERM, after its jobs.
import { startWorker } from './visits.ts';

const [name = 'worker'] = process.argv.slice(2);
const connection = { host: '127.0.0.1', port: Number(process.env.REDIS_PORT) };
const worker = startWorker(name, connection, JSON.parse(process.env.SESSION_OPTIONS ?? '{}'));
process.once('SIGTERM', () => void worker.close());
await worker.waitUntilReady();
console.log('ready');
