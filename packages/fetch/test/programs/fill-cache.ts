/**
 * Keeps, reads, removes and clears answers in a folder until it is killed or has done so often enough; says when it has begun. What
 * it reads has to be what somebody wrote.
 */
import { fileCache } from '../../src/file-cache/index.ts';
import { decodeAnswer, encodeAnswer } from '../../src/memory/http-cache/answer-codec.ts';

const [folder = '', maxBytes = '', rounds = '', seed = ''] = process.argv.slice(2);
const store = fileCache(folder, { maxBytes: Number(maxBytes) });
const http = { status: 200, reason: '', httpVersion: '2', varied: undefined, freshUntil: 1, staleUntil: 0 } as const;
/** Different each time, and all of it of one letter. */
const answer = (round: number) => {
	const body = Buffer.alloc(2000 + ((round * 7919) % 60_000), 97 + (round % 26));
	return { ...http, rawHeaders: ['x-round', String(round)], body };
};

for (let round = Number(seed); round < Number(seed) + Number(rounds); round++) {
	const key = `https://host${round % 7}.example site https://host${round % 7}.example/${round % 3}`;
	await store.set(key, encodeAnswer(key, answer(round)));
	const bytes = await store.get(key);
	if (bytes && decodeAnswer(key, bytes) === undefined) throw new Error(`${key} is damaged`);
	if (round % 5 === 0) await store.delete(key);
	if (round % 41 === 0) await store.clear('https://host1.example');
	if (round === Number(seed) + 8) process.stdout.write('begun\n');
}
process.stdout.write('done\n');
