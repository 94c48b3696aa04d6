// C13: what is closed sends nothing more, and a stream that nobody reads does not keep its visitor's connections.
import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { noReply } from '@wiretwin/mirror';
import { expect, it } from 'vitest';
import { isWiretwinError } from 'wiretwin';
import { start } from './support/site.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const closed = expect.objectContaining({ code: 'ERR_SESSION_CLOSED' });

it('C13 after close nothing is sent, whichever way it is asked for', async () => {
	await using site = await start();
	await site.client.sendRequest({ url: site.at('/bytes/1') });
	const sent = site.mirror.requests.length;
	await site.client.close();
	const failure: unknown = await site.client.sendRequest({ url: site.at('/bytes/2') }).catch((error) => error);
	expect([isWiretwinError(failure), failure]).toEqual([true, closed]);
	await expect(site.client.stream({ url: site.at('/bytes/3') })).rejects.toEqual(closed);
	await site.client.close();
	expect(site.client.stats()).toEqual({ transports: 0, connections: 0, exchanges: 0 });
	expect(site.mirror.requests).toHaveLength(sent);
});

it('C13 what runs when it is closed fails, also between two hops', async () => {
	let close: (() => Promise<void>) | undefined;
	await using site = await start(async ({ url }) => {
		if (url.pathname === '/silent') return noReply;
		if (url.pathname !== '/moved') return undefined;
		await close?.();
		return { status: 302, headers: [['location', '/next']] };
	});
	const pending = site.client.sendRequest({ url: site.at('/silent') });
	const between = site.client.sendRequest({ url: site.at('/moved') });
	close = () => site.client.close();
	await expect(pending).rejects.toEqual(closed);
	await expect(between).rejects.toBeInstanceOf(Error);
	expect(site.mirror.requests.some(({ path }) => path === '/next')).toBe(false);
});

const endless = () => ({
	body: (async function* () {
		for (;;) yield Buffer.alloc(65_536);
	})(),
});

it('C13 streams that nobody reads give their connections back when they are collected', async () => {
	await using site = await start(endless, { maxTransports: 2 });
	const open = async () => {
		// Held meanwhile: else a collection in between takes some of them.
		const held: unknown[] = [];
		for (let count = 0; count < 30; count++) {
			held.push(await site.client.stream({ url: site.at('/'), sessionToken: {} }));
		}
		expect(site.client.stats().transports).toBe(held.length);
	};
	await open();
	await expect
		.poll(
			() => {
				collect();
				return site.client.stats().exchanges;
			},
			{ timeout: 10_000 },
		)
		.toBe(0);
	await expect.poll(() => site.client.stats().transports, { timeout: 10_000 }).toBeLessThanOrEqual(2);
});

it('C13 a stream that somebody reads is not given up, though its response is forgotten', async () => {
	let release = () => {};
	const released = new Promise<void>((resolve) => {
		release = resolve;
	});
	await using site = await start(() => ({
		body: (async function* () {
			yield Buffer.from('first');
			await released;
			yield Buffer.from('second');
		})(),
	}));
	const { stream } = await site.client.stream({ url: site.at('/') });
	const text: string[] = [];
	const first = once(stream, 'data');
	stream.on('data', (chunk: Buffer) => text.push(String(chunk)));
	await first;
	for (let round = 0; round < 5; round++) {
		collect();
		await site.client.sendRequest({ url: site.at('/'), method: 'HEAD' });
	}
	release();
	await once(stream, 'end');
	expect(text.join('')).toBe('firstsecond');
});
