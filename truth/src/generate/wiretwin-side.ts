import { runInThisContext } from 'node:vm';
import type { BodyInput, FetchInit, Session } from 'wiretwin';
import type { Stage } from '../scenario.ts';
import { type Act, HOME, PAGE, type Place, turnsOf } from './acts.ts';
import { type LoadRecord, loads } from './loads.ts';
import type { FetchStep, Load, Navigation, Plan, Policy, XhrStep } from './plan.ts';
import { preflightOf } from './preflight.ts';

/** One call of `session.fetch`. `init.body` is source text, so that a plan stays data. */
export type Call = { url: Place; init: CallInit };
export type CallInit = Omit<FetchInit, 'body' | 'headers' | 'referrer'> & {
	referrer?: Place;
	headers?: readonly (readonly [string, string])[];
	body?: string;
};

/** The calls that a user of `wiretwin` would write for a plan: one list for each turn. Those of a list follow each other. */
export function callsOf(plan: Plan): Call[][][] {
	const page: Call = { url: { host: HOME, path: `/${PAGE}${plan.page.tail ?? ''}` }, init: {} };
	return [[[page]], ...turnsOf(plan).map((turn) => turn.map((act) => callsOfAct(act, plan.page.policy)))];
}

function callsOfAct(act: Act, pagePolicy: Policy | undefined): Call[] {
	const { step, url, page } = act;
	const policy = ('policy' in step ? step.policy : undefined) ?? (act.first ? pagePolicy : undefined);
	const from = { referrer: page, ...(policy ? { referrerPolicy: policy } : {}) };
	const call = (init: CallInit): Call => ({ url, init: { ...from, ...init } });
	switch (step.do) {
		case 'visit':
			return [{ url, init: {} }];
		case 'reload':
			return [{ url, init: { kind: 'reload' } }];
		case 'assign':
			return [call({ userActivation: false })];
		case 'link':
			return [call(step.noreferrer ? { referrerPolicy: 'no-referrer' } : {})];
		case 'form':
			return [call(formInit(step))];
		case 'beacon':
			return [call({ kind: 'beacon', method: 'POST', ...body(step.body) })];
		case 'events':
			return [call({ kind: 'eventsource', ...(step.credentials ? { credentials: 'include' } : {}) })];
		case 'load':
			return [call(loadInit(step))];
		case 'fetch':
		case 'xhr': {
			const sent = call(step.do === 'fetch' ? fetchInit(step) : xhrInit(step));
			const preflight = preflightOf(step, act);
			return preflight ? [call(preflight), sent] : [sent];
		}
	}
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

function xhrInit({ method, headers, body: source, credentials }: XhrStep): CallInit {
	return {
		kind: 'xhr',
		...(method ? { method } : {}),
		...(headers ? { headers } : {}),
		...body(source),
		...(credentials ? { credentials: 'include' } : {}),
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

function formInit({ method, enctype, fields }: Navigation & { do: 'form' }): CallInit {
	if (method === 'get') return {};
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

/** Makes wiretwin do what a plan says. */
export async function runInWiretwin(plan: Plan, session: Session, stage: Stage): Promise<void> {
	for (const turn of callsOf(plan)) {
		const failures = await Promise.allSettled(turn.map((calls) => inOrder(calls, session, stage)));
		for (const failure of failures) if (failure.status === 'rejected') throw failure.reason;
	}
}

async function inOrder(calls: readonly Call[], session: Session, stage: Stage): Promise<void> {
	for (const { url, init } of calls) {
		const { referrer, body: source, headers, ...rest } = init;
		const response = await session.fetch(stage.url(url.path, url.host), {
			...rest,
			...(referrer ? { referrer: stage.url(referrer.path, referrer.host) } : {}),
			...(headers ? { headers } : {}),
			...(source === undefined ? {} : { body: evaluated(source) }),
		});
		await response.arrayBuffer();
	}
}

function evaluated(source: string): BodyInput {
	return runInThisContext(`(${source})`) as BodyInput;
}

/** The calls as source text, for people. */
export function callsText(plan: Plan): string {
	const text = ({ url, init }: Call): string => {
		const { referrer, body: source, ...rest } = init;
		const options = [
			...Object.entries(rest).map(([name, value]) => `${name}: ${JSON.stringify(value)}`),
			...(source === undefined ? [] : [`body: ${source}`]),
			...(referrer ? [`referrer: '${placeText(referrer)}'`] : []),
		];
		return `session.fetch('${placeText(url)}'${options.length > 0 ? `, { ${options.join(', ')} }` : ''})`;
	};
	return callsOf(plan)
		.map((turn) => turn.map((calls) => calls.map(text).join(', then ')).join('\n  at once '))
		.join('\n');
}

const placeText = ({ host, path }: Place): string => `https://${host}${path}`;
