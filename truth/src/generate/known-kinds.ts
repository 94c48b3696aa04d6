import type { BrowserName } from '@wiretwin/mirror/browsers';
import type { Host } from '../scenario.ts';
import { type Act, HOME, isNavigation, turnsOf } from './acts.ts';
import { type Finding, segmentOf } from './judge.ts';
import type { Plan, ScriptStep } from './plan.ts';

/** A difference that is understood and not mended. It does not fail a run; the report counts it apart. */
export type KnownKind = {
	/** Absent: both. */
	browser?: BrowserName;
	/** The kind of difference, as reports call it; all of it, or a pattern where the name varies. */
	kind: string | RegExp;
	/** Plans that can show it. @default all */
	plan?: (plan: Plan) => boolean;
	/** What is seen of it. @default anything of the kind */
	finding?: (finding: Finding, plan: Plan) => boolean;
	/** Why, and what would mend it. */
	cause: string;
};

/** Whoever mends one takes its line out: the fixed seed of CI then shows whether it was all. */
export const knownKinds: readonly KnownKind[] = [
	{
		kind: /^connection: order/,
		finding: ({ browser, wiretwin }, plan) => isOrderOfTurns(browser ?? '', wiretwin ?? '', plan, startsByItself),
		cause:
			'What one turn starts in different ways (elements, workers, calls) leaves when each of them is ready; wiretwin sends in the order of the calls.',
	},
	{
		browser: 'chromium',
		kind: /^connection: order/,
		finding: ({ browser, wiretwin }, plan) =>
			isOrderOfTurns(browser ?? '', wiretwin ?? '', plan, (act) => isInNoOrder(act) || startsByItself(act)),
		cause:
			'Calls of one turn to several hosts, with another priority or for longer than the page leave in one order or another (15 draws each of 9 plans: 5 to 14 in the order of the calls); wiretwin has one.',
	},
	{
		browser: 'chromium',
		kind: /^script-body redirected: (headers names -priority|priority HEADERS)$/,
		cause:
			'A script in the body that is in no hurry becomes urgent when the parser comes to it, which may be between two redirects (3 of 5 draws).',
	},
	{
		browser: 'chromium',
		kind: /^connection: records/,
		plan: (plan) => isHttp1(plan) && hasFile(plan),
		cause:
			'Head and file of a request leave in one record or in two: on a new connection in two (36 of 36), else mostly in one (29 of 36).',
	},
	{
		browser: 'chromium',
		kind: /^connection: frames \((HEADERS|DATA) for (HEADERS|DATA)\)$/,
		plan: (plan) => listOf(plan).some((turn) => turn.length > 1 && turn.some(({ step }) => isFile(step))),
		cause:
			'A file is read while the heads of its turn leave: its first frame is behind its own head or a later one (4 and 1 of 5 draws), in wiretwin behind those of the turn.',
	},
	{
		browser: 'chromium',
		kind: /: priority HEADERS$/,
		finding: (finding, plan) =>
			weightOf(finding.browser) === weightOf(finding.wiretwin) && (turnOf(segmentOf(finding), plan)?.length ?? 0) > 1,
		cause:
			'A stream depends on the latest that is still open, and whether an answer has ended is between browser and peer.',
	},
	{
		browser: 'chromium',
		kind: /: connections (connection|number of connections)$/,
		plan: isHttp1,
		cause: 'Chromium opens a spare connection for a navigation over HTTP/1.1 (truth.md, LIMIT).',
	},
	{
		browser: 'firefox',
		kind: /^connection: order/,
		// Another turn of the plan may have started in different ways.
		finding: ({ browser, wiretwin }, plan) =>
			isOrderOfTurns(
				browser ?? '',
				wiretwin ?? '',
				plan,
				(act, turn) => asksNoCache(act) || startsByItself(act) || mayOvertake(act, turn),
			),
		cause:
			'Firefox looks into its cache before it sends: what does not ask it (no-store, reload, a condition, a range, DELETE, keepalive) mostly overtakes what does, an XMLHttpRequest and fetch() of high priority some of the fetch() before them (5 of 8 draws; of fetch() alone 0 of 32, of an XMLHttpRequest before fetch() 0 of 8).',
	},
	{
		browser: 'firefox',
		kind: /: connections (connection|number of connections)$/,
		plan: (plan) => isHttp1(plan) && listOf(plan).some((turn) => turn.length > 1 && turn.some(startsByItself)),
		cause:
			'What one turn starts in different ways leaves when each of them is ready, over HTTP/1.1 perhaps on a connection that is free by then (audio beside fetch(), 12 of 12 draws); wiretwin sends all at once.',
	},
	{
		browser: 'firefox',
		kind: /: connections (connection|number of connections)$/,
		finding: isBehindHandshakes,
		cause:
			'Requests to several hosts started in one turn: in Firefox those still waiting join the first connection that is ready, so one or two carry them (fetch() to two hosts, 1 of 3 draws in two; with a preload first, 0 of 26); wiretwin waits for no handshake of another host.',
	},
	{
		browser: 'firefox',
		kind: /: connections connection$/,
		finding: (finding, plan) =>
			finding.browser?.replace(' resumed', '') === finding.wiretwin && isBesideShared(finding, plan),
		cause:
			"Firefox begins a connection to a host beside the other host's that it then shares; it carries nothing, and its session is resumed by a WebSocket or a repetition (3 of 3 draws; truth.md).",
	},
	{
		browser: 'firefox',
		kind: /^connection: hello (extensions|length without the ECH payload)$/,
		plan: repeatsElsewhere,
		finding: offersCompression,
		cause:
			'A repetition takes the connection that Firefox began beside the shared one if its handshake is not over yet, which offers what a first one does (2 of 7 draws, else one of its own).',
	},
	{
		browser: 'firefox',
		kind: /: headers (sec-fetch-storage-access|cookie|names ([+-]cookie ?)+)$/i,
		finding: (finding, plan) =>
			(finding.browser === 'active' || !/storage-access$/i.test(finding.label)) && isAfterClick(finding, plan),
		cause:
			'The site whose page the user has clicked on last may use its cookies in pages of other sites that come next, past pages that nobody clicked on (Firefox: heuristic of navigation; 30 plans, 2 to 5 draws each, nearly always); no session knows of the click.',
	},
	{
		browser: 'firefox',
		kind: /^connection: frames \((DATA|HEADERS|WINDOW_UPDATE) for (DATA|HEADERS|WINDOW_UPDATE)\)$/,
		plan: ({ steps }) => steps.some((step) => step.do === 'together' && step.steps.some(endsApart)),
		cause:
			'The empty frame that ends a body without a byte comes behind its own head or behind those of the others (3 of 4 draws behind its own; of one plan 13 of 14 times in the one way, then 12 of 12 draws in the other).',
	},
];

/** Every request that another one stands in the place of was started in one turn with it, and not all in one way. */
function isOrderOfTurns(
	browser: string,
	wiretwin: string,
	plan: Plan,
	isFree: (act: Act, turn: readonly Act[]) => boolean,
): boolean {
	const [left, right] = [browser.split(', '), wiretwin.split(', ')];
	if (left.toSorted().join() !== right.toSorted().join()) return false;
	return left.every((request, at) => {
		const other = right[at] ?? '';
		if (request === other) return true;
		const turn = turnOf(segmentOfRequest(request), plan);
		return turn?.some((act) => isFree(act, turn)) === true && turn === turnOf(segmentOfRequest(other), plan);
	});
}

/** A script's call leaves at once; the rest when it is ready. */
function startsByItself({ step }: Act): boolean {
	return step.do === 'load' || step.do === 'events' || step.do === 'frame-form' || step.do === 'ask';
}

/** Where Chromium itself has no order. */
function isInNoOrder({ step, url, page }: Act): boolean {
	if (url.host !== page.host || step.do === 'beacon') return true;
	return step.do === 'fetch' && (step.keepalive === true || step.priority !== undefined);
}

function hasFile(plan: Plan): boolean {
	return listOf(plan).some((turn) => turn.some(({ step }) => isFile(step)));
}

/** Sends a body that has to be read. */
function isFile(step: Act['step']): boolean {
	return 'body' in step && /new (Blob|File)\(\[/.test(step.body ?? '');
}

/** A turn up to the finding's asks several hosts at once, over HTTP/2, and one of them is new to the page. */
function isBehindHandshakes(finding: Finding, plan: Plan): boolean {
	if (isHttp1(plan)) return false;
	const turns = turnsUpTo(finding, plan);
	return turns.some((turn, at) => {
		const before = turns.slice(0, at).flat();
		const isKnown = ({ url, page }: Act): boolean =>
			before.some((act) => act.url.host === url.host && siteOf(act.page.host) === siteOf(page.host));
		return new Set(turn.map(({ url }) => url.host)).size > 1 && !turn.every(isKnown);
	});
}

/** A WebSocket or a repetition, of which there was a connection for its host alone, or what followed on that. */
function isBesideShared(finding: Finding, plan: Plan): boolean {
	const acts = turnsUpTo(finding, plan).flat();
	const hosts = hostsOf(actOf(finding, plan));
	const hasOwn = ({ step, url }: Act): boolean =>
		hosts.includes(url.host) && (step.do === 'socket' || ('to' in step && step.to.first !== undefined));
	return !isHttp1(plan) && acts.some(hasOwn);
}

/** A request to another host than its page's is repeated. */
function repeatsElsewhere(plan: Plan): boolean {
	const repeats = ({ step, url, page }: Act) => url.host !== page.host && 'to' in step && step.to.first !== undefined;
	return !isHttp1(plan) && listOf(plan).flat().some(repeats);
}

/** The browser offers certificate compression (RFC 8879), and else nothing is different. */
function offersCompression({ browser, wiretwin }: Finding): boolean {
	const lengths = Number(browser) - Number(wiretwin);
	return browser?.replace(' 27 ', ' ') === wiretwin || lengths === COMPRESSION_OFFER;
}

/** Bytes of Firefox's: type, length, and three algorithms with the length of their list. */
const COMPRESSION_OFFER = 4 + 1 + 3 * 2;

/** Asked for where the site that it goes to may use its cookies, because of a click there. */
function isAfterClick(finding: Finding, plan: Plan): boolean {
	const act = actOf(finding, plan);
	if (!act || act.step.do === 'reload') return false;
	const clicked = new Set<string>();
	const allowed = new Set<string>();
	let last: string | undefined;
	for (const { step, page, end } of turnsUpTo(finding, plan).flat()) {
		if (!isNavigation(step) || step.do === 'reload') continue;
		const [from, to] = [siteOf(page.host), siteOf(end.host)];
		if (step.do === 'link' || step.do === 'form') clicked.add(from);
		if (clicked.has(from)) last = from;
		if (last !== undefined && last !== to) allowed.add(`${last} in ${to}`);
	}
	const top = act.inside?.step.do === 'client' ? act.inside.page : act.page;
	return hostsOf(act).some((host) => allowed.has(`${siteOf(host)} in ${siteOf(top.host)}`));
}

/** Of its request and of where that is redirected to. */
function hostsOf(act: Act | undefined): Host[] {
	if (!act) return [];
	const redirects = 'to' in act.step ? (act.step.to.redirects ?? []) : [];
	return [act.url.host, ...redirects.map(({ host }) => host ?? HOME)];
}

const siteOf = (host: Host): string => (host.includes('mirror.test') ? 'mirror.test' : host.replace(/:2$/, ''));

function isHttp1({ server }: Plan): boolean {
	return server?.protocol === 'http/1.1' || server?.tls === 'none';
}

const CONDITIONS = /^(if-(none-match|match|modified-since|unmodified-since|range)|range)$/i;

/** A request that ends in a frame of its own. */
function endsApart(step: ScriptStep): boolean {
	if (step.do === 'frame-form') return step.method === 'post' && step.fields?.length === 0;
	return (step.do === 'fetch' || step.do === 'xhr') && step.method !== undefined && !step.body;
}

/** A call that Firefox's cache has no part in. */
function asksNoCache({ step }: Act): boolean {
	if (step.do !== 'fetch' && step.do !== 'xhr') return false;
	const isPlain = step.method === undefined || step.method === 'GET' || step.method === 'HEAD';
	const asks = step.do === 'fetch' && (step.cache === 'no-store' || step.cache === 'reload' || step.keepalive === true);
	return !isPlain || asks || step.headers?.some(([name]) => CONDITIONS.test(name)) === true;
}

/** Firefox may start this before a fetch() that was called before it. */
function mayOvertake(act: Act, turn: readonly Act[]): boolean {
	const { step } = act;
	const hurries = step.do === 'xhr' || (step.do === 'fetch' && step.priority === 'high');
	return hurries && turn.slice(0, turn.indexOf(act)).some((other) => other.step.do === 'fetch');
}

const segmentOfRequest = (request: string): string | undefined => / \/([^/?]*)/.exec(request)?.[1];

const turns = new WeakMap<Plan, readonly (readonly Act[])[]>();

function listOf(plan: Plan): readonly (readonly Act[])[] {
	const list = turns.get(plan) ?? turnsOf(plan);
	turns.set(plan, list);
	return list;
}

/** What started together with the request of a first path segment. */
function turnOf(segment: string | undefined, plan: Plan): readonly Act[] | undefined {
	const id = segment?.split('.')[0];
	return listOf(plan).find((turn) => turn.some((act) => act.id === id));
}

/** The turns before what a finding is about, and its own; all if it is about a connection. */
function turnsUpTo(finding: Finding, plan: Plan): readonly (readonly Act[])[] {
	const turn = turnOf(segmentOf(finding), plan);
	const list = listOf(plan);
	return turn ? list.slice(0, list.indexOf(turn) + 1) : list;
}

function actOf(finding: Finding, plan: Plan): Act | undefined {
	const id = segmentOf(finding)?.split('.')[0];
	return turnOf(id, plan)?.find((act) => act.id === id);
}

const weightOf = (value: string | null): string => value?.replace(/ on \d+$/, '') ?? '';
