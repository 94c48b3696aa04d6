import { setTimeout as pause } from 'node:timers/promises';
import { type MirrorRequest, type Reply, startMirror } from '@wiretwin/mirror';
import type { Browser } from '@wiretwin/mirror/browsers';
import { type CacheRules, getProfile, type Profile } from '@wiretwin/profiles';
import { createSession, type FetchInit, type Session } from 'wiretwin';
import type { AnswersResult } from '../answers/compare-answers.ts';
import { edited } from '../perturbations.ts';
import type { Ask, Visit } from './visits.ts';

/** Two requests for the same URL at once, and what the server says to each. */
type Pair = {
	/** Unique, shown in the report. */
	name: string;
	status?: number;
	fields: Visit['fields'];
	first?: Ask;
	second?: Ask;
	/** The first is given up then. */
	abort?: 'head' | 'body';
	/** How many ask as the second does. @default 1 */
	others?: number;
	/** An answer is kept before. */
	isKept?: boolean;
};

const FRESH = ['cache-control', 'max-age=100'] as const;
const NOT_KEPT = ['cache-control', 'no-store'] as const;
const ETAG = ['etag', '"v1"'] as const;
const MOVED = ['location', '/moved'] as const;
/** The server takes so long for a head, and for the rest of a body: by when the second comes tells for what it has waited. */
const STEP_MS = 700;
/** The second is asked for when the first is on its way. */
const BETWEEN_MS = 150;
const ABORTS_MS = { head: 250, body: 900 } as const;
/** Pairs that are asked for side by side: a browser waits with more connections and looks busy. */
const AT_ONCE = 8;
const telling = ['if-none-match', 'cache-control', 'pragma', 'range'];

const second = (name: string, ask: Ask, ...more: Visit['fields']): Pair => ({
	name: `second: ${name}`,
	fields: [FRESH, ...more],
	second: ask,
});
const first = (name: string, ask: Ask): Pair => ({ name: `first: ${name}`, fields: [FRESH], first: ask });

const pairs: readonly Pair[] = [
	{ name: 'max-age', fields: [FRESH] },
	{ name: 'three, max-age', fields: [FRESH], others: 2 },
	{ name: 'no-store', fields: [NOT_KEPT] },
	{ name: 'three, no-store', fields: [NOT_KEPT], others: 2 },
	{ name: 'nothing is said', fields: [] },
	{ name: 'three, nothing is said', fields: [], others: 2 },
	{ name: 'etag alone', fields: [ETAG] },
	{ name: 'max-age=0', fields: [['cache-control', 'max-age=0']] },
	{ name: 'stale-while-revalidate', fields: [['cache-control', 'max-age=0, stale-while-revalidate=100'], ETAG] },
	{ name: 'the same variant', fields: [FRESH, ['vary', 'x-a']] },
	{ name: 'another variant', fields: [FRESH, ['vary', 'x-a']], second: { headers: { 'x-a': '1' } } },
	{ name: 'vary *', fields: [FRESH, ['vary', '*']] },
	{ name: '404, max-age', status: 404, fields: [FRESH] },
	{ name: '500', status: 500, fields: [] },
	{ name: '301', status: 301, fields: [MOVED] },
	{ name: '302', status: 302, fields: [MOVED] },
	{ name: '302, max-age', status: 302, fields: [MOVED, FRESH] },
	{ name: 'first is aborted before its head', fields: [FRESH], abort: 'head' },
	{ name: 'first is aborted in its body', fields: [FRESH], abort: 'body' },
	second('no-store', { cache: 'no-store' }),
	second('reload', { cache: 'reload' }),
	second('no-cache', { cache: 'no-cache' }),
	second('no-cache, etag', { cache: 'no-cache' }, ETAG),
	second('force-cache', { cache: 'force-cache' }),
	second('only-if-cached', { cache: 'only-if-cached', mode: 'same-origin' }),
	second('own cache-control', { headers: { 'cache-control': 'no-cache' } }),
	second('own condition', { headers: { 'if-none-match': '"x"' } }),
	second('range', { headers: { range: 'bytes=0-1' } }),
	second('HEAD', { method: 'HEAD' }),
	second('POST', { method: 'POST', body: 'x' }),
	second('without credentials', { credentials: 'omit' }),
	first('no-store', { cache: 'no-store' }),
	first('reload', { cache: 'reload' }),
	first('no-cache', { cache: 'no-cache' }),
	first('own condition', { headers: { 'if-none-match': '"x"' } }),
	first('HEAD', { method: 'HEAD' }),
	first('POST', { method: 'POST', body: 'x' }),
	first('without credentials', { credentials: 'omit' }),
	{ name: 'stale, kept', fields: [['cache-control', 'max-age=0'], ETAG], isKept: true },
];

const theHead =
	'it asks behind the head of the first, ours behind its end, where the validator has something to be good for';
/** Where wiretwin is different, and why. */
const known: ReadonlyMap<string, string> = new Map([
	['chromium etag alone', theHead],
	['chromium second: no-cache, etag', theHead],
	['chromium first is aborted in its body', 'it goes on with the first request for the second; ours asks anew'],
	['chromium second: own condition', 'it waits for a head that it has no use for'],
	['chromium second: range', 'it waits for a head that it has no use for'],
]);

/** Asks for each URL twice at once, by the browser and by wiretwin: what was sent when, and what was shown. */
export async function runTogether(browser: Browser, profile: Profile): Promise<AnswersResult> {
	await using site = await startSite();
	await browser.navigate(`${site.base}/page`);
	const theirs = await inGroups((group) => browser.evaluate<string[]>(site.script(group)), site, 'theirs');
	const ours = await site.askWiretwin(profile, 'ours');
	const differences: AnswersResult['differences'] = [];
	const outdated: string[] = [];
	for (const { name } of pairs) {
		const reason = known.get(`${browser.name} ${name}`);
		const [left = '', right = ''] = [theirs.get(name), ours.get(name)];
		if (left !== right) differences.push({ name: `at once: ${name}`, browser: left, wiretwin: right, reason });
		else if (reason !== undefined) outdated.push(name);
	}
	const other = await site.askWiretwin(waitingOtherwise(profile), 'otherwise');
	if (other.get('no-store') === theirs.get('no-store'))
		differences.push({ name: 'deliberate error: waitsFor', browser: 'differs', wiretwin: 'equal', reason: undefined });
	return { asked: pairs.length, differences, outdated };
}

/** Says the opposite of what a profile says of who waits for what. */
function waitingOtherwise(profile: Profile): Profile {
	return edited(profile, ({ headers }) => {
		const section = headers as { cache?: CacheRules };
		const rules = section.cache ?? getProfile('firefox_153').document.headers.cache;
		if (rules) section.cache = { ...rules, waitsFor: section.cache?.waitsFor === 'body' ? 'head' : 'body' };
	});
}

type Group = ReadonlyArray<readonly [pair: Pair, path: string]>;

async function inGroups(
	ask: (group: Group) => Promise<string[]>,
	site: { sent(path: string): string },
	side: string,
): Promise<Map<string, string>> {
	const texts = new Map<string, string>();
	for (let at = 0; at < pairs.length; at += AT_ONCE) {
		const group = pairs.slice(at, at + AT_ONCE).map((pair, index) => [pair, `/${side}/${at + index}`] as const);
		const seen = await ask(group);
		for (const [index, [{ name }, path]] of group.entries())
			texts.set(name, `${site.sent(path)}; shown ${seen[index]}`);
	}
	return texts;
}

async function startSite() {
	const log = new Map<string, string[]>();
	const mirror = await startMirror({ handler: (request) => answer(request, log) });
	const base = mirror.urlFor('www.mirror.test');
	const sent = (path: string) => (log.get(path) ?? []).join(', ');
	return {
		base,
		sent,
		script,
		async askWiretwin(profile: Profile, side: string): Promise<Map<string, string>> {
			const resolve = { 'www.mirror.test': '127.0.0.1' };
			const trust = { ca: mirror.caPem, trustStore: 'none', resolve } as const;
			await using session = createSession({ browser: profile, ...trust, cache: true });
			const ask = (group: Group) => Promise.all(group.map(([pair, path]) => askPair(session, base, pair, path)));
			return await inGroups(ask, { sent }, side);
		},
		[Symbol.asyncDispose]: () => mirror.close(),
	};
}

/** What was sent, in order with what the server did: `head` and `end` are those of the first answer. */
async function answer(request: MirrorRequest, log: Map<string, string[]>): Promise<Reply | undefined> {
	const { pathname } = request.url;
	const pair = pairs[Number(pathname.split('/')[2])];
	if (pair === undefined) return page(pathname);
	const lines = log.get(pathname) ?? [];
	log.set(pathname, lines);
	const number = lines.filter((line) => /^[A-Z]/.test(line)).length + 1;
	const said = telling.flatMap((name) => (request.header(name) === null ? [] : [`${name}: ${request.header(name)}`]));
	lines.push(`${request.method}${said.length === 0 ? '' : ` (${said.join('; ')})`}`);
	const headers: Array<[string, string]> = [
		['content-type', 'text/plain'],
		...pair.fields.map((field) => [...field] as [string, string]),
	];
	if (pair.isKept && number === 1) return { headers, body: 'answer 0' };
	const isFirst = number === (pair.isKept ? 2 : 1);
	await pause(STEP_MS);
	if (isFirst) lines.push('head');
	if (request.header('if-none-match') === ETAG[1] && pair.fields.includes(ETAG)) return { status: 304, headers };
	if (request.header('range') !== null)
		return { status: 206, headers: [['content-range', 'bytes 0-1/8'], ...headers], body: 'an' };
	const body = async function* () {
		yield Buffer.from('answer ');
		await pause(STEP_MS);
		if (isFirst) lines.push('end');
		yield Buffer.from(String(number));
	};
	// The rest of a redirect nobody reads.
	return { status: pair.status ?? 200, headers, body: pair.status === 301 || pair.status === 302 ? '' : body() };
}

function page(pathname: string): Reply {
	const headers: Array<[string, string]> = [
		['content-type', 'text/html'],
		['cache-control', 'no-store'],
	];
	return { headers, body: pathname === '/moved' ? 'moved' : '<!doctype html><link rel=icon href=data:,>' };
}

async function askPair(session: Session, base: string, pair: Pair, path: string): Promise<string> {
	const url = base + path;
	const ask = (init: Ask & { signal?: AbortSignal } = {}) =>
		session
			.fetch(url, { kind: 'fetch', initiator: `${base}/page`, ...init } as FetchInit)
			.then(async (response) => `${response.status} ${await response.text()}`)
			.catch(() => 'failed');
	if (pair.isKept) await ask();
	const control = new AbortController();
	const all = [ask({ ...pair.first, signal: control.signal })];
	await pause(BETWEEN_MS);
	for (let left = pair.others ?? 1; left > 0; left--) all.push(ask(pair.second));
	if (pair.abort) setTimeout(() => control.abort(), ABORTS_MS[pair.abort]);
	return (await Promise.all(all)).join(', ');
}

/** The same in the page. */
function script(group: Group): string {
	return `Promise.all(${JSON.stringify(group)}.map(async ([pair, path]) => {
		const ask = (init) => fetch(path, init).then(async (response) => response.status + ' ' + await response.text()).catch(() => 'failed');
		const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
		if (pair.isKept) await ask();
		const control = new AbortController();
		const all = [ask({ ...pair.first, signal: control.signal })];
		await wait(${BETWEEN_MS});
		for (let left = pair.others ?? 1; left > 0; left--) all.push(ask(pair.second));
		if (pair.abort) setTimeout(() => control.abort(), ${JSON.stringify(ABORTS_MS)}[pair.abort]);
		return (await Promise.all(all)).join(', ');
	}))`;
}
