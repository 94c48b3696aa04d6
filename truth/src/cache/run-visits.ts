import { setTimeout } from 'node:timers/promises';
import { type MirrorRequest, type Reply, startMirror } from '@wiretwin/mirror';
import type { Browser } from '@wiretwin/mirror/browsers';
import type { Profile } from '@wiretwin/profiles';
import { createSession, type FetchInit } from 'wiretwin';
import type { AnswersResult } from '../answers/compare-answers.ts';
import { readRecorded, writeRecorded } from './recorded.ts';
import { type Ask, type Visit, visits } from './visits.ts';

/** What a page saw of a call. */
type Seen = { status: number; body: string; own: string | null; type: string | null } | { failed: true };

const folder = new URL('recorded/', import.meta.url);
/** A request that comes by itself is waited for no longer than that. */
const TRIES = 100;
const PAUSE_MS = 20;
const DAY_MS = 86_400_000;
const PAST = 'Sat, 01 Nov 2025 00:00:00 GMT';
/** Fields of a request that tell what a cache made of it. */
const telling = ['if-none-match', 'if-modified-since', 'cache-control', 'pragma', 'if-range', 'range', 'priority'];

/** What one side made of each visit, by name, as text. */
export type VisitTexts = Readonly<Record<string, string>>;

/** Asks for each URL of the table twice, by the browser and by wiretwin, and compares what was sent and what was shown. */
export async function runVisits(browser: Browser, profile: Profile, record: boolean): Promise<AnswersResult> {
	await using site = await startVisitSite();
	await browser.navigate(`${site.base}/page`);
	const plan = visits.map((visit, index) => [site.path('theirs', index), calls(visit)] as const);
	const seen = await browser.evaluate<Seen[][]>(script(plan));
	await site.settled('theirs');
	const theirs = site.texts('theirs', seen);
	if (record) writeRecorded(folder, browser.name, browser.version, theirs);
	return compareVisits(theirs, await site.askWiretwin(profile));
}

/** The same with what a browser was recorded to do: needs none. */
export async function runRecordedVisits(browser: Browser['name'], profile: Profile): Promise<AnswersResult> {
	await using site = await startVisitSite();
	return compareVisits(readRecorded(folder, browser), await site.askWiretwin(profile));
}

function compareVisits(theirs: VisitTexts, ours: VisitTexts): AnswersResult {
	const differences = visits.flatMap(({ name }) => {
		const [browser = '(not recorded)', wiretwin = '(not asked)'] = [theirs[name], ours[name]];
		return browser === wiretwin ? [] : [{ name, browser, wiretwin, reason: undefined }];
	});
	return { asked: visits.length, differences, outdated: [] };
}

async function startVisitSite() {
	const asked: MirrorRequest[] = [];
	const mirror = await startMirror({
		handler: (request) => {
			const [, side, number] = request.url.pathname.split('/');
			if (side !== 'theirs' && side !== 'ours') return page();
			if (number === 'moved') return { headers: [['cache-control', 'no-store']], body: 'moved' };
			const visit = visits[Number(number)];
			if (visit === undefined) return undefined;
			asked.push(request);
			return answer(visit, request, asked.filter(({ url }) => url.pathname === request.url.pathname).length);
		},
	});
	const base = mirror.urlFor('www.mirror.test');
	const path = (side: string, index: number) => `/${side}/${index}/x${visits[index]?.query ?? ''}`;
	const texts = (side: string, seen: readonly Seen[][]): VisitTexts =>
		Object.fromEntries(
			visits.map(({ name }, index) => {
				const [pathname] = path(side, index).split('?');
				return [
					name,
					describe(
						asked.filter(({ url }) => url.pathname === pathname),
						seen[index] ?? [],
					),
				];
			}),
		);
	/** Waits for what comes by itself, as long as something may be on its way. */
	const settled = async (side: string): Promise<void> => {
		const behind = visits.flatMap((visit, index) => (visit.behind ? [{ visit, index }] : []));
		for (let left = TRIES; left > 0; left--) {
			const isHere = ({ visit, index }: (typeof behind)[number]) => {
				const [pathname] = path(side, index).split('?');
				return asked.filter(({ url }) => url.pathname === pathname).length > (visit.behind ?? 0);
			};
			if (behind.every(isHere)) return;
			await setTimeout(PAUSE_MS);
		}
	};
	return {
		base,
		path,
		texts,
		settled,
		async askWiretwin(profile: Profile): Promise<VisitTexts> {
			const resolve = { 'www.mirror.test': '127.0.0.1' };
			const trust = { ca: mirror.caPem, trustStore: 'none', resolve } as const;
			await using session = createSession({ browser: profile, ...trust, cache: true });
			const seen = await Promise.all(
				visits.map(async (visit, index) => {
					const each: Seen[] = [];
					for (const ask of calls(visit)) {
						const init = { kind: 'fetch', initiator: `${base}/page`, ...ask } as FetchInit;
						each.push(await session.fetch(base + path('ours', index), init).then(look, () => ({ failed: true })));
					}
					return each;
				}),
			);
			await settled('ours');
			return texts('ours', seen);
		},
		[Symbol.asyncDispose]: () => mirror.close(),
	};
}

function page(): Reply {
	const headers: Array<[string, string]> = [
		['content-type', 'text/html'],
		['cache-control', 'no-store'],
	];
	return { headers, body: '<!doctype html><link rel=icon href=data:,>' };
}

const calls = ({ first = {}, between, second = {} }: Visit): Ask[] => [first, ...(between ? [between] : []), second];

function answer(visit: Visit, request: MirrorRequest, count: number): Reply {
	const { status = 200, fields, again = fields } = visit;
	const etag = fields.find(([name]) => name === 'etag')?.[1];
	const changed = fields.find(([name]) => name === 'last-modified')?.[1];
	const isSame =
		(etag !== undefined && request.header('if-none-match') === etag) ||
		(etag === undefined && changed !== undefined && request.header('if-modified-since') !== null);
	if (isSame) return { status: 304, headers: filled(again, request) };
	const isEmpty = status === 204;
	const range = /^bytes=(\d*)-(\d*)$/.exec(request.header('range') ?? '');
	if (range && status === 200 && count > 1) {
		const body = `body ${count}`.slice(2, 4);
		const fieldsOfPart = [['content-range', 'bytes 2-3/6'] as [string, string], ...filled(fields, request)];
		return { status: 206, headers: [['content-type', 'text/plain'], ...fieldsOfPart], body };
	}
	return {
		status,
		headers: [['content-type', 'text/plain'], ...filled(fields, request)],
		...(isEmpty ? {} : { body: `body ${count}` }),
	};
}

function filled(fields: Visit['fields'], { url }: MirrorRequest): Array<[string, string]> {
	const date = (ms: number) => new Date(Date.now() + ms).toUTCString();
	const values: Record<string, string> = {
		'{now}': date(0),
		'{past}': PAST,
		'{future}': date(100 * DAY_MS),
		'{yesterday}': date(-DAY_MS),
		'{tomorrow}': date(DAY_MS),
		'{url}': `/${url.pathname.split('/')[1]}/moved`,
	};
	return fields.map(([name, value]) => [name, values[value] ?? value]);
}

const look = async (response: Response): Promise<Seen> => ({
	status: response.status,
	body: await response.text(),
	own: response.headers.get('x-own'),
	type: response.headers.get('content-type'),
});

/** Runs in the page: all visits side by side, the calls of each one after the other. */
function script(plan: ReadonlyArray<readonly [path: string, asks: readonly Ask[]]>): string {
	return `Promise.all(${JSON.stringify(plan)}.map(async ([path, asks]) => {
		const seen = [];
		for (const ask of asks) {
			seen.push(await fetch(path, ask).then(async (response) => ({
				status: response.status,
				body: await response.text(),
				own: response.headers.get('x-own'),
				type: response.headers.get('content-type'),
			}), () => ({ failed: true })));
		}
		return seen;
	}))`;
}

function describe(asked: readonly MirrorRequest[], seen: readonly Seen[]): string {
	const requests = asked.map((request) => {
		const said = telling.flatMap((name) => {
			const value = request.header(name);
			if (value === null) return [];
			// The two sides are asked one after the other.
			const isNow = name === 'if-modified-since' && value !== PAST;
			return [`${name}: ${isNow ? 'now' : value}`];
		});
		return `${request.method}${said.length === 0 ? '' : ` (${said.join('; ')})`}`;
	});
	const shown = seen.map((each) =>
		'failed' in each
			? 'failed'
			: `${each.status} ${JSON.stringify(each.body)}${each.own === null ? '' : ` x-own ${each.own}`} ${each.type}`,
	);
	return `sent ${requests.join(', ')}; shown ${shown.join(', ')}`;
}
