import type { BrowserName } from '@wiretwin/mirror/browsers';
import type { Host } from '../scenario.ts';
import { HOME, turnsOf } from './acts.ts';
import { loads } from './loads.ts';
import type {
	Caller,
	ClientStep,
	FetchStep,
	Hop,
	Load,
	LoadKind,
	Navigation,
	Plan,
	PlanPage,
	PlanServer,
	Policy,
	ScriptStep,
	SheetAsk,
	Step,
	Target,
} from './plan.ts';
import { needsPermission } from './preflight.ts';
import type { Random } from './random.ts';
import { earlyOf, moved } from './rare.ts';
import { bodies, cookies, fieldPool, fieldSets, oddTails, safeFields, tails } from './vocabulary.ts';

const policies: readonly Policy[] = [
	'no-referrer',
	'no-referrer-when-downgrade',
	'origin',
	'origin-when-cross-origin',
	'same-origin',
	'strict-origin',
	'strict-origin-when-cross-origin',
	'unsafe-url',
];
const hosts: readonly Host[] = ['www.mirror.test', 'api.mirror.test', 'other.example'];
const loadKinds = Object.keys(loads) as LoadKind[];

/** Draws a situation. */
export function composePlan(random: Random, browser: BrowserName): Plan {
	const server = random.chance(0.25) ? serverOf(random) : undefined;
	const page = pageOf(random);
	const steps: Step[] = [];
	for (let left = 1 + random.below(4); left > 0; left--) steps.push(stepOf(random, browser));
	const isHttp2 = server === undefined || 'settings' in server || server.tls === '1.2';
	const early = random.chance(0.08) && isHttp2 ? earlyOf(random, targetOf(random)) : undefined;
	const plan = { ...(server ? { server } : {}), page: { ...page, ...(early ? { early } : {}) }, steps };
	return settled(random.chance(0.2) ? moved(plan, random, browser) : plan);
}

/** Puts what must be on the page's own origin there, wherever the page is by then. */
function settled(plan: Plan): Plan {
	const hostOf = (step: object): Host =>
		turnsOf(plan)
			.flat()
			.find((act) => act.step === step)?.page.host ?? HOME;
	const isHttp1 = plan.server?.protocol !== undefined || plan.server?.tls === 'none';
	const settle = <T extends Step>(step: T): T => {
		if (step.do === 'together') return { ...step, steps: step.steps.map(settle) };
		// Without a policy of its own a sheet has its page's in Chromium and the usual one in Firefox.
		if (step.do === 'sheet' && plan.page.policy && !step.policy) return { ...step, policy: plan.page.policy };
		const bound = isBound(step) ? { ...step, to: ownTarget(step.to, hostOf(step)) } : step;
		// Over HTTP/1.1 the spare connection that Chromium opens has a say in 421 (truth.md).
		const refuse = <S extends Step>(each: S): S =>
			each.do === 'fetch' && each.to.first ? { ...each, to: refused(each.to, isHttp1) } : each;
		if (bound.do === 'fetch') return refuse(bound);
		if (bound.do === 'client') return settledClient({ ...bound, steps: bound.steps.map(refuse) }, plan.server) as T;
		// In plain text nobody speculates.
		if (plan.server?.tls === 'none' && bound.do === 'load' && bound.what === 'speculation')
			return { ...bound, what: 'prefetch' as const };
		return bound;
	};
	const steps = plan.steps.filter((step, at) => !sendsAgain(step, plan, at) && !staysOpen(step, plan, at));
	return { ...plan, steps: steps.map(settle) };
}

/** In plain text there are no service workers. */
function settledClient<T extends ClientStep>(step: T, server: PlanServer | undefined): T {
	return step.what === 'serviceworker' && server?.tls === 'none' ? { ...step, what: 'worker' } : step;
}

/** A target that refuses at first; 408 is shown to the page where nobody asks again, and then nothing follows. */
function refused({ redirects, ...to }: Target, isHttp1: boolean): Target {
	return to.first === 421 && !isHttp1 ? { ...to, ...(redirects ? { redirects } : {}) } : { ...to, first: 408 };
}

/** A reload of what a form posted: the browser would ask the user first. Of what markup asks for: that is asked for again. */
function sendsAgain(step: Step, { page, steps }: Plan, at: number): boolean {
	const arrival = steps.slice(0, at).findLast((each) => each.do !== 'reload' && NAVIGATIONS.has(each.do));
	if (step.do !== 'reload') return false;
	return arrival ? arrival.do === 'form' && arrival.method === 'post' : page.markup !== undefined;
}

/** A WebSocket that a later step would close: how its connection ends then is a race (truth.md). */
function staysOpen(step: Step, { steps }: Plan, at: number): boolean {
	const opens = step.do === 'socket' || ('steps' in step && step.steps.some((each) => each.do === 'socket'));
	return opens && at < steps.length - 1;
}

const NAVIGATIONS: ReadonlySet<Step['do']> = new Set(['visit', 'assign', 'link', 'form']);

function isBound(step: Step): step is Exclude<Step, { do: 'reload' | 'together' }> {
	if (step.do === 'load' && step.what === 'speculation') return true;
	// Text tracks of another origin are asked for with `crossorigin` only.
	if (step.do === 'load') return loads[step.what].own === true || (step.what === 'track' && !step.crossorigin);
	if (step.do === 'client') return step.what !== 'frame' && step.what !== 'sandbox';
	if (step.do === 'xhr') return step.to.redirects !== undefined && needsPermission(step);
	// A question to another origin comes first where one is due, but not in the middle of redirects, which no call could tell.
	if (step.do === 'fetch')
		return step.mode === 'same-origin' || (step.to.redirects !== undefined && needsPermission(step));
	return false;
}

function serverOf(random: Random): PlanServer {
	return random.pick<PlanServer>([
		{ protocol: 'http/1.1' },
		{ protocol: 'http/1.1' },
		{ tls: '1.2' },
		{ tls: 'none' },
		{ settings: [] },
		{ settings: [[1, 0]] },
		{ settings: [[1, 100]] },
		{ settings: [[1, 65536]] },
		{
			settings: [
				[3, 100],
				[4, 1048576],
			],
		},
		{ settings: [[3, 1]] },
		{ settings: [[4, 1000]] },
		{ settings: [[5, 32768]] },
		{ settings: [[6, 500]] },
		{ settings: [[8, 1]] },
		{ settings: [[9, 1]] },
	]);
}

function pageOf(random: Random): PlanPage {
	return {
		...(random.chance(0.15) ? { tail: random.pick(oddTails) } : {}),
		...(random.chance(0.35) ? { cookies: random.some(cookies, 1 + random.below(4)) } : {}),
		...(random.chance(0.2)
			? { policy: random.pick(policies), ...(random.chance(0.3) ? { policyIn: 'meta' as const } : {}) }
			: {}),
		...(random.chance(0.1) ? { hints: true as const } : {}),
		...(random.chance(0.25)
			? {
					markup: loadOf(
						random,
						loadKinds.filter((what) => loads[what].markup),
					),
				}
			: {}),
	};
}

function stepOf(random: Random, browser: BrowserName): Step {
	const roll = random.next();
	if (roll < 0.2) return navigationOf(random);
	if (roll < 0.3) return clientOf(random, browser);
	if (roll < 0.35) return sheetOf(random, browser);
	if (roll < 0.46) {
		return {
			do: 'together',
			steps: Array.from({ length: 2 + random.below(3) }, () => alone(scriptStepOf(random, browser))),
		};
	}
	return scriptStepOf(random, browser);
}

/** Without what would race with those beside it: redirects, a question first, cookies that the answer sets. */
function alone(step: ScriptStep): ScriptStep {
	const { redirects: _hops, cookies: _set, first: _refusal, ...to } = step.to;
	if (step.do === 'fetch' && step.stored) return { do: 'fetch', to };
	if (step.do === 'xhr' && step.sync) return { do: 'xhr', to };
	if (step.do === 'socket') return { do: 'events', to };
	if ((step.do !== 'fetch' && step.do !== 'xhr') || !needsPermission(step)) return { ...step, to };
	const { headers: _fields, method, body, ...rest } = step;
	const isSimple = method === undefined || method === 'POST' || method === 'HEAD';
	return { ...rest, ...(isSimple && method ? { method } : {}), ...(isSimple && body ? { body: `'text'` } : {}), to };
}

function clientOf(random: Random, browser: BrowserName): Step {
	const what = random.pick(['frame', 'frame', 'sandbox', 'worker', 'sharedworker', 'serviceworker'] as const);
	if (what === 'serviceworker') return serviceWorkerOf(random, browser);
	const isFrame = what === 'frame' || what === 'sandbox';
	// Nothing is kept for an origin that is nobody else's: what it asks for again, it asks for as at first.
	const steps = Array.from({ length: 1 + random.below(2) }, () => clientStepOf(random, browser, isFrame)).map((step) =>
		what === 'sandbox' && step.do === 'fetch' && step.stored ? { do: step.do, to: step.to } : step,
	);
	const policy = isFrame && random.chance(0.2) ? random.pick(policies) : undefined;
	return { do: 'client', what, to: targetOf(random), ...(policy ? { policy } : {}), steps };
}

/** What a service worker asks for itself; its script may not be redirected. */
function serviceWorkerOf(random: Random, browser: BrowserName): Step {
	const { redirects: _hops, ...to } = targetOf(random);
	const steps = Array.from({ length: 1 + random.below(2) }, (): FetchStep => {
		const { stored: _kept, mode, ...step } = fetchOf(random, browser);
		const target = step.to.redirects && needsPermission(step) ? { ...step.to, redirects: [] } : step.to;
		return { ...step, to: target, ...(mode === 'no-cors' ? { mode } : {}) };
	});
	return { do: 'client', what: 'serviceworker', to, steps };
}

/** What frames and workers can do, on whichever host they are. */
function clientStepOf(random: Random, browser: BrowserName, isFrame: boolean): ScriptStep {
	if (!isFrame && random.chance(0.2)) return loadOf(random, sources(browser, true));
	for (;;) {
		const step = scriptStepOf(random, browser);
		if (step.do === 'load' && (!isFrame || loads[step.what].own || step.what === 'track')) continue;
		if ((step.do === 'beacon' || step.do === 'frame-form') && !isFrame) continue;
		if (step.do === 'fetch' && step.mode === 'same-origin') continue;
		if ((step.do === 'fetch' || step.do === 'xhr') && step.to.redirects && needsPermission(step)) continue;
		return step;
	}
}

function sheetOf(random: Random, browser: BrowserName): Step {
	const count = 1 + random.below(2);
	// What a sheet imports comes before the rest is looked at; an image comes with the style, a font with the layout after it.
	// Firefox raises the weight of such an image when the frame is there before the request leaves.
	const kinds: readonly SheetAsk['what'][] = random.chance(0.5)
		? Array.from({ length: count }, () => 'import' as const)
		: browser === 'chromium' && count === 2
			? ['image', 'font']
			: ['font'];
	const asks = kinds.map((what): SheetAsk => {
		// Whether a cookie of one answer is there for the next request is a race.
		const { cookies: _set, ...to } = targetOf(random);
		return { do: 'ask', what, to };
	});
	const policy = random.chance(0.2) ? random.pick(policies) : undefined;
	return { do: 'sheet', to: targetOf(random), ...(policy ? { policy } : {}), asks };
}

function scriptStepOf(random: Random, browser: BrowserName): ScriptStep {
	const roll = random.next();
	if (roll < 0.4) return fetchOf(random, browser);
	if (roll < 0.55) {
		const step = {
			do: 'xhr',
			to: targetOf(random),
			...callerOf(random),
			...(random.chance(0.3) ? { credentials: true as const } : {}),
			...(random.chance(0.15) ? { sync: true as const } : {}),
		} as const;
		return step;
	}
	if (roll < 0.62) {
		return {
			do: 'beacon',
			to: targetOf(random),
			...(random.chance(0.8) ? { body: random.pick(bodies.filter(isPlainType)) } : {}),
		};
	}
	if (roll < 0.64) {
		const { redirects: _none, tail = '', ...to } = targetOf(random);
		// Chromium has no sockets with a fragment.
		return {
			do: 'socket',
			to: { ...to, tail: tail.replace(/#.*/, '') },
			...(random.chance(0.3) ? { protocols: ['chat', 'v2'] } : {}),
		};
	}
	if (roll < 0.68)
		return { do: 'events', to: targetOf(random), ...(random.chance(0.4) ? { credentials: true as const } : {}) };
	if (roll < 0.7) {
		return {
			do: 'frame-form',
			to: targetOf(random),
			method: random.chance(0.7) ? 'post' : 'get',
			fields: random.pick(fieldSets),
		};
	}
	return loadOf(random, sources(browser, false));
}

/** Its type needs no question first, which a beacon's could not be told of. */
function isPlainType(source: string): boolean {
	return !source.includes('application/json');
}

/** What a script of a document or a worker can load. */
function sources(browser: BrowserName, isWorker: boolean): LoadKind[] {
	return loadKinds.filter((what) => {
		const { source, worker = false, only = browser } = loads[what];
		return source !== undefined && worker === isWorker && only === browser;
	});
}

/** An answer that is asked for again: the page asks for it as often, and without conditions of its own. */
function storedFetch(random: Random): FetchStep {
	const { redirects: _none, ...to } = targetOf(random);
	return {
		do: 'fetch',
		to,
		...(random.chance(0.3) ? { headers: random.some(safeFields, 1) } : {}),
		...(random.chance(0.3) ? { credentials: random.pick(['include', 'omit'] as const) } : {}),
		stored: true,
	};
}

function fetchOf(random: Random, browser: BrowserName): FetchStep {
	if (random.chance(0.06)) return storedFetch(random);
	const step: FetchStep = { do: 'fetch', to: targetOf(random), ...callerOf(random) };
	if (random.chance(0.1)) {
		step.mode = random.chance(0.5) ? 'no-cors' : 'same-origin';
		if (step.mode === 'no-cors') {
			if (!['GET', 'HEAD', 'POST'].includes(step.method ?? 'GET')) {
				delete step.method;
				delete step.body;
			}
			if (step.headers) step.headers = random.some(safeFields, 1);
		}
	}
	if (random.chance(0.3)) step.credentials = random.pick(['include', 'omit'] as const);
	if (random.chance(0.15)) step.cache = random.pick(['no-store', 'reload', 'no-cache', 'force-cache'] as const);
	if (random.chance(0.15)) step.priority = random.pick(['high', 'low'] as const);
	if (random.chance(0.15)) step.policy = random.pick(policies);
	if (random.chance(0.1) && browser) step.keepalive = true;
	// Firefox answers 421 of a host on another one's connection by a race (truth.md).
	const mayMove = browser === 'chromium' || step.to.host === undefined;
	if (random.chance(0.05) && !needsPermission(step))
		step.to = { ...step.to, first: mayMove ? random.pick([421, 421, 408] as const) : 408 };
	return step;
}

function callerOf(random: Random): Caller {
	const method = random.chance(0.5)
		? random.pick(['POST', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS'])
		: undefined;
	const takesBody = method !== undefined && method !== 'HEAD';
	return {
		...(method ? { method } : {}),
		...(random.chance(0.5) ? { headers: callerFields(random) } : {}),
		...(takesBody && random.chance(0.8) ? { body: random.pick(bodies) } : {}),
	};
}

/** Names are not repeated: `fetch` and XHR join them, in an order of their own. */
function callerFields(random: Random): (readonly [string, string])[] {
	const names = new Set<string>();
	return random.some(fieldPool, 1 + random.below(5)).filter(([name]) => {
		const isNew = !names.has(name.toLowerCase());
		names.add(name.toLowerCase());
		return isNew;
	});
}

function ownTarget({ redirects, host: _host, ...rest }: Target, host: Host): Target {
	const there = host === HOME ? {} : { host };
	const hops = redirects?.map(({ host: _other, ...hop }) => ({ ...hop, ...there }));
	return { ...rest, ...there, ...(hops ? { redirects: hops } : {}) };
}

function loadOf(random: Random, kinds: readonly LoadKind[]): Load {
	const what = random.pick(kinds);
	const { takes } = loads[what];
	const { redirects, ...rest } = targetOf(random);
	const load: Load = { do: 'load', what, to: redirects ? { ...rest, redirects } : rest };
	if (takes.includes('crossorigin') && random.chance(0.3))
		load.crossorigin = random.pick(['anonymous', 'use-credentials'] as const);
	if (takes.includes('policy') && random.chance(0.15)) load.policy = random.pick(policies);
	if (takes.includes('priority') && random.chance(0.2)) load.priority = random.pick(['high', 'low'] as const);
	return load;
}

function navigationOf(random: Random): Navigation {
	const to = targetOf(random);
	switch (random.below(6)) {
		case 0:
			return { do: 'visit', to };
		case 1:
			return { do: 'reload' };
		case 2:
			return { do: 'assign', to };
		case 3:
			return {
				do: 'link',
				to,
				...(random.chance(0.25) ? { policy: random.pick(policies) } : {}),
				...(random.chance(0.1) ? { noreferrer: true as const } : {}),
			};
		default: {
			const enctype = random.pick([undefined, undefined, 'multipart/form-data', 'text/plain'] as const);
			const method = random.chance(0.7) ? 'post' : 'get';
			return {
				do: 'form',
				to,
				method,
				...(enctype && method === 'post' ? { enctype } : {}),
				fields: random.pick(fieldSets),
			};
		}
	}
}

function targetOf(random: Random): Target {
	const host = random.chance(0.55) ? undefined : random.pick(hosts.slice(1));
	return {
		...(host ? { host } : {}),
		tail: random.chance(0.2) ? random.pick(oddTails) : random.pick(tails),
		...(random.chance(0.2) ? { redirects: Array.from({ length: 1 + random.below(3) }, () => hopOf(random)) } : {}),
		...(random.chance(0.15) ? { cookies: random.some(cookies, 1 + random.below(2)) } : {}),
	};
}

function hopOf(random: Random): Hop {
	const host = random.chance(0.5) ? undefined : random.pick(hosts);
	return {
		status: random.pick([301, 302, 303, 307, 308] as const),
		...(host && host !== 'www.mirror.test' ? { host } : {}),
		...(random.chance(0.2) ? { kept: true as const } : {}),
	};
}
