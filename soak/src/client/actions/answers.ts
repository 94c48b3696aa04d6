import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { fetch } from 'wiretwin';
import { pattern } from '../../pattern.ts';
import { Wrong } from '../failure.ts';
import { type Answer, following, shown } from '../senders.ts';
import { trusting, withWreq } from '../visitors.ts';
import { type Action, expectBody, type Scene, someBody, someServer, unlessGone } from './action.ts';

const pieces = 7;

/** `/bytes/...` and its like on one of the servers that behave. */
function target(scene: Scene, route: string) {
	const wanted = someBody(scene.random);
	const { url, wait } = someServer(scene, scene.peers.steady);
	return { wanted, url: `${url}/${route}/${wanted.seed}/${wanted.length}?wait=${wait}` };
}

const read: Action = {
	name: 'read',
	weight: 300,
	run(scene) {
		const visitor = scene.visitors.any(scene.random);
		const { wanted, url } = target(scene, 'bytes');
		const send = scene.random.of(Object.values(visitor.senders));
		return unlessGone(
			visitor,
			send({ url }).then((answer) => expectBody(answer, wanted)),
		);
	},
};

const drip: Action = {
	name: 'slow body',
	weight: 50,
	run(scene) {
		const visitor = scene.visitors.any(scene.random);
		const { wanted, url } = target(scene, 'drip');
		const send = scene.random.of(Object.values(visitor.senders));
		return unlessGone(
			visitor,
			send({ url }).then((answer) => expectBody(answer, wanted)),
		);
	},
};

const coded: Action = {
	name: 'compressed body',
	weight: 60,
	run(scene) {
		const visitor = scene.visitors.any(scene.random);
		const wanted = { seed: scene.random.below(4), length: scene.random.of([10, 10_000, 200_000]) };
		const { url, wait } = someServer(scene, { ...scene.peers.steady, plain: scene.peers.steady.h1 });
		const path = `${scene.random.of(['gzip', 'br', 'zstd'])}/${wanted.seed}/${wanted.length}`;
		const work = visitor.session.fetch(`${url}/${path}?wait=${wait}`, { kind: 'fetch' });
		return unlessGone(
			visitor,
			work.then((response) => expectBody(shown(response), wanted)),
		);
	},
};

const post: Action = {
	name: 'upload',
	weight: 120,
	run(scene) {
		const { random } = scene;
		const visitor = scene.visitors.any(random);
		const wanted = someBody(random);
		const bytes = pattern(wanted.seed, wanted.length);
		const { url, wait } = someServer(scene, scene.peers.steady);
		const [name = '', send] = random.of(Object.entries(visitor.senders));
		// undici's fetch sends generators only where a stream may be sent, and http of browsers is no such place.
		const body = random.once(3) && !name.includes('undici') ? inPieces(bytes) : bytes;
		const work = async () => {
			const answer = await send?.({ url: `${url}/digest/${wanted.seed}?wait=${wait}`, body });
			if (answer?.status !== 200) throw new Wrong(`status ${answer?.status}`);
			const got = await digestIn(answer);
			const expected = createHash('sha256').update(bytes).digest('hex');
			if (got.bytes !== bytes.length || got.sha256 !== expected)
				throw new Wrong(`${got.bytes} of ${bytes.length} bytes`);
		};
		return unlessGone(visitor, work());
	},
};

async function digestIn(answer: Answer): Promise<{ bytes: number; sha256: string }> {
	return JSON.parse((await buffer(answer.body)).toString('utf8')) as { bytes: number; sha256: string };
}

async function* inPieces(bytes: Buffer): AsyncGenerator<Buffer> {
	const size = Math.ceil(bytes.length / pieces);
	for (let at = 0; at < bytes.length; at += size) {
		await new Promise(setImmediate);
		yield bytes.subarray(at, at + size);
	}
}

const redirects: Action = {
	name: 'redirects',
	weight: 60,
	run(scene) {
		const { random, peers } = scene;
		const visitor = scene.visitors.any(random);
		const wanted = someBody(random);
		const { url } = someServer(scene, peers.steady);
		const { h1, h2 } = peers.steady;
		const to = `${random.of([h1, h2])}/bytes/${wanted.seed}/${wanted.length}`;
		const way = new URLSearchParams({ to, left: String(random.below(4)), status: random.of(['301', '302', '303']) });
		const name = random.of([...following]);
		const work = async () => {
			const answer = await visitor.senders[name]?.({ url: `${url}/hop?${way}`, follow: true });
			if (answer) await expectBody(answer, wanted);
		};
		return unlessGone(visitor, work());
	},
};

const oneShot: Action = {
	name: 'fetch without a session',
	weight: 20,
	async run(scene) {
		const { wanted, url } = target(scene, 'bytes');
		await expectBody(shown(await fetch(url, { ...trusting(scene.peers) })), wanted);
		return 'ok';
	},
};

const neighbours: Action = {
	name: 'impit',
	weight: 20,
	async run(scene) {
		const { wanted, url } = target(scene, 'bytes');
		const send = scene.random.of(Object.values(scene.visitors.neighbours));
		await expectBody(await send({ url }), wanted);
		return 'ok';
	},
};

const wreq: Action = {
	name: 'wreq-js',
	weight: 10,
	async run(scene) {
		const { wanted, url } = target(scene, 'bytes');
		await withWreq(async (send) => expectBody(await send({ url }), wanted));
		return 'ok';
	},
};

/** Everything that has to be answered. */
export const answers: readonly Action[] = [read, drip, coded, post, redirects, oneShot, neighbours, wreq];
