// A client process of its own, so that its memory is not mixed with the peers'. Started by drift.test.ts with
// --expose-gc; reads one plan as JSON from its arguments and prints the memory it kept as JSON.
import { createSession, type SessionOptions } from 'wiretwin';

/** What to repeat: `repeats` times to get warm, and as often in each of up to `rounds`, until one grows by less than `limit` bytes. */
export type Plan = {
	url: string;
	options: SessionOptions;
	repeats: number;
	rounds: number;
	limit: number;
	newSession: boolean;
};
/** Growth of the resident memory in each measured round, bytes; how often the failure had which code. */
export type Report = { growth: number[]; codes: Record<string, number>; connections: number };

const AT_ONCE = 10;
const plan = JSON.parse(process.argv[2] ?? '') as Plan;
const codes: Record<string, number> = {};

process.on('unhandledRejection', (error) => {
	throw error;
});

async function once(session = createSession(plan.options)): Promise<void> {
	const code = await session
		.fetch(plan.url)
		.then((response) => response.bytes())
		.then(
			() => 'none',
			(error: { code?: string }) => error.code ?? 'no code',
		);
	codes[code] = (codes[code] ?? 0) + 1;
	if (plan.newSession) await session.close();
}

async function repeat(times: number, session: ReturnType<typeof createSession> | undefined): Promise<void> {
	for (let done = 0; done < times; done += AT_ONCE) {
		await Promise.all(Array.from({ length: AT_ONCE }, () => once(session)));
	}
}

function residentMemory(): number {
	globalThis.gc?.();
	globalThis.gc?.();
	return process.memoryUsage.rss();
}

const shared = plan.newSession ? undefined : createSession(plan.options);
await repeat(plan.repeats, shared); // warm: code, caches and the allocator's arenas
const growth: number[] = [];
while (growth.length < plan.rounds && (growth.at(-1) ?? plan.limit) >= plan.limit) {
	const before = residentMemory();
	await repeat(plan.repeats, shared);
	growth.push(residentMemory() - before);
}
const report: Report = { growth, codes, connections: shared?.transport.stats().connections ?? 0 };
await shared?.close();
console.log(JSON.stringify(report));
