import { gzipSync } from 'node:zlib';
import { type MirrorRequest, type Reply, dictionarySample as sample, startMirror } from '@wiretwin/mirror';
import type { Browser } from '@wiretwin/mirror/browsers';
import type { Profile } from '@wiretwin/profiles';
import { createSession, type FetchInit } from 'wiretwin';
import type { AnswersResult } from '../answers/compare-answers.ts';
import { readRecorded, writeRecorded } from '../cache/recorded.ts';
import type { Ask } from '../cache/visits.ts';
import { casesFor, type DictionaryCase } from './cases.ts';

/** What a page saw of the request that may have used a dictionary. */
type Seen = { status: number; body: string } | { failed: true };

/** What one side made of each case, by name, as text. */
export type DictionaryTexts = Readonly<Record<string, string>>;

const folder = new URL('recorded/', import.meta.url);
/** Chromium writes dictionaries to its disk before it knows them; asked for until the last is known, at most so often. */
const TRIES = 20;
const PAUSE_MS = 100;
/** They are not written in the order in which they came. */
const SETTLE_MS = 1_000;

/** Lets the browser and wiretwin keep each dictionary of the table and use it, and compares what was sent and shown. */
export async function runDictionaries(browser: Browser, profile: Profile, record: boolean): Promise<AnswersResult> {
	const cases = casesFor(browser.name);
	await using site = await startDictionarySite(cases);
	await browser.navigate(`${site.base}/page`);
	const plan = cases.map((each, index) => ({ ...site.addresses('theirs', each, index), ...each }));
	const seen = await browser.evaluate<Seen[]>(script(plan, `${site.base}/theirs`));
	const theirs = site.texts('theirs', seen);
	if (record) writeRecorded(folder, browser.name, browser.version, theirs);
	return compare(cases, theirs, await site.askWiretwin(profile));
}

/** The same with what a browser was recorded to do: needs none. */
export async function runRecordedDictionaries(browser: Browser['name'], profile: Profile): Promise<AnswersResult> {
	const cases = casesFor(browser);
	await using site = await startDictionarySite(cases);
	return compare(cases, readRecorded(folder, browser), await site.askWiretwin(profile));
}

function compare(cases: readonly DictionaryCase[], theirs: DictionaryTexts, ours: DictionaryTexts): AnswersResult {
	const differences = cases.flatMap(({ name }) => {
		const [browser = '(not recorded)', wiretwin = '(not asked)'] = [theirs[name], ours[name]];
		return browser === wiretwin ? [] : [{ name, browser, wiretwin, reason: undefined }];
	});
	return { asked: cases.length, differences, outdated: [] };
}

async function startDictionarySite(cases: readonly DictionaryCase[]) {
	/** Requests that may use a dictionary, by path. */
	const used = new Map<string, MirrorRequest>();
	const mirror = await startMirror({
		handler: (request) => {
			const [, side, number, ...rest] = request.url.pathname.split('/');
			const each = cases[Number(number)];
			if (number === 'known' || number === 'last') return sentinel(request, `/${side}/last`);
			if ((side !== 'theirs' && side !== 'ours') || each === undefined) return page();
			const term = /^dict-(\d)$/.exec(rest.join('/'))?.[1];
			const isTold = term !== undefined && !used.has(`told ${request.url.pathname}`) && request.method !== 'OPTIONS';
			if (isTold) {
				used.set(`told ${request.url.pathname}`, request);
				return dictionary(each, each.terms[Number(term)] ?? '', `/${side}/${number}`, request.url.origin);
			}
			used.set(`/${side}/${number}`, request);
			return answer(each);
		},
	});
	const base = mirror.urlFor('www.mirror.test');
	const addresses = (side: string, { host, terms, path = '/data' }: DictionaryCase, index: number) => {
		const start = `${host === undefined ? base : mirror.urlFor(host)}/${side}/${index}`;
		return { dictionaries: terms.map((_, number) => `${start}/dict-${number}`), target: start + path };
	};
	const texts = (side: string, seen: readonly Seen[]): DictionaryTexts =>
		Object.fromEntries(cases.map(({ name }, index) => [name, describe(used.get(`/${side}/${index}`), seen[index])]));
	return {
		base,
		addresses,
		texts,
		async askWiretwin(profile: Profile): Promise<DictionaryTexts> {
			const resolve = Object.fromEntries(mirror.hosts.map((host) => [host, '127.0.0.1']));
			const trust = { ca: mirror.caPem, trustStore: 'none', resolve } as const;
			await using session = createSession({ browser: profile, ...trust, cache: true });
			const ask = (url: string, init: Ask | undefined) =>
				session.fetch(url, { kind: 'fetch', initiator: `${base}/page`, ...init } as FetchInit);
			const learn = async (each: DictionaryCase, index: number) => {
				for (const url of addresses('ours', each, index).dictionaries) await (await ask(url, each.learn)).text();
			};
			const use = async (each: DictionaryCase, index: number): Promise<Seen> => {
				try {
					const response = await ask(addresses('ours', each, index).target, each.use);
					const isOpaque = each.use?.mode === 'no-cors' && each.host !== undefined;
					return { status: isOpaque ? 0 : response.status, body: isOpaque ? '' : await response.text() };
				} catch {
					return { failed: true };
				}
			};
			await Promise.all(cases.map(learn));
			return texts('ours', await Promise.all(cases.map(use)));
		},
		[Symbol.asyncDispose]: () => mirror.close(),
	};
}

const open: ReadonlyArray<[string, string]> = [
	['content-type', 'text/plain'],
	['access-control-allow-origin', '*'],
	['access-control-allow-headers', '*'],
];

function page(): Reply {
	const headers: Array<[string, string]> = [
		['content-type', 'text/html'],
		['cache-control', 'no-store'],
	];
	return { headers, body: '<!doctype html><link rel=icon href=data:,>' };
}

/** The dictionary that comes last, and what tells the page that it is known. */
function sentinel(request: MirrorRequest, path: string): Reply {
	if (request.url.pathname === path)
		return {
			headers: [
				...open,
				['use-as-dictionary', `match="${path.replace('last', 'known')}"`],
				['cache-control', 'max-age=1000'],
			],
			body: 'last',
		};
	return {
		headers: [...open, ['cache-control', 'no-store']],
		body: String(request.header('available-dictionary') !== null),
	};
}

function dictionary(each: DictionaryCase, terms: string, start: string, origin: string): Reply {
	const { fields = [['cache-control', 'max-age=1000']], status = 200, text = sample.dictionary } = each;
	const value = terms.replaceAll('$', start).replaceAll('^', origin);
	const more = fields.map(([name, value]): [string, string] => [name, value]);
	return { status, headers: [...open, ['use-as-dictionary', value], ...more], body: text };
}

function answer({ coded }: DictionaryCase): Reply {
	const headers: Array<[string, string]> = [...open, ['cache-control', 'no-store']];
	if (coded === undefined) return { headers, body: 'plain' };
	const [coding = 'dcb'] = coded.split(/,? /);
	const body = new Uint8Array(coding === 'dcb' ? sample.dcb : sample.dcz);
	if (coded.endsWith('for another')) body[20] = (body[20] ?? 0) ^ 1;
	const isTwice = coded === 'dcz, gzip';
	headers.push(['content-encoding', isTwice ? coded : coding]);
	if (coded === 'dcb, cut off') return { headers, body: body.subarray(0, -4) };
	return { headers, body: isTwice ? new Uint8Array(gzipSync(body)) : body };
}

type Planned = DictionaryCase & { dictionaries: readonly string[]; target: string };

/** Runs in the page. */
function script(plan: readonly Planned[], start: string): string {
	const asks = plan.map(({ dictionaries, target, learn = {}, use = {} }) => ({ dictionaries, target, learn, use }));
	return `(async () => {
		const asks = ${JSON.stringify(asks)};
		await Promise.all(asks.map(async ({ dictionaries, learn }) => {
			for (const url of dictionaries) await fetch(url, learn).then((response) => response.text(), () => 0);
		}));
		await (await fetch('${start}/last')).text();
		for (let left = ${TRIES}; left > 0; left--) {
			const isKnown = await (await fetch('${start}/known')).text();
			await new Promise((done) => setTimeout(done, ${PAUSE_MS}));
			if (isKnown === 'true') break;
		}
		await new Promise((done) => setTimeout(done, ${SETTLE_MS}));
		return Promise.all(asks.map(({ target, use }) => fetch(target, use).then(
			async (response) => ({ status: response.status, body: await response.text() }),
		).catch(() => ({ failed: true }))));
	})()`;
}

function describe(request: MirrorRequest | undefined, seen: Seen | undefined): string {
	if (request === undefined || seen === undefined) return 'not asked';
	const shown =
		'failed' in seen ? 'failed' : `${seen.status} ${JSON.stringify(seen.body.slice(0, 60))} ${seen.body.length}`;
	const names = ['accept-encoding', 'available-dictionary', 'dictionary-id'];
	const fields = request.record.headers.filter(([name]) => names.includes(name.toLowerCase()));
	const said = fields.map(([name, value]) => `${name.toLowerCase()}: ${value.slice(0, 60)} ${value.length}`);
	return `sent ${request.method} (${said.join('; ')}); shown ${shown}`;
}
