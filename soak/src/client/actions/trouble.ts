import { failureName, Wrong } from '../failure.ts';
import { shown } from '../senders.ts';
import { type Action, expectBody, expectBytes, inAWord, someBody, someServer } from './action.ts';

/** Given to whatever may hang, milliseconds. */
const PATIENCE_MS = 3_000;
/** What mirrors send: byte i is `i & 0xff`. */
const mirrored = Buffer.from(Uint8Array.from({ length: 100_000 }, (_, index) => index & 0xff));
const endings = [
	'close',
	'goaway',
	'goaway?last=0',
	'reset',
	'destroy',
	'hang',
	'hang/body',
	'1xx',
	'trailers',
	'drip',
];

const cut: Action = {
	name: 'a server that cuts connections',
	weight: 60,
	run({ random, visitors, peers, waitMs }) {
		const send = random.of(Object.values(visitors.any(random).senders));
		const base = random.of([peers.chaos.h1, peers.chaos.h2]);
		const signal = AbortSignal.timeout(PATIENCE_MS + waitMs);
		const length = random.below(mirrored.length);
		const ending = random.of(endings);
		const work = async () => {
			if (random.once(2)) {
				const answer = await send({ url: `${base}/${ending}`, signal });
				for await (const _ of answer.body);
				return;
			}
			const answer = await send({ url: `${base}/bytes/${length}`, signal });
			if (answer.status !== 200) throw new Wrong(`status ${answer.status}`);
			await expectBytes(answer.body, mirrored.subarray(0, length));
		};
		return inAWord(work());
	},
};

const fault: Action = {
	name: 'a fault of the mirror',
	weight: 80,
	run({ random, visitors, peers }) {
		const visitor = visitors.any(random);
		const { url, isProxy } = random.of(peers.faults);
		const signal = AbortSignal.timeout(PATIENCE_MS);
		const work = async () => {
			if (isProxy) {
				await (await visitor.session.fetch(`${peers.steady.h2}/bytes/1/1`, { proxy: url, signal })).bytes();
				return;
			}
			const send = random.of(Object.values(visitor.senders));
			const body = random.once(4) ? mirrored.subarray(0, 10_000) : undefined;
			const answer = await send({ url: `${url}/path`, signal, ...(body ? { body } : {}) });
			for await (const _ of answer.body);
		};
		return inAWord(work());
	},
};

const proxy: Action = {
	name: 'a proxy that dies',
	weight: 50,
	run(scene) {
		const { random, visitors, peers } = scene;
		const wanted = someBody(random);
		const { url, wait } = someServer(scene, { h1: peers.abandoned.h1, h2: peers.abandoned.h2 });
		const work = visitors.any(random).session.fetch(`${url}/drip/${wanted.seed}/${wanted.length}?wait=${wait}`, {
			proxy: random.of([peers.proxies.http, peers.proxies.socks]),
		});
		return inAWord(work.then((response) => expectBody(shown(response), wanted)));
	},
};

const refused: Action = {
	name: 'nobody listens',
	weight: 10,
	async run({ random, visitors, peers }) {
		const visitor = visitors.any(random);
		const error = await visitor.session.fetch(peers.nobody).catch((reason: unknown) => reason);
		const name = failureName(error);
		if (name !== 'ERR_CONNECTION_REFUSED' && name !== 'ECONNREFUSED' && !visitor.isGone())
			throw new Wrong(`nobody listens, and it is ${name}`);
		return name ?? 'ok';
	},
};

/** Peers that misbehave: an answer that is right, or a failure that says why. */
export const trouble: readonly Action[] = [cut, fault, proxy, refused];
