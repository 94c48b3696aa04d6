/** A capture: servers, and pages that lead a browser through every step of the plan. */
import type { ConnectionRecord, RequestRecord } from '../capture/records.ts';
import type { Authority } from '../certs/authority.ts';
import { socketReply } from '../routes/websocket.ts';
import type { Handler, MirrorRequest, Reply } from '../servers/exchange.ts';
import type { MirrorOptions } from '../servers/options.ts';
import { type Mirror, startMirror } from '../servers/start-mirror.ts';
import { cookieReply, defaultAnswer, redirectReply, reloadingPage } from './answers.ts';
import { Arrivals } from './arrivals.ts';
import { type SeenRequest, seenContext, type VisitContext } from './context.ts';
import { endPage, type PageFacts, startPage, stepPage } from './pages.ts';
import type { Step, StepGroup, VisitHost, VisitServer } from './step.ts';
import { visitPlan } from './steps.ts';

/** Further origins: a browser has no ticket for them, so each makes a fresh hello. */
const FRESH_ORIGINS = 12;
/** Requests kept; a visit makes about 250, whoever sends more is not our page. */
const MAX_REQUESTS = 4_096;

export type VisitOptions = {
	/** Names of this machine for the visitor. `sibling` is of the same site as `own`, `stranger` is not. */
	hosts: { readonly own: string; readonly sibling?: string; readonly stranger?: string };
	/** Port of the first page. @default any free one */
	port?: number;
	/** Address to listen on; anything but loopback shows the visit to the network. @default '127.0.0.1' */
	listenAddress?: string;
	/** @default the process's own CA */
	authority?: Authority;
	/** After each step: whether its requests came. */
	onStep?: (step: VisitStep) => void;
};

/** State of one step. */
export type VisitStep = { name: string; seen: boolean; required: boolean; done: number; of: number };

/** What a whole visit left. */
export type VisitRecord = {
	connections: Readonly<Record<VisitServer | 'fresh', readonly ConnectionRecord[]>>;
	requests: readonly SeenRequest[];
	/** Names of steps whose requests did not come, required ones first. */
	missing: ReadonlyArray<{ name: string; required: boolean }>;
};

/** A visit that waits for its browser. */
export type Visit = AsyncDisposable & {
	/** Where to send the browser. */
	readonly url: string;
	readonly caPem: string;
	/** Resolves when the last page was reached. Rejects when the visit is closed before. */
	readonly done: Promise<VisitRecord>;
	close(): Promise<void>;
};

const servers: Readonly<Record<VisitServer, MirrorOptions>> = {
	main: {},
	http1: { protocols: ['http/1.1'] },
	tls12: { tlsVersions: ['1.2', '1.2'] },
	resumption: {},
	download: {},
	websocket: {
		http2: {
			settings: [
				[3, 128],
				[8, 1],
			],
		},
	},
};

/** Starts the servers of a visit. */
export async function startVisit(options: VisitOptions): Promise<Visit> {
	const visit = new RunningVisit(options);
	await visit.start();
	return visit;
}

class RunningVisit implements Visit {
	readonly #options: VisitOptions;
	readonly #mirrors = new Map<string, Mirror>();
	readonly #plan: readonly StepGroup[] = visitPlan(FRESH_ORIGINS);
	readonly #steps = new Map<string, Step>();
	readonly #requests: SeenRequest[] = [];
	readonly #arrivals = new Arrivals();
	readonly #answered = new Set<string>();
	readonly #outcome = Promise.withResolvers<VisitRecord>();

	constructor(options: VisitOptions) {
		this.#options = options;
		for (const group of this.#plan) for (const step of group.steps) this.#steps.set(step.id, step);
		this.#outcome.promise.catch(() => undefined); // whoever closes early need not look at it
	}

	async start(): Promise<void> {
		const { hosts, port, listenAddress, authority } = this.#options;
		const extraHosts = [hosts.own, hosts.sibling, hosts.stranger].filter((host) => host !== undefined);
		const common = {
			extraHosts,
			defaultRoutes: false,
			maxRecordedBody: 4096,
			...(listenAddress === undefined ? {} : { listenAddress }),
			...(authority === undefined ? {} : { authority }),
		};
		for (const [name, own] of Object.entries(servers)) {
			const first = name === 'main' && port !== undefined ? { port } : {};
			this.#mirrors.set(name, await startMirror({ ...common, ...own, ...first, handler: this.#handler }));
		}
		for (let index = 0; index < FRESH_ORIGINS; index++)
			this.#mirrors.set(`fresh-${index}`, await startMirror({ ...common, handler: this.#handler }));
	}

	get url(): string {
		return `${this.#origin('main', 'own')}/`;
	}

	get caPem(): string {
		return this.#mirror('main').caPem;
	}

	get done(): Promise<VisitRecord> {
		return this.#outcome.promise;
	}

	async close(): Promise<void> {
		this.#outcome.reject(new Error('the visit was ended before it was complete'));
		this.#arrivals.end();
		for (const mirror of this.#mirrors.values()) await mirror.close();
	}

	[Symbol.asyncDispose](): Promise<void> {
		return this.close();
	}

	#mirror(name: string): Mirror {
		const mirror = this.#mirrors.get(name);
		if (!mirror) throw new Error(`no server ${name}`);
		return mirror;
	}

	#origin(server: string, host: VisitHost): string {
		const name = this.#options.hosts[host];
		return name === undefined ? '' : this.#mirror(server).urlFor(name);
	}

	readonly #handler: Handler = (request) => {
		const [, area, name = '', rest = ''] = request.url.pathname.split('/');
		if (area === '') return this.#start(request);
		if (area === 'visit') return this.#visit(request, name, rest);
		if (area === 'r') return this.#step(request, name, rest);
		return { status: 404 };
	};

	#start(request: MirrorRequest): Reply {
		this.#keep(request, { kind: 'navigate' });
		const reply = startPage('/visit/0');
		// Most requests shall carry a cookie, so that its place is seen.
		return { ...reply, headers: [...(reply.headers ?? []), ['set-cookie', 'visit=1; Path=/; Secure']] };
	}

	async #visit(request: MirrorRequest, name: string, rest: string): Promise<Reply> {
		if (name === 'seen') return this.#arrived(rest);
		if (name === 'cut') {
			// The answer leaves over another server's connection.
			if (rest === 'tls12' || rest === 'resumption') this.#mirror(rest).destroyConnections();
			return defaultAnswer(request);
		}
		if (name === 'end') {
			this.#finish();
			return endPage();
		}
		const index = Number(name);
		const group = this.#plan[index];
		if (!Number.isInteger(index) || !group) return { status: 404 };
		const sameServer = index === 0 || this.#plan[index - 1]?.server === group.server;
		this.#keep(request, {
			kind: 'navigate',
			site: sameServer ? 'same-origin' : 'same-site',
			userActivation: index === 0,
		});
		return this.#page(index);
	}

	/** The page of a group. A step that leaves its page gets the page behind it as its answer. */
	#page(index: number): Reply {
		const group = this.#plan[index];
		if (!group) return endPage();
		const steps = group.steps.filter(({ needs }) => needs === undefined || this.#options.hosts[needs] !== undefined);
		const following = this.#plan[index + 1];
		const path = following ? `/visit/${index + 1}` : '/visit/end';
		const isMoving = following !== undefined && following.server !== group.server;
		const facts: PageFacts = {
			next: isMoving ? this.#origin(following.server, 'own') + path : path,
			origins: this.#origins(),
			fresh: Array.from({ length: FRESH_ORIGINS }, (_, count) => this.#origin(`fresh-${count}`, 'own')),
			progress: `${index + 1} of ${this.#plan.length}`,
		};
		return stepPage(steps, facts);
	}

	#origins(): Record<string, string> {
		const origins: Record<string, string> = {};
		for (const server of Object.keys(servers))
			for (const host of ['own', 'sibling', 'stranger'] as const)
				origins[`${server}/${host}`] = this.#origin(server, host);
		return origins;
	}

	/** A request of a step: recorded with its cause, answered as the step says. */
	async #step(request: MirrorRequest, id: string, rest: string): Promise<Reply> {
		const step = this.#steps.get(id);
		if (!step) return { status: 404 };
		const again = this.#arrivals.has(`${id}/`);
		const key = request.method === 'OPTIONS' ? 'OPTIONS' : rest;
		const context = id === 'reload' && !again ? step.requests.first : step.requests[key];
		const index = this.#plan.findIndex(({ steps }) => steps.includes(step));
		// What a browser asks for again on its own (a service worker's script) has another cause.
		if (context && (id === 'reload' || !this.#arrivals.has(`${id}/${key}`)))
			this.#keep(request, context, this.#plan[index]?.server);
		this.#arrivals.add(`${id}/${key}`);
		if (id === 'redirect' && rest === '') return redirectReply('/r/redirect/hop');
		if (id === 'reload') return again ? this.#continue(step, index) : reloadingPage();
		if (id === 'parallel') return this.#parallel(request, rest);
		if (id === 'cookies') return cookieReply(rest);
		if (step.leaves) return this.#continue(step, index);
		if (id.startsWith('websocket') && request.header('sec-websocket-version') !== null) return socketReply(request);
		return step.answer?.(request) ?? defaultAnswer(request);
	}

	/** The first of two answers waits until both have been asked for. */
	async #parallel(request: MirrorRequest, rest: string): Promise<Reply> {
		if (rest === 'held') await this.#arrivals.until(() => this.#arrivals.has('parallel/other'));
		return defaultAnswer(request);
	}

	#continue(step: Step, index: number): Reply {
		this.#report(step);
		const next = index + 1 < this.#plan.length ? `/visit/${index + 1}` : '/visit/end';
		const target = this.#plan[index + 1]?.server ?? 'http1';
		const isMoving = target !== this.#plan[index]?.server;
		return stepPage([], {
			next: isMoving ? this.#origin(target, 'own') + next : next,
			origins: {},
			fresh: [],
			progress: `${index + 1} of ${this.#plan.length}`,
		});
	}

	#keep(request: MirrorRequest, context: VisitContext, server: VisitServer = 'main'): void {
		if (this.#requests.length >= MAX_REQUESTS) throw new RangeError('too many requests for one visit');
		const { record } = request;
		const origin = this.#origin(server, 'own');
		this.#requests.push({ context: seenContext(withMethod(context, record), origin, record), record });
	}

	/** The page says that the step is done; now its requests must be here, or the browser does not make them. */
	async #arrived(id: string): Promise<Reply> {
		const step = this.#steps.get(id);
		if (!step) return { status: 404 };
		await this.#arrivals.until(() => this.#isSeen(step));
		this.#report(step);
		return { headers: [['cache-control', 'no-store']], body: 'ok' };
	}

	#isSeen({ id, requests }: Step): boolean {
		const keys = Object.keys(requests).filter((key) => key !== 'first');
		return keys.length === 0 ? true : keys.every((key) => this.#arrivals.has(`${id}/${key}`));
	}

	#report(step: Step): void {
		if (this.#answered.has(step.id)) return;
		this.#answered.add(step.id);
		this.#options.onStep?.({
			name: step.name,
			seen: this.#isSeen(step),
			required: step.required ?? true,
			done: this.#answered.size,
			of: this.#steps.size,
		});
	}

	#finish(): void {
		this.#arrivals.end();
		const of = (name: string): readonly ConnectionRecord[] => this.#mirror(name).connections;
		const missing = [...this.#steps.values()]
			.filter((step) => !this.#answered.has(step.id) || !this.#isSeen(step))
			.map(({ name, required = true }) => ({ name, required }))
			.sort((left, right) => Number(right.required) - Number(left.required));
		this.#outcome.resolve({
			connections: {
				main: of('main'),
				http1: of('http1'),
				tls12: of('tls12'),
				resumption: of('resumption'),
				websocket: of('websocket'),
				download: of('download'),
				// The first connection to each origin: later ones may hold its ticket.
				fresh: Array.from({ length: FRESH_ORIGINS }, (_, index) => of(`fresh-${index}`)).flatMap((list) =>
					list.slice(0, 1),
				),
			},
			requests: this.#requests,
			missing,
		});
	}
}

/** What the markup or the call decides without the step saying so. */
function withMethod(context: VisitContext, { method }: RequestRecord): VisitContext {
	const isPlain = method === 'GET' || context.method !== undefined || context.kind === 'preflight';
	return isPlain ? context : { ...context, method };
}
