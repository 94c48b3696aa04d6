import { pattern } from '../../pattern.ts';
import type { Peers } from '../../plan.ts';
import type { Random } from '../../random.ts';
import { failureName, Wrong } from '../failure.ts';
import type { Answer } from '../senders.ts';
import type { Visitors } from '../visitors.ts';

/** What an action works with. */
export type Scene = {
	peers: Peers;
	random: Random;
	visitors: Visitors;
	/** How late an answer comes on average, milliseconds. */
	waitMs: number;
};

/** Something that a program does with a client. Resolves with how it ended; rejects where that must not be. */
export type Action = {
	name: string;
	/** How often, beside the others. */
	weight: number;
	run(scene: Scene): Promise<string>;
};

/** Which body: `seed` says what is in it. */
export type Wanted = { seed: number; length: number };

/** Most bodies are small, some are not. */
export function someBody(random: Random): Wanted {
	const longest = random.of([200, 2_000, 20_000, 20_000, 300_000]);
	return { seed: random.below(1_000), length: random.below(longest) };
}

/** One of the two protocols, with how late its answers come: over HTTP/1.1 the others wait for the connection. */
export function someServer(
	{ random, waitMs }: Scene,
	{ h1, h2, plain }: { h1: string; h2: string; plain?: string },
): { url: string; wait: number } {
	const wait = random.below(2 * waitMs);
	if (!random.once(3)) return { url: h2, wait };
	return { url: plain !== undefined && random.once(3) ? plain : h1, wait: Math.round(wait / 8) };
}

/** Reads a body to its end. @throws Wrong if it is another one than the server was asked for */
export async function expectBody(answer: Answer, { seed, length }: Wanted): Promise<void> {
	if (answer.status !== 200) throw new Wrong(`status ${answer.status}`);
	await expectBytes(answer.body, pattern(seed, length));
}

/** Reads a body to its end. @throws Wrong unless it is these bytes */
export async function expectBytes(body: AsyncIterable<Uint8Array>, expected: Uint8Array): Promise<void> {
	let at = 0;
	for await (const chunk of body) {
		const part = expected.subarray(at, at + chunk.length);
		if (Buffer.compare(part, chunk) !== 0) throw new Wrong(`other bytes behind the first ${at} of ${expected.length}`);
		at += chunk.length;
	}
	if (at !== expected.length) throw new Wrong(`${at} of ${expected.length} bytes`);
}

/** For what may fail: how it ended, in a word. What names no reason is passed on. */
export async function inAWord(work: Promise<unknown>): Promise<string> {
	try {
		await work;
		return 'ok';
	} catch (error) {
		const name = error instanceof Wrong ? undefined : failureName(error);
		if (name === undefined) throw error;
		return name;
	}
}

/** For what has to be answered, unless the visitor has been closed meanwhile. */
export async function unlessGone(visitor: { isGone(): boolean }, work: Promise<unknown>): Promise<string> {
	try {
		await work;
		return 'ok';
	} catch (error) {
		if (error instanceof Wrong || !visitor.isGone() || failureName(error) === undefined) throw error;
		return 'closed';
	}
}
