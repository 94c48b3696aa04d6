import { setTimeout } from 'node:timers/promises';
import { type MirrorRequest, type Reply, socketReply } from '@wiretwin/mirror';
import { ASKED_HINTS } from '@wiretwin/mirror/visit';
import type { Scenario, Stage } from '../scenario.ts';
import { type Act, EARLY, findTarget, HOME, isNavigation, MARKUP, PAGE, type Place } from './acts.ts';
import { askReply, clientReply, sheetReply } from './clients.ts';
import { attributesOf, earlyHints, loads } from './loads.ts';
import type { Early, Plan, PlanPage } from './plan.ts';

/** Hints that say what a browser has measured: about its machine, not about the browser. */
const MEASURED: ReadonlySet<string> = new Set([
	'viewport-width',
	'sec-ch-viewport-width',
	'sec-ch-viewport-height',
	'rtt',
	'downlink',
]);
const HINTS = ASKED_HINTS.filter((name) => !MEASURED.has(name)).join(', ');

/** No answer on loopback is faster than the way through a network, milliseconds (docs/internals/truth.md). */
const NETWORK_TIME = 20;

/** Answers everything that a plan asks for. */
export function answerOf(plan: Plan): NonNullable<Scenario['answer']> {
	return async (request, count, stage) => {
		const segment = request.url.pathname.split('/')[1] ?? '';
		const urlOf = ({ host, path }: Place): string => stage.url(path, host);
		if (segment === PAGE) {
			if (plan.page.early) await informEarly(plan.page.early, request, stage);
			return pageReply(plan.page, urlOf);
		}
		const found = findTarget(plan, segment);
		if (!found) return undefined;
		if (found.step.do === 'socket') return socketReply(request);
		// An answer that is faster than the body it answers is a matter of its own: what is sent then is a race.
		await request.readBody();
		if (request.method === 'OPTIONS' && request.header('access-control-request-method') !== null) {
			return { status: 204, headers: [...cors(request), ...preflight(request)] };
		}
		const { act, to, hop } = found;
		if (to.first && hop === 0 && count === 1) {
			await setTimeout(NETWORK_TIME);
			return { status: to.first, headers: [noStore, ...cors(request)] };
		}
		const redirect = to.redirects?.[hop];
		if (act.step.do === 'fetch' && act.step.stored) await setTimeout(NETWORK_TIME);
		if (!redirect) return answer(act, plan, to.cookies, request, urlOf);
		if (redirect.kept) await setTimeout(NETWORK_TIME);
		const [id] = segment.split('.');
		const location = urlOf({ host: redirect.host ?? HOME, path: `/${id}.${hop + 1}` });
		return {
			status: redirect.status,
			headers: [['location', new URL(location).href], ...(redirect.kept ? [] : [noStore]), ...cors(request)],
		};
	};
}

const noStore: [string, string] = ['cache-control', 'no-store'];

type UrlOf = (place: Place) => string;

function answer(act: Act, plan: Plan, cookies: readonly string[] = [], request: MirrorRequest, urlOf: UrlOf): Reply {
	const reply = replyOf(act, plan, request, urlOf);
	const set = cookies.map((value): [string, string] => ['set-cookie', value]);
	return { ...reply, headers: [...(reply.headers ?? []), ...set, ...cors(request)] };
}

function replyOf(act: Act, plan: Plan, request: MirrorRequest, urlOf: UrlOf): Reply {
	const { step } = act;
	if (step.do === 'fetch' && step.stored) return storedReply(request);
	if (isNavigation(step) || step.do === 'frame-form') return document('');
	switch (step.do) {
		case 'client':
			return clientReply(step);
		case 'sheet':
			return sheetReply(act, plan, urlOf);
		case 'ask':
			return askReply(step);
		case 'load':
			return loads[step.what].answer;
		case 'early':
			return loads[earlyHints[step.what].load].answer;
		case 'beacon':
			return { status: 204, headers: [noStore] };
		case 'events':
			return { headers: [['content-type', 'text/event-stream'], noStore], body: 'retry: 100000\ndata: 1\n\n' };
		default:
			return { headers: [['content-type', 'application/json'], noStore], body: '{}' };
	}
}

/** What a kept answer says of itself. */
export const VALIDATORS = { etag: '"v1"', lastModified: 'Sun, 30 Nov 2025 00:00:00 GMT' };

/** May be kept, and has to be asked for each time. */
function storedReply(request: MirrorRequest): Reply {
	const headers: [string, string][] = [
		['content-type', 'application/json'],
		['cache-control', 'no-cache'],
		['etag', VALIDATORS.etag],
		['last-modified', VALIDATORS.lastModified],
	];
	return request.header('if-none-match') === VALIDATORS.etag ? { status: 304, headers } : { headers, body: '{}' };
}

/** Names something before the page is there, and waits until it was asked for: by then both sides have read it. */
async function informEarly(early: Early, request: MirrorRequest, stage: Stage): Promise<void> {
	const { to, crossorigin, priority } = early;
	const { relation } = earlyHints[early.what];
	// A field has bytes: what is not ASCII is escaped as any server does.
	const url = new URL(stage.url(`/${EARLY}${to.tail ?? ''}`, to.host)).href;
	const attributes = [crossorigin ? `; crossorigin=${crossorigin}` : '', priority ? `; fetchpriority=${priority}` : ''];
	request.inform(103, [['link', `<${url}>; ${relation}${attributes.join('')}`]]);
	const asked = stage.mirror.waitForRequest(({ path }) => path.split(/[/?]/)[1] === EARLY);
	// The mirror may be closed before.
	await Promise.race([asked.catch(() => {}), setTimeout(EARLY_LIMIT)]);
}

/** Chromium passes over one 103 answer in 130 on a busy machine, milliseconds. */
const EARLY_LIMIT = 2000;

function pageReply(page: PlanPage, urlOf: UrlOf): Reply {
	const { cookies = [], policy, policyIn, hints, markup } = page;
	const record = markup ? loads[markup.what] : undefined;
	const url = markup
		? urlOf({ host: markup.to.host ?? HOME, path: `/${MARKUP}${markup.to.tail ?? ''}` })
				.replaceAll('&', '&amp;')
				.replaceAll('"', '&quot;')
		: '';
	const attributes = markup ? attributesOf(markup) : '';
	const meta = policy && policyIn ? `<meta name=referrer content=${policy}>` : '';
	const reply = document(record?.markup?.body?.(url, attributes) ?? '', record?.markup?.head?.(url, attributes), meta);
	return {
		...reply,
		headers: [
			...(reply.headers ?? []),
			...cookies.map((value): [string, string] => ['set-cookie', value]),
			...(policy && !policyIn ? [['referrer-policy', policy] as [string, string]] : []),
			...(hints ? [['accept-ch', HINTS] as [string, string]] : []),
		],
	};
}

/**
 * What a step does, a script of the page does: `import()` knows who calls it, and in Firefox goes by the policy that held when
 * that script was there, so what states one stands before it.
 */
const SCRIPT = `<script>act = (source) => eval(source)</script>`;

function document(body: string, head = '', meta = ''): Reply {
	return {
		headers: [['content-type', 'text/html; charset=utf-8'], noStore],
		body: `<!doctype html><title>plan</title><link rel=icon href=data:,>${meta}${SCRIPT}${head}<body>${body}`,
	};
}

/** Lets pages of other origins read the answers, with credentials. */
function cors(request: MirrorRequest): [string, string][] {
	const origin = request.header('origin');
	if (origin === null) return [];
	return [
		['access-control-allow-origin', origin],
		['access-control-allow-credentials', 'true'],
	];
}

function preflight(request: MirrorRequest): [string, string][] {
	const asked = request.header('access-control-request-headers');
	return [
		['access-control-allow-methods', 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'],
		['access-control-max-age', '0'],
		...(asked === null ? [] : [['access-control-allow-headers', asked] as [string, string]]),
	];
}
