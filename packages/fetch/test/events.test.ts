import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RequestEvent } from '../src/index.ts';
import { type Site, startSite } from './support/site.ts';

let site: Site;
beforeAll(async () => {
	site = await startSite();
});
afterAll(() => site[Symbol.asyncDispose]());

describe('events', () => {
	it('tell each step of each hop, in order', async () => {
		const events: RequestEvent[] = [];
		const session = site.session({ onRequestEvent: (event) => events.push(event) });
		await (await session.fetch(site.at('/cookies/set?a=1&to=/echo'))).text();
		const steps = events.filter((event) => event.type !== 'progress').map((event) => `${event.hop} ${event.type}`);
		// The redirect's body is discarded beside the next hop, so its end may come before or after that hop's start.
		expect(steps.filter((step) => step.startsWith('0'))).toEqual(['0 start', '0 connected', '0 head', '0 done']);
		expect(steps.filter((step) => step.startsWith('1'))).toEqual(['1 start', '1 connected', '1 head', '1 done']);
		expect(new Set(events.map((event) => event.id)).size).toBe(1);
		const head = events.find((event) => event.type === 'head');
		expect(head).toMatchObject({ status: 302, connection: { httpVersion: '2', remoteAddress: '127.0.0.1' } });
		const done = events.findLast((event) => event.type === 'done');
		expect(done?.type === 'done' && done.bytes).toBeGreaterThan(10);
	});
	it.each([
		['chrome', 'priority', 'u=3'],
		['firefox', 'TE', 'trailers'],
	] as const)("%s: show what goes out over the protocol, a caller's %s included", async (browser, name, value) => {
		const isIt = (each: string) => each.toLowerCase() === name.toLowerCase();
		for (const http1 of [true, false])
			for (const headers of [{}, { [name]: value }]) {
				const events: RequestEvent[] = [];
				const session = site.session({ browser, http1, har: true, onRequestEvent: (event) => void events.push(event) });
				await (await session.fetch(site.at('/echo'), { headers })).text();
				// The browser's own is for HTTP/2 alone; what a page has set itself goes out over both (found-requests.ts).
				const isSent = !http1 || name in headers;
				expect(site.mirror.requests.at(-1)?.headers.some(([each]) => isIt(each))).toBe(isSent);
				const connected = events.find((event) => event.type === 'connected');
				expect(connected?.type === 'connected' && connected.headers.some(isIt)).toBe(isSent);
				expect(session.har().log.entries[0]?.request.headers.some((each) => isIt(each.name))).toBe(isSent);
			}
	});
	it('of one request go to its own listener, beside the session’s', async () => {
		const all: number[] = [];
		const own: string[] = [];
		const session = site.session({ onRequestEvent: (event) => void all.push(event.id) });
		const onRequestEvent = (event: RequestEvent) => void (event.type === 'progress' || own.push(event.type));
		await Promise.all([
			session.fetch(site.at('/echo'), { onRequestEvent }).then((response) => response.text()),
			session.fetch(site.at('/echo')).then((response) => response.text()),
		]);
		expect(own).toEqual(['start', 'connected', 'head', 'done']);
		expect(new Set(all).size).toBe(2);
		const wrong = { onRequestEvent: 'log' } as never;
		await expect(session.fetch(site.at('/echo'), wrong)).rejects.toMatchObject({ code: 'ERR_INVALID_OPTION' });
	});
	it('end with the end, also of a body that is empty', async () => {
		const server = createServer((_, response) => response.end()).listen(0, '127.0.0.1');
		await once(server, 'listening');
		const { port } = server.address() as AddressInfo;
		const events: string[] = [];
		const ended = Promise.withResolvers<void>();
		const onRequestEvent = ({ type }: RequestEvent) => {
			events.push(type);
			if (type === 'done') ended.resolve();
		};
		const response = await site.session({ onRequestEvent }).fetch(`http://127.0.0.1:${port}/`);
		await ended.promise;
		expect(await response.text()).toBe('');
		server.close();
		expect(events).toEqual(['start', 'connected', 'head', 'done']);
	});
	it('come on diagnostics channels while somebody subscribes', async () => {
		const seen: string[] = [];
		const listener = (event: unknown) => void seen.push((event as RequestEvent).type);
		subscribe('wiretwin:request:start', listener);
		subscribe('wiretwin:request:error', listener);
		const session = site.session();
		await (await session.fetch(site.at('/echo'))).text();
		await session.fetch('http://127.0.0.1:2/').catch(() => undefined);
		unsubscribe('wiretwin:request:start', listener);
		unsubscribe('wiretwin:request:error', listener);
		await (await session.fetch(site.at('/echo'))).text();
		expect(seen).toEqual(['start', 'start', 'error']);
	});
});

it('a listener that throws does not fail the request; its error is an uncaught one', async () => {
	const session = site.session({
		onRequestEvent: (event) => {
			if (event.type === 'start') throw new Error('listener');
		},
	});
	const handlers = process.listeners('uncaughtException');
	process.removeAllListeners('uncaughtException');
	const uncaught = new Promise((resolve) => process.once('uncaughtException', resolve));
	try {
		expect((await session.fetch(site.at('/echo'))).status).toBe(200);
		expect(await uncaught).toMatchObject({ message: 'listener' });
	} finally {
		for (const handler of handlers) process.on('uncaughtException', handler);
	}
});
