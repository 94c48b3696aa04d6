import { X509Certificate } from 'node:crypto';
import { sharedAuthority } from '@wiretwin/mirror';
import { expect, test } from 'vitest';
import type { NativeAcquired, NativeExchange, NativePhaseEvent, NativeRequest, NativeTransport } from '../src/types.ts';
import { collectUntil } from './support/garbage.ts';
import { type PeerKind, requestTo, startPeer } from './support/peers.ts';
import { createTransport, failureOf, run, start } from './support/run.ts';

const secure = ['https1', 'h2'] as const satisfies PeerKind[];
const leaf = new X509Certificate(sharedAuthority().serverIdentity('trusted').certificatePem);
const root = new X509Certificate(sharedAuthority().caPem);

/** Starts a held exchange; resolves with the question once it comes. */
function startHeld(transport: NativeTransport, request: NativeRequest) {
	const held = Promise.withResolvers<NativeAcquired>();
	const head = Promise.withResolvers<number>();
	const events: string[] = [];
	const exchange = transport.exchange(
		{ ...request, hold: true },
		{
			onPhase: (event: NativePhaseEvent) => {
				events.push(event.type);
				if (event.type === 'held') held.resolve(event);
			},
			onHead: ({ status }) => head.resolve(status),
			onError: (error) => {
				held.reject(error);
				head.reject(error);
			},
		},
	);
	head.promise.catch(() => {});
	held.promise.catch(() => {});
	return { exchange, held: held.promise, status: head.promise, events };
}

test.each(secure)(
	'%s: the certificates of the peer are there for who asks, also after the connection',
	async (kind) => {
		await using peer = await startPeer(kind, (_, response) => response.end('x'));
		const transport = createTransport();
		const { head, started } = await run(transport, peer.request('/', { phases: true }));
		await transport.close();
		const secured = started.phases.filter((event) => event.type === 'secureConnect' || event.type === 'acquired');
		for (const tls of [head.tls, ...secured.map((event) => event.tls)]) {
			expect(tls?.peerCertificates().map((der) => Buffer.from(der))).toEqual([leaf.raw, root.raw]);
		}
		expect(JSON.parse(JSON.stringify(head.tls))).not.toHaveProperty('peerCertificates');
	},
);

test.each(secure)(
	'%s: a held request waits for confirm(), and abort() leaves the server without a byte',
	async (kind) => {
		const seen: string[] = [];
		await using peer = await startPeer(kind, (request, response) => {
			seen.push(request.url ?? '');
			response.end('x');
		});
		await using transport = createTransport();
		for (const turn of ['new', 'again']) {
			const refused = startHeld(transport, peer.request('/refused', { method: 'POST', body: Buffer.from('secret') }));
			expect((await refused.held).tls?.verified).toBe(true);
			refused.exchange.abort();
			expect((await failureOf(refused.status)).code).toBe('ERR_ABORTED');
			const welcome = startHeld(transport, peer.request(`/${turn}`));
			const question = await welcome.held;
			expect(question).toMatchObject({ reused: turn !== 'new', remotePort: peer.port });
			expect(Buffer.from(question.tls?.peerCertificates()[0] ?? [])).toEqual(leaf.raw);
			welcome.exchange.confirm();
			welcome.exchange.confirm();
			expect(await welcome.status).toBe(200);
			// Without `phases` the question is all that is told.
			expect(welcome.events).toEqual(['held']);
			await welcome.exchange.readAll();
		}
		expect([seen, peer.sockets]).toEqual([['/new', '/again'], 1]);
	},
);

test('phases of a held request: "acquired" and "sent" come after confirm()', async () => {
	await using peer = await startPeer('h2', (_, response) => response.end('x'));
	await using transport = createTransport();
	const { exchange, held, status, events } = startHeld(transport, peer.request('/', { phases: true }));
	await held;
	expect(events).toEqual(['lookup', 'connect', 'secureConnect', 'held']);
	exchange.confirm();
	await status;
	expect(events.slice(4)).toEqual(['acquired', 'sent']);
});

test('a streamed body that is written while held is sent after confirm()', async () => {
	await using peer = await startPeer('h2', async (request, response) => {
		let text = '';
		for await (const chunk of request) text += chunk;
		response.end(text);
	});
	await using transport = createTransport();
	const { exchange, held, status } = startHeld(transport, peer.request('/', { method: 'PUT', body: 'stream' }));
	const first = exchange.write(Buffer.from('early '));
	await held;
	await exchange.write(Buffer.from('late'));
	exchange.end();
	exchange.confirm();
	await first;
	expect(await status).toBe(200);
	expect(Buffer.from(await exchange.readAll()).toString()).toBe('early late');
});

test.each(['tls', 'total'] as const)('the limit "%s" ends a held exchange', async (name) => {
	await using peer = await startPeer('https1', (_, response) => response.end('x'));
	await using transport = createTransport();
	const { held, status } = startHeld(transport, peer.request('/', { timeouts: { [name]: 500 } }));
	await held;
	expect((await failureOf(status)).code).toBe(`ERR_TIMEOUT_${name.toUpperCase()}`);
	expect(transport.stats().exchanges).toBe(0);
});

test('closing the transport ends a held exchange; a late confirm() is harmless', async () => {
	await using peer = await startPeer('h2', (_, response) => response.end('x'));
	const transport = createTransport();
	const { exchange, held, status } = startHeld(transport, peer.request('/'));
	await held;
	await transport.close();
	expect((await failureOf(status)).code).toBe('ERR_SESSION_CLOSED');
	exchange.confirm();
	expect(transport.stats()).toEqual({ connections: 0, exchanges: 0 });
});

test('a held exchange that nobody can confirm any more is collected and aborted', async () => {
	const seen: string[] = [];
	await using peer = await startPeer('https1', (request, response) => {
		seen.push(request.url ?? '');
		response.end('x');
	});
	await using transport = createTransport();
	await (async () => {
		const { held } = startHeld(transport, peer.request('/forgotten'));
		await held;
	})();
	expect(transport.stats().exchanges).toBe(1);
	await collectUntil(() => transport.stats().exchanges === 0);
	await run(transport, peer.request('/'));
	expect([seen, peer.sockets]).toEqual([['/'], 1]);
});

test('on plain http a held request waits for its connection, and has no certificates to show', async () => {
	await using peer = await startPeer('http1', (_, response) => response.end('x'));
	await using transport = createTransport();
	const plain = startHeld(transport, peer.request('/'));
	expect((await plain.held).tls).toBeUndefined();
	plain.exchange.confirm();
	expect(await plain.status).toBe(200);
});

test('confirm() of an exchange that is not held changes nothing', async () => {
	await using peer = await startPeer('http1', (_, response) => response.end('x'));
	await using transport = createTransport();
	const usual = start(transport, peer.request('/'));
	usual.exchange.confirm();
	expect((await usual.head).status).toBe(200);
});

test('hold needs somebody to ask', async () => {
	await using transport = createTransport();
	const handler = { onHead: () => {}, onError: () => {} };
	const held = { ...requestTo('h2', 1, '/'), hold: true };
	const attempt = (): NativeExchange => transport.exchange(held, handler);
	expect(attempt).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARG' }));
});
