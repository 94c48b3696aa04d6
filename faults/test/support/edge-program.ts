// A client process of its own at the edge of what its system gives. Started by edge.test.ts with the name of a situation
// and a peer; prints what happened as JSON, one line for each thing that the test waits for.
import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { closeSync, openSync, readdirSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { createSession, type Session } from 'wiretwin';

/** Where the peer is, and the CA of its certificate. */
export type EdgePlan = { situation: keyof typeof situations; url: string; ca: string };

const plan = JSON.parse(process.argv[2] ?? '') as EdgePlan;

const say = (facts: object): void => void process.stdout.write(`${JSON.stringify(facts)}\n`);
let closing = (): void => {};
const open = (): number => readdirSync('/proc/self/fd').length;
const start = (): Session => createSession({ ca: plan.ca });

/** How a request ended: the length of its body, or the error's code and Node's. */
async function outcome(asked: Promise<{ bytes(): Promise<Uint8Array> }>): Promise<string> {
	try {
		return String((await (await asked).bytes()).length);
	} catch (error) {
		const { code, nodeCode } = error as { code?: string; nodeCode?: string };
		return [code ?? String(error), nodeCode].filter((each) => each !== undefined).join(' ');
	}
}

/** Opens files until no more can be opened. */
function takeAllDescriptors(): () => void {
	const taken: number[] = [];
	try {
		for (;;) taken.push(openSync('/dev/null', 'r'));
	} catch {
		return () => {
			for (const descriptor of taken) closeSync(descriptor);
		};
	}
}

/** A server in this process, which may have a network of its own. It ends with the process's last word. */
async function serve(answer: (response: ServerResponse, path: string) => void): Promise<string> {
	const server = createServer((request, response) => answer(response, request.url ?? '/'));
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	closing = () => {
		server.close();
		server.closeAllConnections();
	};
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const situations = {
	/** No descriptor is left for a session's first connection, then for another; then there are some again. */
	async descriptors() {
		const before = start();
		await outcome(before.fetch(`${plan.url}/bytes/5`));
		const giveBack = takeAllDescriptors();
		const kept = await outcome(before.fetch(`${plan.url}/bytes/6`));
		const fresh = await outcome(before.fetch(`${plan.url}/bytes/7`, { newConnection: true }));
		const named = new URL(plan.url);
		named.hostname = 'localhost';
		const byName = await outcome(before.fetch(new URL('/bytes/8', named), { newConnection: true }));
		const first = await (async () => outcome(start().fetch(`${plan.url}/bytes/9`)))().catch(
			(error: { code?: string }) => `thrown ${error.code}`,
		);
		giveBack();
		const after = await outcome(before.fetch(`${plan.url}/bytes/10`, { newConnection: true }));
		await before.close();
		const session = start();
		const again = await outcome(session.fetch(`${plan.url}/bytes/11`));
		await session.close();
		say({ kept, fresh, byName, first, after, again });
	},

	/** The process stands still while answers come and limits pass. */
	async frozen() {
		const session = start();
		await outcome(session.fetch(`${plan.url}/bytes/1`));
		const asked = [
			outcome(session.fetch(`${plan.url}/held/1`)),
			outcome(session.fetch(`${plan.url}/held/2`, { timeout: { head: 500 } })),
			outcome(session.fetch(`${plan.url}/silent`, { timeout: { total: 500 } })),
			outcome(session.fetch(`${plan.url}/silent`, { timeout: { head: 500 }, newConnection: true })),
		];
		say({ asked: asked.length });
		const outcomes = await Promise.all(asked);
		const next = await outcome(session.fetch(`${plan.url}/bytes/12`));
		const { exchanges } = session.transport.stats();
		await session.close();
		say({ outcomes, next, exchanges });
	},

	/** A thousand answers come while the JavaScript thread does not look. */
	async blocked() {
		const session = start();
		await outcome(session.fetch(`${plan.url}/bytes/1`));
		const asked = Array.from({ length: 1000 }, (_, index) =>
			outcome(session.fetch(`${plan.url}/counted/${index}`, { timeout: { head: 20_000 } })),
		);
		// They leave in the next turns; the peer answers each at once.
		for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
		const memory = process.memoryUsage.rss();
		Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000);
		const grown = process.memoryUsage.rss() - memory;
		const outcomes = await Promise.all(asked);
		const next = await outcome(session.fetch(`${plan.url}/bytes/12`));
		const { exchanges } = session.transport.stats();
		await session.close();
		say({ wrong: outcomes.filter((each, index) => each !== String(1000 + index)), grown, next, exchanges });
	},

	/** Bodies that nobody reads beside one that is, in less memory than they have together. */
	async memory() {
		const session = start();
		const unread = await Promise.all(
			Array.from({ length: 20 }, () => session.fetch(`${plan.url}/endless`, { newConnection: true })),
		);
		let read = 0;
		const response = await session.fetch(`${plan.url}/bytes/100000000`);
		for await (const piece of response.body ?? []) read += piece.length;
		for (const each of unread) await each.body?.cancel();
		const next = await outcome(session.fetch(`${plan.url}/bytes/12`));
		await session.close();
		say({ read, next });
	},

	/** The name server answers when nobody waits for it any more, and then in time. */
	async lateNames() {
		const url = new URL(await serve((response) => response.end('hello')));
		let questions: Array<() => void> = [];
		const names = createSocket('udp4', (question, { port, address }) => {
			questions.push(() => names.send(answerWithLoopback(question), port, address));
		});
		await new Promise<void>((resolve) => names.bind(53, '127.0.0.1', resolve));
		const session = createSession();
		url.hostname = 'late.example.com';
		const limited = await outcome(session.fetch(url, { timeout: { resolve: 300 } }));
		const patient = outcome(session.fetch(url));
		await delay(300);
		const answerAll = setInterval(() => {
			for (const reply of questions) reply();
			questions = [];
		}, 20);
		const late = await patient;
		const next = await outcome(session.fetch(url, { newConnection: true }));
		clearInterval(answerAll);
		names.close();
		await session.close();
		say({ limited, late, next });
	},

	/** The clock of the wall goes a year forward and back, while a request runs and between two. */
	async clock() {
		const session = createSession({ ca: plan.ca, har: true });
		const real = Date.now;
		const year = 365 * 86_400_000;
		const running = outcome(session.fetch(`${plan.url}/slow/300`, { timeout: 20_000 }));
		Date.now = () => real() + year;
		const forward = await outcome(session.fetch(`${plan.url}/cookies/set?a=1`));
		Date.now = () => real() - year;
		const back = await outcome(session.fetch(`${plan.url}/bytes/13`, { timeout: 20_000 }));
		const limited = await outcome(session.fetch(`${plan.url}/silent`, { timeout: 100 }));
		Date.now = real;
		const names = session.getAllCookies().map(({ name }) => name);
		const times = session.har().log.entries.map(({ time }) => time);
		const isSlow = Number(await running) > 0;
		await session.close();
		say({ forward: Number(forward) > 0, back, limited, names, isSlow, negative: times.filter((each) => each < 0) });
	},

	/** The link goes down with a body on its way, and comes back. */
	async link() {
		const link = (state: string) => execFileSync('ip', ['link', 'set', 'lo', state]);
		const parts: Array<() => void> = [];
		const url = await serve((response, path) => {
			if (!path.startsWith('/parts')) return void response.end('hello');
			response.write('first');
			parts.push(() => response.end('second'));
		});
		const session = createSession();
		const [patient, limited] = [
			await session.fetch(`${url}/parts`, { newConnection: true }),
			await session.fetch(`${url}/parts`, { newConnection: true, timeout: { idle: 300 } }),
		];
		link('down');
		for (const rest of parts) rest();
		const whole = outcome(Promise.resolve(patient));
		const idle = await outcome(Promise.resolve(limited));
		const dialled = await outcome(session.fetch(url, { newConnection: true, timeout: { connect: 300 } }));
		link('up');
		const continued = await whole;
		const next = await outcome(session.fetch(url, { newConnection: true }));
		const { exchanges } = session.transport.stats();
		await session.close();
		say({ idle, dialled, continued, next, exchanges });
	},
};

/** The question with one answer: 127.0.0.1 for A, none for anything else. */
function answerWithLoopback(question: Buffer): Buffer {
	const end = question.indexOf(0, 12) + 5; // the name's last label, type and class
	const isIpv4 = question.readUInt16BE(end - 4) === 1;
	const head = Buffer.from(question.subarray(0, end));
	head.writeUInt16BE(0x8180, 2);
	head.writeUInt16BE(isIpv4 ? 1 : 0, 6);
	head.writeUInt32BE(0, 8);
	const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 127, 0, 0, 1]);
	return isIpv4 ? Buffer.concat([head, record]) : head;
}

process.on('unhandledRejection', (error) => {
	throw error;
});
// The threads of the engine and their descriptors stay once they are there.
const warm = start();
if (plan.url === '') execFileSync('ip', ['link', 'set', 'lo', 'up']); // a network of its own
const anywhere = plan.url === '' ? await serve((response) => response.end('hello')) : plan.url;
await outcome(warm.fetch(`${anywhere}/bytes/1`));
await warm.close();
closing();
const before = open();
await situations[plan.situation]();
closing();
// What the process holds at its end is what it held at its beginning.
for (let turn = 0; turn < 500 && open() > before; turn++) await delay(10);
say({ left: open() - before });
