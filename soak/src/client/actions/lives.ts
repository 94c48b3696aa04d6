import { Worker } from 'node:worker_threads';
import { createSession, type Session } from 'wiretwin';
import { Wrong } from '../failure.ts';
import { shown } from '../senders.ts';
import { trusting } from '../visitors.ts';
import { type Action, expectBody, inAWord, type Scene, someBody, someServer } from './action.ts';

/** Workers at the same time: each is a heap and a start of Node. */
const MOST_WORKERS = 2;
/** Ways in which a worker ends, with its code. */
const ends = ['return', 'exit', 'throw', 'terminate'] as const;
export type WorkerOrder = { peers: Scene['peers']; seed: number; end: (typeof ends)[number] };
let workers = 0;

async function visit(scene: Scene, session: Session): Promise<void> {
	const wanted = someBody(scene.random);
	const { url, wait } = someServer(scene, scene.peers.steady);
	const response = await session.fetch(`${url}/bytes/${wanted.seed}/${wanted.length}?wait=${wait}`);
	await expectBody(shown(response), wanted);
}

const short: Action = {
	name: 'a session, closed',
	weight: 20,
	async run(scene) {
		await using session = createSession(trusting(scene.peers));
		await visit(scene, session);
		await visit(scene, session);
		return 'ok';
	},
};

const closedEarly: Action = {
	name: 'a session, closed under its requests',
	weight: 8,
	async run(scene) {
		const session = createSession(trusting(scene.peers));
		const visits = Array.from({ length: 5 }, () => inAWord(visit(scene, session)));
		await new Promise((resolve) => setTimeout(resolve, scene.random.below(scene.waitMs)));
		await session.close();
		const stats = session.transport.stats();
		if (stats.connections + stats.exchanges > 0) throw new Wrong(`left after close(): ${JSON.stringify(stats)}`);
		return [...new Set(await Promise.all(visits))].sort().join(' or ');
	},
};

const dropped: Action = {
	name: 'a session, dropped',
	weight: 5,
	async run(scene) {
		await visit(scene, createSession(trusting(scene.peers)));
		return 'ok';
	},
};

const moved: Action = {
	name: 'a state, taken elsewhere',
	weight: 4,
	async run(scene) {
		const stateKey = 'long enough, and nobody else has it';
		const options = { ...trusting(scene.peers), stateKey };
		await using session = createSession(options);
		await visit(scene, session);
		await using other = createSession({ ...options, state: await session.export() });
		await visit(scene, other);
		return 'ok';
	},
};

const archived: Action = {
	name: 'an archive',
	weight: 4,
	async run(scene) {
		await using session = createSession({ ...trusting(scene.peers), har: true });
		await visit(scene, session);
		const { entries } = session.har().log;
		if (entries.length !== 1) throw new Wrong(`${entries.length} entries`);
		return 'ok';
	},
};

const worker: Action = {
	name: 'a worker',
	weight: 1,
	async run({ peers, random }) {
		if (workers >= MOST_WORKERS) return 'enough of them';
		workers++;
		const end = random.of(ends);
		const workerData: WorkerOrder = { peers, seed: random.below(2 ** 31), end };
		const thread = new Worker(new URL('../worker.ts', import.meta.url), { workerData });
		const complaint = new Promise((resolve) => thread.once('error', resolve));
		if (end === 'terminate') thread.once('message', () => void thread.terminate());
		const code = await new Promise<number>((resolve) => thread.once('exit', resolve));
		workers--;
		if (end === 'throw') {
			const error = (await complaint) as Error;
			if (error.message !== 'on purpose') throw error;
		}
		const expected = { return: 0, exit: 7, throw: 1, terminate: 1 }[end];
		if (code !== expected) throw new Wrong(`a worker that should ${end} ended with ${code}`);
		return end;
	},
};

/** Sessions and threads that come and go. */
export const lives: readonly Action[] = [short, closedEarly, dropped, moved, archived, worker];
