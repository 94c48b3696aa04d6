import { setTimeout } from 'node:timers/promises';
import { type MirrorRequest, type Reply, socketReply } from '@wiretwin/mirror';
import { ASKED_HINTS } from '@wiretwin/mirror/visit';
import { type Act, findTarget, HOME, isNavigation, MARKUP, PAGE } from './acts.ts';
import { askReply, clientReply, sheetReply } from './clients.ts';
import { attributesOf, loads } from './loads.ts';
import type { Plan, PlanPage } from './plan.ts';

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
export function answerOf(plan: Plan): (request: MirrorRequest, count: number) => Promise<Reply | undefined> {
	return async (request, count) => {
		const segment = request.url.pathname.split('/')[1] ?? '';
		if (segment === PAGE) return pageReply(plan.page, request);
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
		if (!redirect) return answer(act, plan, to.cookies, request);
		if (redirect.kept) await setTimeout(NETWORK_TIME);
		const [id] = segment.split('.');
		const location = `${request.record.scheme}://${redirect.host ?? HOME}:${request.url.port}/${id}.${hop + 1}`;
		return {
			status: redirect.status,
			headers: [['location', location], ...(redirect.kept ? [] : [noStore]), ...cors(request)],
		};
	};
}

const noStore: [string, string] = ['cache-control', 'no-store'];

function answer(act: Act, plan: Plan, cookies: readonly string[] = [], request: MirrorRequest): Reply {
	const reply = replyOf(act, plan, request);
	const set = cookies.map((value): [string, string] => ['set-cookie', value]);
	return { ...reply, headers: [...(reply.headers ?? []), ...set, ...cors(request)] };
}

function replyOf(act: Act, plan: Plan, request: MirrorRequest): Reply {
	const { step } = act;
	if (step.do === 'fetch' && step.stored) return storedReply(request);
	if (isNavigation(step) || step.do === 'frame-form') return document('');
	switch (step.do) {
		case 'client':
			return clientReply(step);
		case 'sheet':
			return sheetReply(
				act,
				plan,
				(place) => `${request.record.scheme}://${place.host}:${request.url.port}${place.path}`,
			);
		case 'ask':
			return askReply(step);
		case 'load':
			return loads[step.what].answer;
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

function pageReply(page: PlanPage, request: MirrorRequest): Reply {
	const { cookies = [], policy, policyIn, hints, markup } = page;
	const record = markup ? loads[markup.what] : undefined;
	const url = markup
		? `${request.record.scheme}://${markup.to.host ?? HOME}:${request.url.port}/${MARKUP}${markup.to.tail ?? ''}`
				.replaceAll('&', '&amp;')
				.replaceAll('"', '&quot;')
		: '';
	const attributes = markup ? attributesOf(markup) : '';
	const meta = policy && policyIn ? `<meta name=referrer content=${policy}>` : '';
	const reply = document(
		record?.markup?.body?.(url, attributes) ?? '',
		meta + (record?.markup?.head?.(url, attributes) ?? ''),
	);
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

/** What a step does, a script of the page does: `import()` knows who calls it. */
const SCRIPT = `<script>act = (source) => eval(source)</script>`;

function document(body: string, head = ''): Reply {
	return {
		headers: [['content-type', 'text/html; charset=utf-8'], noStore],
		body: `<!doctype html><title>plan</title><link rel=icon href=data:,>${SCRIPT}${head}<body>${body}`,
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
