/** A capture: servers, and pages that lead a browser through every step of the plan. */
import type { ConnectionRecord, RequestRecord } from '../capture/records.ts';
import type { Authority } from '../certs/authority.ts';
import { socketReply } from '../routes/websocket.ts';
import type { Handler, MirrorRequest, Reply } from '../servers/exchange.ts';
import { cookieReply, defaultAnswer, misdirectedReply, redirectReply, reloadingPage } from './answers.ts';
import { Arrivals } from './arrivals.ts';
import { type SeenRequest, seenContext, type VisitContext } from './context.ts';
import { endPage, startPage, stepPage } from './pages.ts';
import { FRESH_ORIGINS, type VisitHosts, VisitServers } from './servers.ts';
import type { Step, StepGroup, VisitServer } from './step.ts';
import { ASKED_HINTS, visitPlan } from './steps.ts';

/** Requests kept; a visit makes about 250, whoever sends more is not our page. */
const MAX_REQUESTS = 4_096;
/** Name under which a handshake is found in `usedConnections` that another one did not wait for. */
const PAIR = 'websocket-at-once';
/** Name under which the page of another site is found in `usedConnections`. */
const OTHER_SITE = 'other-site';

export type VisitOptions = {
	/** Names of this machine for the visitor. `sibling` is of the same site as `own`, `stranger` is not. */
	hosts: VisitHosts;
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
	/** Ids of the connections over which the requests of a step went, in order, by the step's id. */
	usedConnections: ReadonlyMap<string, readonly number[]>;
	/** Names of steps whose requests did not come, required ones first. */
	missing: ReadonlyArray<{ name: string; required: boolean }>;
};

/** A visit that waits for its browser. */
export type Visit = AsyncDisposable & {
	/** Where to send the browser. */
	readonly url: string;
	readonly caPem: string;
	/** The certificate that all its servers show, PEM. */
	readonly certificatePem: string;
	/** Resolves when the last page is shown. Rejects when the visit is closed before. */
	readonly done: Promise<VisitRecord>;
	close(): Promise<void>;
};

/** Starts the servers of a visit. Whoever starts first is the visitor; other browsers are turned away. */
export async function startVisit(options: VisitOptions): Promise<Visit> {
	const visit = new RunningVisit(options);
	await visit.start();
	return visit;
}

class RunningVisit implements Visit {
	readonly #options: VisitOptions;
	readonly #plan: readonly StepGroup[];
	readonly #steps = new Map<string, Step>();
	readonly #requests: SeenRequest[] = [];
	readonly #used = new Map<string, number[]>();
	readonly #arrivals = new Arrivals();
	readonly #answered = new Set<string>();
	readonly #outcome = Promise.withResolvers<VisitRecord>();
	#servers: VisitServers | undefined;
	/** User agent of the browser that started. */
	#visitor: string | undefined;

	constructor(options: VisitOptions) {
		this.#options = options;
		this.#plan = visitPlan(FRESH_ORIGINS).filter(({ host }) => host === undefined || options.hosts[host] !== undefined);
		for (const group of this.#plan) for (const step of group.steps) this.#steps.set(step.id, step);
		this.#outcome.promise.catch(() => undefined); // whoever closes early need not look at it
	}

	async start(): Promise<void> {
		this.#servers = await VisitServers.start({ ...this.#options, handler: this.#handler });
	}

	get #running(): VisitServers {
		if (!this.#servers) throw new Error('the visit has not started');
		return this.#servers;
	}

	get url(): string {
		return `${this.#running.origin('main', 'own')}/`;
	}

	get caPem(): string {
		return this.#running.caPem;
	}

	get certificatePem(): string {
		return this.#running.certificatePem;
	}

	get done(): Promise<VisitRecord> {
		return this.#outcome.promise;
	}

	async close(): Promise<void> {
		this.#outcome.reject(new Error('the visit was ended before it was complete'));
		this.#arrivals.end();
		await this.#servers?.close();
	}

	[Symbol.asyncDispose](): Promise<void> {
		return this.close();
	}

	readonly #handler: Handler = (request) => {
		const [, area, name = '', rest = ''] = request.url.pathname.split('/');
		const agent = request.header('user-agent') ?? '';
		if (area === 'visit' && name === '0') this.#visitor ??= agent;
		if (this.#visitor !== undefined && agent !== this.#visitor)
			return { status: 409, body: 'another browser is being captured\n' };
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
			if (rest === 'tls12' || rest === 'resumption') this.#running.cut(rest);
			return defaultAnswer(request);
		}
		if (name === 'end') return endPage('/visit/done');
		if (name === 'done') {
			this.#finish();
			return { status: 204 };
		}
		const index = Number(name);
		const group = this.#plan[index];
		if (!Number.isInteger(index) || !group) return { status: 404 };
		const isAsked = group.server === 'hints' && this.#plan[index - 1]?.server === 'hints';
		const hints = isAsked ? { hints: ASKED_HINTS } : {};
		this.#keep(request, { kind: 'navigate', site: this.#siteFrom(index), userActivation: index === 0, ...hints });
		if (group.host !== undefined) this.#use(OTHER_SITE, request.record);
		const page = this.#page(index, group.steps);
		if (group.server !== 'hints') return page;
		return { ...page, headers: [...(page.headers ?? []), ['accept-ch', ASKED_HINTS.join(', ')]] };
	}

	/** Relation of a page to the one before it. */
	#siteFrom(index: number): 'same-origin' | 'same-site' | 'cross-site' {
		const [before, group] = [this.#plan[index - 1], this.#plan[index]];
		if (before === undefined || group === undefined) return 'same-origin';
		if (before.host !== group.host) return 'cross-site';
		return before.server === group.server ? 'same-origin' : 'same-site';
	}

	/** The page of a group. A step that leaves its page gets one without steps, which goes on, as its answer. */
	#page(index: number, all: readonly Step[]): Reply {
		const [group, following] = [this.#plan[index], this.#plan[index + 1]];
		const path = following ? `/visit/${index + 1}` : '/visit/end';
		const isMoving = following !== undefined && (following.server !== group?.server || following.host !== group.host);
		return stepPage(
			all.filter(({ needs }) => needs === undefined || this.#options.hosts[needs] !== undefined),
			{
				next: isMoving ? this.#running.origin(following.server, following.host ?? 'own') + path : path,
				origins: this.#running.origins(),
				fresh: this.#running.freshOrigins(),
				progress: `${index + 1} of ${this.#plan.length}`,
			},
		);
	}

	/** A request of a step: recorded with its cause, answered as the step says. */
	async #step(request: MirrorRequest, id: string, rest: string): Promise<Reply> {
		const step = this.#steps.get(id);
		if (!step) return { status: 404 };
		const again = this.#arrivals.has(`${id}/`);
		const key = request.method === 'OPTIONS' ? 'OPTIONS' : rest;
		const own = Object.hasOwn(step.requests, key) ? step.requests[key] : undefined;
		const context = id === 'reload' && !again ? step.requests.first : own;
		const index = this.#plan.findIndex(({ steps }) => steps.includes(step));
		// What a browser asks for again on its own (a service worker's script) has another cause.
		if (context && (id === 'reload' || !this.#arrivals.has(`${id}/${key}`)))
			this.#keep(request, context, this.#plan[index]?.server);
		if (key !== 'OPTIONS') this.#use(id, request.record);
		this.#arrivals.add(`${id}/${key}`);
		if (id === 'redirect' && rest === '') return redirectReply('/r/redirect/hop');
		if (id === 'reload' && !again) return reloadingPage();
		if (id === 'misdirected' && !again) return misdirectedReply();
		if (id === 'parallel') return this.#parallel(request, rest);
		if (id === 'cookies') return cookieReply(rest);
		if (step.leaves) {
			this.#report(step);
			return this.#page(index, []);
		}
		if (id === 'websocket-pair' && request.header('sec-websocket-version') !== null) await this.#pair(request);
		if (id.startsWith('websocket') && request.header('sec-websocket-version') !== null) return socketReply(request);
		return step.answer?.(request) ?? defaultAnswer(request);
	}

	/** The first of two answers waits until both have been asked for. */
	async #parallel(request: MirrorRequest, rest: string): Promise<Reply> {
		if (rest === 'held') await this.#arrivals.until(() => this.#arrivals.has('parallel/other'));
		return defaultAnswer(request);
	}

	/** Holds the first of two handshakes back until the second is there. */
	async #pair(request: MirrorRequest): Promise<void> {
		const first = 'websocket-pair/first';
		const second = 'websocket-pair/second';
		if (this.#arrivals.has(first)) {
			this.#arrivals.add(second);
			return;
		}
		this.#arrivals.add(first);
		await this.#arrivals.until(() => this.#arrivals.has(second));
		if (this.#arrivals.has(second)) this.#use(PAIR, request.record);
	}

	#keep(request: MirrorRequest, context: VisitContext, server: VisitServer = 'main'): void {
		if (this.#requests.length >= MAX_REQUESTS) throw new RangeError('too many requests for one visit');
		const { record } = request;
		const origin = this.#running.origin(server, 'own');
		this.#requests.push({ context: seenContext(withMethod(context, record), origin, record), record });
	}

	#use(name: string, { connectionId }: RequestRecord): void {
		const list = this.#used.get(name) ?? [];
		if (list.length < MAX_REQUESTS) list.push(connectionId);
		this.#used.set(name, list);
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
		return keys.every((key) => this.#arrivals.has(`${id}/${key}`));
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
		const isVisitor = (request: RequestRecord) =>
			request.headers.some(([name, value]) => name.toLowerCase() === 'user-agent' && value === this.#visitor);
		const missing = [...this.#steps.values()]
			.filter((step) => !this.#answered.has(step.id) || !this.#isSeen(step))
			.map(({ name, required = true }) => ({ name, required }))
			.sort((left, right) => Number(right.required) - Number(left.required));
		this.#outcome.resolve({
			connections: this.#running.connections(({ requests }) => requests.every(isVisitor)),
			// Somebody else may have looked at the first page and left.
			requests: this.#requests.filter(({ record }) => isVisitor(record)),
			usedConnections: this.#used,
			missing,
		});
	}
}

/** What the markup or the call decides without the step saying so. */
function withMethod(context: VisitContext, { method }: RequestRecord): VisitContext {
	const isPlain = method === 'GET' || context.method !== undefined || context.kind === 'preflight';
	return isPlain ? context : { ...context, method };
}
