import { runInThisContext } from 'node:vm';
import { type HeadersSection, workerPolicy } from '@wiretwin/profiles';
import {
	type BodyInput,
	type FetchInit,
	type Initiator,
	type InitiatorClient,
	type Session,
	WebSocket,
} from 'wiretwin';
import type { Stage } from '../scenario.ts';
import { type Act, formEntries, HOME, PAGE, type Place, turnsOf } from './acts.ts';
import { VALIDATORS } from './answers.ts';
import { earlyHints, type LoadRecord, loads } from './loads.ts';
import type { FetchStep, Load, Navigation, Plan, Policy, XhrStep } from './plan.ts';
import { preflightOf } from './preflight.ts';

/** One call of `session.fetch`, or with `protocols` a WebSocket. `init.body` is source text, so that a plan stays data. */
export type Call = {
	url: Place;
	init: CallInit;
	protocols?: readonly string[];
	/** It waits until the peer has this request of the same turn. */
	behind?: string;
};
export type CallInit = Omit<FetchInit, 'body' | 'headers' | 'referrer' | 'initiator'> & {
	initiator?: {
		url: Place;
		parent?: Place;
		client?: InitiatorClient;
		opaque?: true;
		sandbox?: true;
		styleSheet?: Place;
	};
	referrer?: Place;
	headers?: readonly (readonly [string, string])[];
	body?: string;
};

/** The calls that a user of `wiretwin` would write for a plan: one list for each turn. Those of a list follow each other. */
export function callsOf(plan: Plan, headers?: HeadersSection): Call[][][] {
	const page: Call = { url: { host: HOME, path: `/${PAGE}${plan.page.tail ?? ''}` }, init: {} };
	const turns = turnsOf(plan).map((turn) => turn.map((act) => callsOfAct(act, plan.page.policy, headers)));
	return plan.page.early ? [[[page], ...(turns[0] ?? [])], ...turns.slice(1)] : [[[page]], ...turns];
}

function callsOfAct(act: Act, pagePolicy: Policy | undefined, headers: HeadersSection | undefined): Call[] {
	const { step, url } = act;
	const policy = policyOf(act, pagePolicy, headers);
	const from = { ...whoAsks(act), ...(policy ? { referrerPolicy: policy } : {}) };
	const call = (init: CallInit): Call => ({ url, init: { ...from, ...init } });
	switch (step.do) {
		case 'visit':
			return [{ url, init: {} }];
		case 'reload': {
			// A browser asks again as it asked at first, with the same referrer.
			const { again } = act;
			if (!again) return [{ url, init: { kind: 'reload' } }];
			const before = isNoReferrer(again) ? 'no-referrer' : policyOf(again, pagePolicy);
			const shown = shownAtTheEnd(again, before);
			return [{ url, init: { kind: 'reload', ...(before ? { referrerPolicy: before } : {}), ...shown } }];
		}
		case 'assign':
			return [call({ userActivation: false })];
		case 'link':
			return [call(step.noreferrer ? { referrerPolicy: 'no-referrer' } : {})];
		case 'form':
			return [call(formInit(step))];
		case 'beacon':
			return [call({ kind: 'beacon', method: 'POST', ...body(step.body) })];
		case 'frame-form':
			return [
				call({
					kind: step.method === 'post' ? 'frame-form' : 'iframe',
					userActivation: false,
					...(step.method === 'post'
						? { method: 'POST', body: `new URLSearchParams(${JSON.stringify(formEntries(step))})` }
						: {}),
				}),
			];
		case 'events':
			return [call({ kind: 'eventsource', ...(step.credentials ? { credentials: 'include' } : {}) })];
		case 'socket':
			return [{ url, init: { initiator: from.initiator ?? { url: act.page } }, protocols: step.protocols ?? [] }];
		case 'load':
			// Nothing shows what the browser does ahead of the user but who it does it for.
			if (step.what === 'speculation')
				return [
					{
						url,
						init: {
							kind: 'speculation-prefetch',
							initiator: { url: act.page },
							...(policy ? { referrerPolicy: policy } : {}),
						},
					},
				];
			return [call({ ...loadInit(step), ...whoImports(act) })];
		case 'early': {
			const { crossorigin, priority } = step;
			const credentials = crossorigin === 'use-credentials' ? 'include' : 'same-origin';
			const cors = loads[earlyHints[step.what].load].cors === true;
			return [
				{
					url,
					behind: PAGE,
					init: {
						kind: step.what,
						initiator: { url: act.page },
						...(priority ? { priority } : {}),
						...(crossorigin ? { ...(cors ? {} : { mode: 'cors' as const }), credentials } : {}),
					},
				},
			];
		}
		case 'client':
			return [
				call({
					kind: clientKinds[step.what],
					...(step.what === 'sandbox' ? { initiator: { url: act.page, sandbox: true } } : {}),
				}),
			];
		case 'sheet':
			return [call({ kind: 'style' })];
		case 'ask':
			return [call({ kind: step.what === 'import' ? 'style' : step.what })];
		case 'fetch':
		case 'xhr': {
			const sent = call(step.do === 'fetch' ? fetchInit(step) : xhrInit(step));
			if ('stored' in step && step.stored) return [sent, { url, init: { ...sent.init, validators: VALIDATORS } }];
			const preflight = preflightOf(step, act);
			return preflight ? [call(preflight), sent] : [sent];
		}
	}
}

/** `document.referrer` of what a navigation led to: what redirects through another origin cut stays cut. */
function shownAtTheEnd(
	{ step, page, url }: Act,
	policy: Policy | undefined,
): Pick<CallInit, 'referrer' | 'referrerPolicy'> {
	const hops = 'to' in step ? (step.to.redirects ?? []) : [];
	const hasLeft = [url, ...hops].some(({ host = HOME }) => host !== page.host);
	if (!hasLeft || (policy && !CUTS.has(policy))) return { referrer: page };
	return policy === 'same-origin'
		? { referrer: page, referrerPolicy: 'no-referrer' }
		: { referrer: { host: page.host, path: '/' } };
}

const CUTS: ReadonlySet<Policy> = new Set([
	'same-origin',
	'origin-when-cross-origin',
	'strict-origin-when-cross-origin',
]);

const isNoReferrer = ({ step }: Act): boolean => step.do === 'link' && step.noreferrer === true;

const clientKinds = {
	frame: 'iframe',
	sandbox: 'iframe',
	worker: 'worker',
	sharedworker: 'sharedworker',
	serviceworker: 'serviceworker',
} as const;
const clients = {
	frame: 'document',
	sandbox: 'document',
	worker: 'worker',
	sharedworker: 'shared-worker',
	serviceworker: 'service-worker',
} as const;

/** The page, or what is inside of it. */
function whoAsks({ page, inside }: Act): Pick<CallInit, 'referrer' | 'initiator'> {
	if (inside?.step.do === 'sheet') return { initiator: { url: page, styleSheet: inside.end } };
	if (inside?.step.do !== 'client') return { referrer: page };
	const { what } = inside.step;
	const client = clients[what];
	return {
		initiator: {
			url: page,
			parent: inside.page,
			...(client === 'document' ? {} : { client }),
			...(what === 'sandbox' ? { opaque: true as const } : {}),
		},
	};
}

/** Of the element or call, else of the document or sheet that asks. */
function policyOf(
	{ step, inside, first }: Act,
	pagePolicy: Policy | undefined,
	headers?: HeadersSection,
): Policy | undefined {
	if ('policy' in step && step.do !== 'client' && step.do !== 'sheet' && step.policy) return step.policy;
	if (headers && inside?.step.do === 'client') {
		const { what, policy: own } = inside.step;
		const kind = step.do === 'load' ? loads[step.what].kind : step.do;
		return workerPolicy(headers, kind, clients[what], { own, page: inside.first ? pagePolicy : undefined });
	}
	if (inside) return 'policy' in inside.step ? inside.step.policy : undefined;
	return first ? pagePolicy : undefined;
}

/** A script that imports something is the referrer itself: of a document that shows none too. */
function whoImports({ step, inside }: Act): Pick<CallInit, 'referrer'> {
	const isImport = step.do === 'load' && (step.what === 'module-json' || step.what === 'module-style');
	return isImport && inside?.step.do === 'client' && inside.step.what === 'sandbox' ? { referrer: inside.end } : {};
}

const body = (source: string | undefined): CallInit => (source === undefined ? {} : { body: source });

function fetchInit(step: FetchStep): CallInit {
	const { method, headers, mode, credentials, cache, priority, keepalive } = step;
	return {
		kind: 'fetch',
		...(method ? { method } : {}),
		...(headers ? { headers } : {}),
		...body(step.body),
		...(mode ? { mode } : {}),
		...(credentials ? { credentials } : {}),
		...(cache ? { cache } : {}),
		...(priority ? { priority } : {}),
		...(keepalive ? { keepalive } : {}),
	};
}

function xhrInit({ method, headers, body: source, credentials, sync }: XhrStep): CallInit {
	return {
		kind: 'xhr',
		...(method ? { method } : {}),
		...(headers ? { headers } : {}),
		...body(source),
		...(credentials ? { credentials: 'include' } : {}),
		...(sync ? { sync } : {}),
	};
}

function loadInit({ what, crossorigin, priority }: Load): CallInit {
	const { kind, cors }: LoadRecord = loads[what];
	const credentials = crossorigin === 'use-credentials' ? 'include' : 'same-origin';
	return {
		kind,
		...(priority ? { priority } : {}),
		...(crossorigin ? { ...(cors ? {} : { mode: 'cors' as const }), credentials } : {}),
	};
}

function formInit(step: Navigation & { do: 'form' }): CallInit {
	const { method, enctype } = step;
	if (method === 'get') return {};
	const fields = formEntries(step);
	const pairs = JSON.stringify(fields);
	switch (enctype) {
		case 'multipart/form-data':
			return {
				method: 'POST',
				body: `${pairs}.reduce((form, [name, value]) => (form.append(name, value), form), new FormData())`,
			};
		case 'text/plain':
			return {
				method: 'POST',
				kind: 'form',
				headers: [['content-type', 'text/plain']],
				body: JSON.stringify(fields.map(([name, value]) => `${name}=${value}\r\n`).join('')),
			};
		default:
			return { method: 'POST', body: `new URLSearchParams(${pairs})` };
	}
}

/** Changes a call on its way to wiretwin: an error made on purpose. A promise is a call that comes late. */
export type Alter = (init: FetchInit) => FetchInit | Promise<FetchInit>;

/** Makes wiretwin do what a plan says. */
export async function runInWiretwin(plan: Plan, session: Session, stage: Stage, alter?: Alter): Promise<void> {
	for (const turn of callsOf(plan, session.transport.profile.document.headers)) {
		const failures = await Promise.allSettled(turn.map((calls) => inOrder(calls, session, stage, alter)));
		for (const failure of failures) if (failure.status === 'rejected') throw failure.reason;
	}
}

async function inOrder(calls: readonly Call[], session: Session, stage: Stage, alter?: Alter): Promise<void> {
	for (const { url, init, protocols, behind } of calls) {
		if (behind) await stage.mirror.waitForRequest(({ path }) => path.split(/[/?]/)[1] === behind);
		const { referrer, initiator, body: source, headers, ...rest } = init;
		const at = (place: Place): string => stage.url(place.path, place.host);
		const given: FetchInit = {
			...rest,
			...(referrer ? { referrer: at(referrer) } : {}),
			...(initiator ? { initiator: withPlaces(initiator, at) } : {}),
			...(headers ? { headers } : {}),
			...(source === undefined ? {} : { body: evaluated(source) }),
		};
		if (protocols) {
			await opened(
				new WebSocket(stage.url(url.path, url.host).replace('http', 'ws'), [...protocols], {
					session,
					initiator: given.initiator as Initiator,
				}),
			);
			continue;
		}
		const altered = alter?.(given) ?? given;
		// Calls of one turn leave in one turn.
		const response = await session.fetch(
			stage.url(url.path, url.host),
			altered instanceof Promise ? await altered : altered,
		);
		await response.arrayBuffer();
	}
}

function opened(socket: WebSocket): Promise<unknown> {
	return new Promise((resolve) => {
		socket.onopen = resolve;
		socket.onerror = resolve;
	});
}

function withPlaces(initiator: NonNullable<CallInit['initiator']>, at: (place: Place) => string): Initiator {
	const { url, parent, styleSheet, ...rest } = initiator;
	return {
		url: at(url),
		...(parent ? { parent: at(parent) } : {}),
		...(styleSheet ? { styleSheet: at(styleSheet) } : {}),
		...rest,
	};
}

function evaluated(source: string): BodyInput {
	return runInThisContext(`(${source})`) as BodyInput;
}

/** The calls as source text, for people. */
export function callsText(plan: Plan): string {
	const text = ({ url, init, protocols, behind }: Call): string => {
		const { referrer, initiator, body: source, ...rest } = init;
		const options = [
			...Object.entries(rest).map(([name, value]) => `${name}: ${JSON.stringify(value)}`),
			...(source === undefined ? [] : [`body: ${source}`]),
			...(referrer ? [`referrer: '${placeText(referrer)}'`] : []),
			...(initiator ? [`initiator: ${JSON.stringify(withPlaces(initiator, placeText))}`] : []),
		];
		if (protocols)
			return `new WebSocket('${placeText(url)}', ${JSON.stringify(protocols)}, { session, ${options.join(', ')} })`;
		const told = `session.fetch('${placeText(url)}'${options.length > 0 ? `, { ${options.join(', ')} }` : ''})`;
		return behind ? `when /${behind} is on its way ${told}` : told;
	};
	return callsOf(plan)
		.map((turn) => turn.map((calls) => calls.map(text).join(', then ')).join('\n  at once '))
		.join('\n');
}

const placeText = ({ host, path }: Place): string => `https://${host}${path}`;
