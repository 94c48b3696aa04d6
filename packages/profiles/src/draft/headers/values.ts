/** Which fields the kinds of requests have, and their values. Places are another matter (order.ts). */
import type { ProfileOs } from '../../types.ts';
import { fitHint, fitHintOrder, isHint } from './hints.ts';
import { settle, type Use } from './settle.ts';
import { type Fitting, kindOf, type Layout, type Sight } from './sight.ts';

/** Values that follow from the request by rules of standards, not from the profile. */
const BY_RULE: ReadonlySet<string> = new Set([
	...['content-type', 'content-length', 'cookie', 'referer', 'sec-fetch-site', 'if-none-match', 'if-modified-since'],
	...['available-dictionary', 'dictionary-id'],
	...['access-control-request-method', 'access-control-request-headers', 'priority', 'connection'],
	...['sec-websocket-key', 'sec-websocket-protocol'],
]);
const CACHE = ['pragma', 'cache-control'];
const METADATA: Readonly<Record<string, 'mode' | 'dest'>> = { 'sec-fetch-mode': 'mode', 'sec-fetch-dest': 'dest' };

/** Writes into `headers` what the requests show beside what `layout` gave them. */
export function fitValues(
	headers: Fitting,
	os: ProfileOs,
	sights: readonly Sight[],
	layout: (sight: Sight) => Layout,
): void {
	for (const sight of sights) {
		const expected = layout(sight).values;
		for (const name of new Set([...sight.names, ...expected.keys()])) {
			if (sight.own.has(name) || BY_RULE.has(name)) continue;
			const seen = sight.values.get(name);
			if (seen !== expected.get(name)) fitField(headers, os, sight, name, seen);
		}
	}
	fitHintOrder(headers, sights);
	fitShared(headers, sights);
	fitCache(headers, sights);
}

/** One field that differs; `seen` is undefined when the browser does not send it. */
function fitField(headers: Fitting, os: ProfileOs, sight: Sight, name: string, seen: string | undefined): void {
	const kind = kindOf(headers, sight);
	if (!kind || CACHE.includes(name) || name === 'accept' || name === 'accept-encoding') return;
	const metadata = METADATA[name];
	if (metadata !== undefined) {
		if (sight.request.context[metadata] === undefined) setMetadata(kind, metadata, seen);
		return;
	}
	switch (name) {
		case 'user-agent':
			if (seen !== undefined) headers.platforms[os] = { ...headers.platforms[os], userAgent: seen };
			return;
		case 'accept-language':
			if (seen !== undefined) fitLanguage(headers, seen);
			return;
		case 'sec-fetch-user':
			if (seen === undefined) delete kind.user;
			else kind.user = true;
			return;
		case 'sec-fetch-storage-access':
			fitStorageAccess(headers, seen);
			return;
		case 'te':
			if (!sight.isHttp1) headers.te = seen ?? null;
			return;
		case 'origin':
			kind.originAlways = seen !== undefined;
			return;
		default:
			if (isHint(headers, name)) fitHint(headers, os, sight, name, seen);
			else if (seen === undefined) delete kind.fixed?.[name];
			else kind.fixed = { ...kind.fixed, [name]: seen };
	}
}

function setMetadata(kind: { mode?: string; dest?: string }, key: 'mode' | 'dest', seen: string | undefined): void {
	if (seen === undefined) delete kind[key];
	else kind[key] = seen;
}

/** A list that the profile's rule for weights reproduces is kept as languages, any other as it is. */
function fitLanguage({ acceptLanguage }: Fitting, seen: string): void {
	const tags = seen.split(',').map((part) => part.split(';')[0]?.trim() ?? '');
	const weights = seen.split(',').map((part) => part.split('q=')[1]);
	const tenths = weights.every((weight, index) => weight === (index === 0 ? undefined : String((10 - index) / 10)));
	const even = weights.every(
		(weight, index) => weight === (index === 0 ? undefined : String(Math.round((1 - index / tags.length) * 10) / 10)),
	);
	if (tenths || even) acceptLanguage.quality = tenths ? 'tenths' : 'even';
	const first = tags[0] ?? '';
	const isPlain = tags.length === 2 && tags[1] === first.split('-')[0] && tags[1] === 'en';
	acceptLanguage.default = tenths || even ? (isPlain ? first : tags.join()) : seen;
}

/** What the field tells of is the state that the visitor is in; a value that no state has is that of the usual one. */
function fitStorageAccess({ clientHints, thirdPartyCookies }: Fitting, seen: string | undefined): void {
	const { storageAccess } = thirdPartyCookies;
	const brand = clientHints?.brands[clientHints.brand];
	const usual = brand?.thirdPartyCookies ?? thirdPartyCookies.normally;
	const states = Object.keys(storageAccess) as Array<typeof usual>;
	const value = seen ?? null;
	const state = storageAccess[usual] === value ? usual : states.find((each) => storageAccess[each] === value);
	thirdPartyCookies.normally = state ?? usual;
	storageAccess[state ?? usual] = value;
	if (brand) delete brand.thirdPartyCookies;
}

/** `accept` and `accept-encoding`: tables that kinds point into. */
function fitShared(headers: Fitting, sights: readonly Sight[]): void {
	const accept = new Map<string, Use<string>>();
	const encoding = new Map<string, Use<string>>();
	for (const sight of sights) {
		const kind = kindOf(headers, sight);
		if (!kind) continue;
		const name = sight.kind;
		const [wanted, coding] = [sight.values.get('accept'), sight.values.get('accept-encoding')];
		if (!sight.own.has('accept') && wanted === undefined) delete kind.accept;
		else if (!sight.own.has('accept') && wanted !== undefined && !accept.has(name)) {
			const point = (key: string): void => {
				kind.accept = key;
			};
			accept.set(name, { name, key: kind.accept, wanted, point });
		}
		if (coding !== undefined && sight.request.context.scheme !== 'http') {
			const point = (key: string): void => {
				kind.acceptEncoding = key;
			};
			encoding.set(name, { name, key: kind.acceptEncoding ?? 'secure', wanted: coding, point });
		}
	}
	const same = (one: string, other: string): boolean => one === other;
	settle(headers.accept, [...accept.values()], same);
	settle(headers.acceptEncoding, [...encoding.values()], same);
}

/** What a cache mode adds, and which mode the browser itself takes for a kind. */
function fitCache(headers: Fitting, sights: readonly Sight[]): void {
	const fieldsOf = ({ values, own }: Sight) =>
		Object.fromEntries(
			CACHE.flatMap((name) => (values.has(name) && !own.has(name) ? [[name, values.get(name) ?? '']] : [])),
		);
	for (const sight of sights) {
		const { cache } = sight.request.context;
		if (cache !== undefined && cache !== 'default') headers.cacheModes[cache] = fieldsOf(sight);
	}
	const done = new Set<string>();
	for (const sight of sights) {
		const kind = kindOf(headers, sight);
		if (!kind || sight.request.context.cache !== undefined || done.has(sight.kind)) continue;
		done.add(sight.kind);
		const fields = fieldsOf(sight);
		const text = JSON.stringify(fields);
		if (text === '{}') delete kind.cache;
		else if (JSON.stringify(headers.cacheModes[kind.cache ?? ''] ?? {}) !== text) {
			const mode = Object.keys(headers.cacheModes).find((name) => JSON.stringify(headers.cacheModes[name]) === text);
			if (mode === undefined) kind.fixed = { ...kind.fixed, ...fields };
			else kind.cache = mode;
		}
	}
}
