// A signal that fires between the last byte of an answer and its end: Node's request destroys its socket with the reason and
// then lets go of it, so that nobody is left to hear the error of that socket.
import { get } from 'node:https';
import { startSessionSite } from '@wiretwin/adapter-conformance';
import { expect, test } from 'vitest';
import { wiretwinAgent } from '../src/index.ts';

/** Places in the turn in which the last piece is read. */
const moments: Record<string, (abort: () => void) => void> = {
	'at once': (abort) => abort(),
	'in a microtask': (abort) => queueMicrotask(abort),
	'in the next tick': (abort) => process.nextTick(abort),
	'behind that': (abort) => setImmediate(abort),
};

for (const [name, at] of Object.entries(moments)) {
	test(`C08 an abort ${name} of the last piece is no error that nobody can handle`, async () => {
		await using site = await startSessionSite();
		const agent = wiretwinAgent(site.session);
		const stray: unknown[] = [];
		const note = (error: unknown) => stray.push(error);
		process.on('uncaughtException', note);
		for (const length of [0, 1, 70_000]) {
			const stop = new AbortController();
			await new Promise<void>((resolve) => {
				const sent = get(site.at(`/bytes/${length}`), { agent, signal: stop.signal }, (response) => {
					const body = response[Symbol.asyncIterator]();
					const read = async (): Promise<void> => {
						let left = length;
						while (left > 0) left -= ((await body.next()).value as Buffer).length;
						at(() => stop.abort());
						await body.next();
					};
					read().catch(() => undefined);
				});
				sent.on('error', () => undefined).on('close', resolve);
			});
		}
		await new Promise(setImmediate);
		process.off('uncaughtException', note);
		expect(stray).toEqual([]);
	});
}
