// The client's process: does what the plan says and tells its parent what it sees.
import type { ClientMessage, Peers, Plan } from '../plan.ts';
import { Random } from '../random.ts';
import { aborts } from './actions/aborts.ts';
import { answers } from './actions/answers.ts';
import { lives } from './actions/lives.ts';
import { sockets } from './actions/sockets.ts';
import { trouble } from './actions/trouble.ts';
import { Crowd } from './crowd.ts';
import { described } from './failure.ts';
import { Sampler } from './sampler.ts';
import { Visitors } from './visitors.ts';

/** Between two looks under load, milliseconds. */
const LOOK_MS = 1_000;
/** Between two visitors that are replaced, milliseconds. */
const REPLACE_MS = 6_000;
/** What takes longer while all others have ended is named, milliseconds. */
const SLOW_MS = 20_000;
/** Open requests that are named. */
const MOST_NAMED = 5;
/** Findings that are told; the rest would say the same. */
const MOST_FINDINGS = 200;
/**
 * Given to exchanges to be over when the last action is (their ends cross threads, and forgotten ones are collected), and to
 * connections that nobody uses, milliseconds.
 */
const SETTLING_MS = 15_000;

const { plan, peers } = JSON.parse(process.argv[2] ?? '') as { plan: Plan; peers: Peers };
const tell = (message: ClientMessage) => process.send?.(message);
let findings = 0;
const report = (action: string, what: string) => {
	if (findings++ < MOST_FINDINGS) tell({ type: 'finding', finding: { at: sampler.now, action, what } });
};

const orphaned = () => process.exit(1);
process.on('disconnect', orphaned);
process.on('unhandledRejection', (error) => report('unhandled rejection', described(error)));
process.on('uncaughtException', (error) => report('uncaught exception', `${described(error)} ${error.stack}`));

const random = new Random(plan.seed);
const visitors = new Visitors(peers);
const scene = { peers, random, visitors, waitMs: plan.waitMs };
const crowd = new Crowd(scene, [...answers, ...aborts, ...trouble, ...sockets, ...lives], plan.inFlight, report);
const sampler = new Sampler(() => ({ ...visitors.stats(), inFlight: crowd.inFlight, done: crowd.done }));

let looking: NodeJS.Timeout | undefined;
let replacing: NodeJS.Timeout | undefined;
function work(): void {
	crowd.go();
	looking = setInterval(() => {
		const sample = sampler.underLoad();
		crowd.adapt(sample.delayMedian);
		tell({ type: 'sample', sample });
	}, LOOK_MS);
	replacing = setInterval(() => void visitors.replace(random), Math.min(REPLACE_MS, plan.roundMs / 2));
}

async function rest(): Promise<void> {
	const complaining = setInterval(() => {
		const slow = crowd.slow(SLOW_MS);
		if (slow.length === 0) return;
		console.log(`a rest waits for ${slow.length}: ${[...new Set(slow)].join('; ')}`);
		console.log(`of the requests that are open: ${visitors.open.slice(0, MOST_NAMED).join(', ')}`);
	}, SLOW_MS);
	for (const name of await crowd.rest()) report(name, 'hangs');
	clearInterval(complaining);
	clearInterval(looking);
	clearInterval(replacing);
	const patience = sampler.now + SETTLING_MS;
	// A connection kept is memory too, and how many there are tells what the last seconds were like.
	const isSettled = ({ connections, exchanges } = visitors.stats()) => connections + exchanges === 0;
	while (!isSettled() && sampler.now < patience) await sampler.collect();
	const last = await sampler.atRest();
	if (last.exchanges > 0) report('rest', `${last.exchanges} exchanges have not ended: ${visitors.open.join(', ')}`);
	tell({ type: 'sample', sample: last });
}

const end = performance.now() + plan.durationMs;
while (performance.now() < end) {
	work();
	await new Promise((resolve) => setTimeout(resolve, Math.max(1, Math.min(plan.roundMs, end - performance.now()))));
	await rest();
}
await visitors.close();
const left = visitors.stats();
if (left.connections + left.exchanges > 0) report('close()', `left: ${JSON.stringify(left)}`);
process.off('disconnect', orphaned);
tell({ type: 'end', tally: crowd.tally, left: process.getActiveResourcesInfo() });
