import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { sharedAuthority } from '@wiretwin/mirror';
import type { Browser, BrowserOptions } from '@wiretwin/mirror/browsers';
import type { Profile } from '@wiretwin/profiles';
import { createSession } from 'wiretwin';
import { startAnswerServer } from './answer-server.ts';
import type { Verdict } from './asking.ts';
import { type AnswersResult, compareAnswers, describe } from './compare-answers.ts';
import { unescaped } from './read-answers.ts';
import { readRecorded, writeRecorded } from './recorded.ts';

/** What a proxy says to CONNECT: one line of `proxy-replies.txt`. */
type Reply = {
	name: string;
	/** One character a byte. */
	said: string;
	/** The proxy closes behind it. */
	closes: boolean;
};

/** The reply to CONNECT for this port is the first of the table; no browser refuses the ports behind it. */
const FIRST_PORT = 20_000;
const HOST = 'www.mirror.test';
/** A client that says nothing by then, milliseconds. */
const LIMIT = 4000;

/** Reads the table that anyone can add a line to. */
export function readReplies(): Reply[] {
	const text = readFileSync(new URL('proxy-replies.txt', import.meta.url), 'utf8');
	const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
	return lines.map((line) => {
		const at = line.indexOf(' |');
		if (at < 0) throw new Error(`proxy-replies.txt: no " |" in "${line}"`);
		const said = line.slice(at + 3);
		return {
			name: `connect ${line.slice(0, at)}`,
			said: unescaped(said.replace('{close}', '')),
			closes: said.includes('{close}'),
		};
	});
}

/** A proxy that gives each target its reply and leads all of them to one server. */
async function startReplyProxy(replies: readonly Reply[], page: number): Promise<{ port: number; close(): void }> {
	const open = new Set<Socket>();
	const track = (socket: Socket): Socket => {
		open.add(socket);
		socket.on('close', () => open.delete(socket)).on('error', () => {});
		return socket;
	};
	const server = createServer((client) => {
		track(client).setNoDelay(true);
		let head = '';
		const read = (data: Buffer) => {
			head += data.toString('latin1');
			if (!head.includes('\r\n\r\n')) return;
			client.off('data', read);
			const port = Number(/^CONNECT [^ ]*:([0-9]+) /.exec(head)?.[1]);
			const reply = replies[port - FIRST_PORT];
			client.write(Buffer.from(reply?.said ?? 'HTTP/1.1 200 OK\r\n\r\n', 'latin1'));
			if (reply?.closes) {
				client.end();
				return;
			}
			const upstream = track(connect(page, '127.0.0.1'));
			upstream.on('close', () => client.destroy());
			client.on('close', () => upstream.destroy());
			client.pipe(upstream).pipe(client);
		};
		client.on('data', read);
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const close = () => {
		server.close();
		for (const socket of open) socket.destroy();
	};
	return { port: (server.address() as AddressInfo).port, close };
}

type Ask = (url: string) => Promise<Verdict['outcome']>;

/** Whether a page gets anything: what it gets is hidden from it, as from any page of another origin. */
const ASK = `async (url) => {
	try {
		await fetch(url, { mode: 'no-cors', cache: 'no-store', signal: AbortSignal.timeout(${LIMIT}) });
		return 'shown';
	} catch (error) {
		return error.name === 'TimeoutError' ? 'late' : 'refused';
	}
}`;

async function askAll(replies: readonly Reply[], ask: Ask): Promise<Verdict[]> {
	const verdicts: Verdict[] = [];
	for (const index of replies.keys()) {
		const outcome = await ask(`https://${HOST}:${FIRST_PORT + index}/there`);
		verdicts.push(outcome === 'shown' ? { outcome, status: 200, reason: '', fields: [], body: '' } : { outcome });
	}
	return verdicts;
}

async function askWiretwin(replies: readonly Reply[], profile: Profile, port: number, origin: string) {
	const proxy = `http://127.0.0.1:${port}`;
	await using session = createSession({ browser: profile, ca: sharedAuthority().caPem, trustStore: 'none', proxy });
	return await askAll(replies, async (url) => {
		try {
			const signal = AbortSignal.timeout(LIMIT);
			await session.fetch(url, { kind: 'fetch', mode: 'no-cors', referrer: `${origin}/`, signal });
			return 'shown';
		} catch (error) {
			return error instanceof Error && error.name === 'TimeoutError' ? 'late' : 'refused';
		}
	});
}

/** Shows every reply to a browser that goes through the proxy, and to wiretwin. */
export async function runProxyReplies(
	start: (options: BrowserOptions) => Promise<Browser>,
	profile: Profile,
	record: boolean,
): Promise<AnswersResult> {
	const replies = readReplies();
	const server = await startAnswerServer();
	const proxy = await startReplyProxy(replies, Number(new URL(server.h2).port));
	try {
		const browser = await start({ caPem: sharedAuthority().caPem, hosts: [HOST], proxyPort: proxy.port });
		try {
			await browser.navigate(`${server.h2}/`);
			const theirs = await askAll(replies, (url) => browser.evaluate(`(${ASK})(${JSON.stringify(url)})`));
			if (record) writeRecorded(`${browser.name}-proxy`, browser.version, replies, theirs);
			const ours = await askWiretwin(replies, profile, proxy.port, server.h2);
			const told = new Map(replies.map(({ name }, index) => [name, describe(theirs[index] ?? { outcome: 'late' })]));
			return compareAnswers(browser.name, replies, (name) => told.get(name), ours);
		} finally {
			await browser.close();
		}
	} finally {
		proxy.close();
		await server.close();
	}
}

/** The same with what a browser was recorded to do: needs none. */
export async function runRecordedReplies(browser: Browser['name'], profile: Profile): Promise<AnswersResult> {
	const replies = readReplies();
	const recorded = readRecorded(`${browser}-proxy`);
	const server = await startAnswerServer();
	const proxy = await startReplyProxy(replies, Number(new URL(server.h2).port));
	try {
		const ours = await askWiretwin(replies, profile, proxy.port, server.h2);
		return compareAnswers(browser, replies, (name) => recorded.get(name), ours);
	} finally {
		proxy.close();
		await server.close();
	}
}
