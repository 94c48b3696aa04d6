import { setTimeout as delay } from 'node:timers/promises';
import { pattern } from '../../pattern.ts';
import type { Sender } from '../senders.ts';
import { type Action, expectBody, inAWord, type Scene, someBody, someServer, type Wanted } from './action.ts';

type Given = { scene: Scene; sender: string; send: Sender; base: string; wait: number; wanted: Wanted };

/** It gives whole bodies only, so a piece, or a head without its body, never comes. */
const WHOLE = 'Crawlee request';
const FORGETTING = 'by forgetting it';
/** Their answers may be dropped; Node's own client and undici's `request` ask for every answer to be read. */
const forgetful: readonly string[] = ['fetch', 'ky', 'undici fetch', 'Crawlee stream'];
/** Bytes of a body that an upload consists of. */
const piece = 10_000;

const url = ({ base, wait, wanted }: Given, route: string) =>
	`${base}/${route}/${wanted.seed}/${wanted.length}?wait=${wait}`;

/** Aborts after so many milliseconds; whatever came before that has to be right. */
async function abortedAfter(given: Given, milliseconds: number, route = 'bytes'): Promise<void> {
	const stop = new AbortController();
	const clock = setTimeout(() => stop.abort(), milliseconds);
	try {
		await expectBody(await given.send({ url: url(given, route), signal: stop.signal }), given.wanted);
	} finally {
		clearTimeout(clock);
	}
}

/** undici's fetch, over any dispatcher as Node's own, goes on reading for ever a source that it waits for when it is aborted or fails. */
const READING_ON = 'undici fetch';

/** The source of an upload. It is told to end, or sees to that at the signal that it is given. */
async function* endlessly(breaks: boolean, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
	for (let sent = 0; !signal?.aborted; sent++) {
		await delay(20);
		if (breaks && sent === 5) throw Object.assign(new Error('the source broke'), { code: 'ERR_SOURCE_BROKE' });
		yield pattern(sent, piece);
	}
}

/** Ways to give a request up, by when that is. */
const ways: Readonly<Record<string, (given: Given) => Promise<void>>> = {
	async 'before it begins'(given) {
		await expectBody(await given.send({ url: url(given, 'bytes'), signal: AbortSignal.abort() }), given.wanted);
	},
	async 'in the turn of the call'(given) {
		const stop = new AbortController();
		const answer = given.send({ url: url(given, 'bytes'), signal: stop.signal });
		stop.abort();
		await expectBody(await answer, given.wanted);
	},
	'while it connects': (given) => abortedAfter(given, given.scene.random.below(20)),
	'while it waits': (given) => abortedAfter(given, given.scene.random.below(given.wait + 1)),
	'while its body comes': (given) => abortedAfter(given, given.wait + given.scene.random.below(given.wait + 1), 'drip'),
	async 'at its head'(given) {
		const stop = new AbortController();
		const answer = await given.send({ url: url(given, 'drip'), signal: stop.signal });
		stop.abort();
		await expectBody(answer, given.wanted);
	},
	async 'at a piece of its body'(given) {
		const stop = new AbortController();
		const answer = await given.send({ url: url(given, 'drip'), signal: stop.signal });
		for await (const _ of answer.body) stop.abort();
	},
	async 'by reading no further'(given) {
		const answer = await given.send({ url: url(given, 'drip') });
		for await (const _ of answer.body) break;
	},
	async [FORGETTING](given) {
		await given.send({ url: url(given, 'drip') });
	},
	async 'when it is over'(given) {
		const stop = new AbortController();
		await expectBody(await given.send({ url: url(given, 'bytes'), signal: stop.signal }), given.wanted);
		stop.abort();
	},
	async 'in its upload'(given) {
		const stop = new AbortController();
		const clock = setTimeout(() => stop.abort(), given.scene.random.below(400));
		const body = endlessly(false, given.sender === READING_ON ? stop.signal : undefined);
		try {
			await given.send({ url: `${given.base}/digest/1`, body, signal: stop.signal });
		} finally {
			clearTimeout(clock);
			// A request that failed by itself is as over as one that was aborted.
			stop.abort();
		}
	},
	async 'by the source of its upload'(given) {
		await given.send({ url: `${given.base}/digest/1`, body: endlessly(true) });
	},
};

/** Requests that are given up, in every phase, through every adapter. */
export const aborts: readonly Action[] = Object.entries(ways).map(([name, way]) => ({
	name: `given up ${name}`,
	weight: 16,
	run(scene) {
		const { random, peers } = scene;
		const visitor = scene.visitors.any(random);
		const { url: base, wait } = someServer(scene, peers.abandoned);
		const able = name === FORGETTING ? forgetful : Object.keys(visitor.senders);
		const sender = random.of(able.filter((each) => each !== WHOLE));
		const send = visitor.senders[sender] as Sender;
		const wanted = someBody(random);
		return inAWord(way({ scene, sender, send, base, wait, wanted }));
	},
}));
