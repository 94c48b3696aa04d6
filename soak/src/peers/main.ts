// All peers, in a process of their own: what they need is not the client's. Told the seed as an argument; tells its addresses
// to its parent and lives as long as that.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { type Fault, faults, type Mirror, sharedAuthority, startFault, startMirror } from '@wiretwin/mirror';
import type { FaultAddress, Peers, PeersMessage } from '../plan.ts';
import { Random } from '../random.ts';
import { startProxies } from './proxies.ts';
import { startSteady } from './steady.ts';

/** Between two cuts of a mirror's connections. */
const CUT_MS = 7_000;
/** Between two times that all records are forgotten. */
const FORGET_MS = 5_000;
/** Floods and bombs end here: what they are worth is tested elsewhere, here they are company. */
const EXPANDED_BYTES = 1024 * 1024;

process.on('disconnect', () => process.exit(0));
process.on('unhandledRejection', (error) => console.error('peers:', error));

const identity = sharedAuthority().serverIdentity('trusted');
const random = new Random(Number(process.argv[2]));
const chaos = { h1: await startMirror({ protocols: ['http/1.1'] }), h2: await startMirror({ protocols: ['h2'] }) };
const sockets = {
	h1: await startMirror({ protocols: ['http/1.1'] }),
	h2: await startMirror({
		http2: {
			settings: [
				[3, 128],
				[8, 1],
			],
		},
	}),
};
const running: Fault[] = [];
for (const [id, { variants }] of Object.entries(faults)) {
	for (const variant of Object.keys(variants)) {
		running.push(await startFault(id, { variant, intervalMs: 100, expandedBytes: EXPANDED_BYTES }));
	}
}

setInterval(() => random.of([chaos.h1, chaos.h2]).destroyConnections(), CUT_MS);
setInterval(() => {
	for (const mirror of [...Object.values(chaos), ...Object.values(sockets)]) mirror.reset();
	// A fault that is rid of its connections plays its first one again.
	for (const fault of running) fault.log.connections.length = 0;
}, FORGET_MS);

function noteBadRequest(what: string): void {
	process.send?.({ type: 'bad request', what } satisfies PeersMessage);
}

/** Of a port that nobody listens on for as long as this process lives: the local end of a connection. */
async function closedUrl(): Promise<string> {
	const server = createServer().listen(0, '127.0.0.1');
	await once(server, 'listening');
	const holder = connect((server.address() as AddressInfo).port, '127.0.0.1');
	await once(holder, 'connect');
	return `http://127.0.0.1:${holder.localPort}`;
}

const urls = (mirrors: { h1: Mirror; h2: Mirror }) => ({ h1: mirrors.h1.url, h2: mirrors.h2.url });
const addressOf = ({ id, variant, url }: Fault): FaultAddress => ({
	name: `${id} ${variant}`,
	url,
	isProxy: !url.startsWith('https:'),
});
const peers: Peers = {
	ca: sharedAuthority().caPem,
	steady: await startSteady(identity, noteBadRequest),
	abandoned: await startSteady(identity, noteBadRequest),
	chaos: urls(chaos),
	sockets: urls(sockets),
	nobody: await closedUrl(),
	proxies: await startProxies(random),
	faults: running.map(addressOf),
};
process.send?.({ type: 'peers', peers } satisfies PeersMessage);
