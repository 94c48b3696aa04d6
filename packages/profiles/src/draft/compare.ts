/** Puts a visitor beside a profile, key by key. */
import { createHeaderEngine } from '../headers/layout.ts';
import type { LayoutRequest, SiteRelation } from '../headers/types.ts';
import type { EngineSection, Profile } from '../types.ts';
import { draftHttp2 } from './http2.ts';
import type { RecordedConnection } from './recording.ts';
import { draftTls } from './tls.ts';

/** One key; values as text, `null` where one side has none. */
export type ComparedKey = {
	part: 'TLS' | 'HTTP/2' | 'Fields';
	key: string;
	visitor: string | null;
	profile: string | null;
};

/**
 * What the connection shows beside what the profile would send: every key of `tls` and `http2` that a visit decides,
 * then the fields of the same navigation in wire order. Where it came from is the visitor's, not the profile's.
 * @param fields the visitor's fields, pseudo-header fields left out
 */
export function compareVisit(
	profile: Profile,
	connection: RecordedConnection,
	fields: ReadonlyArray<readonly [name: string, value: string]>,
): ComparedKey[] {
	const { tls, http2 } = profile.document;
	const hello = connection.clientHello;
	const first = connection.frames.some(({ type }) => type === 'HEADERS');
	// A single hello cannot show that its order is drawn anew each time.
	const isShuffled = (tls.extensionOrder as { mode?: string } | undefined)?.mode === 'shuffle';
	const hidden = isShuffled ? ['extensionOrder'] : [];
	return [
		...(hello ? sectionRows('TLS', draftTls([hello], tls).section, tls, hidden) : []),
		...(first ? sectionRows('HTTP/2', draftHttp2(connection, http2), http2, []) : []),
		...fieldRows(profile, fields),
	];
}

/** Keys that no visit decides are equal by construction, so they are left out. */
const UNDECIDED: ReadonlySet<string> = new Set([
	...[
		'paddingTo',
		'resumption',
		'http1Only',
		'retry',
		'closeNotify',
		'certificates',
		'connectPseudoOrder',
		'dependency',
		'settingsAck',
		'maxDataFrame',
	],
	...[
		'dialsWhileUnknown',
		'coalescing',
		'misdirected',
		'repeatTimeouts',
		'resetEnded',
		'emptyBodyApart',
		'bodyBehindHead',
		'bodyBehindWaitingHead',
		'bodyBuffer',
		'uploadReads',
		'anonymousApart',
		'answers',
		'webSocket',
		'flowControl',
		'goAwayOnClose',
		'pingPayload',
		'hpack',
	],
	...['pingBeforeRequestAfterIdleMs', 'priorityFrames'],
]);

function sectionRows(part: 'TLS' | 'HTTP/2', seen: EngineSection, own: EngineSection, hidden: string[]): ComparedKey[] {
	return Object.keys(seen)
		.filter((key) => !UNDECIDED.has(key) && !hidden.includes(key))
		.map((key) => ({ part, key, visitor: JSON.stringify(seen[key]), profile: JSON.stringify(own[key]) ?? null }));
}

function fieldRows(profile: Profile, fields: ReadonlyArray<readonly [string, string]>): ComparedKey[] {
	const own = new Map<string, string>();
	const seen = new Map(fields.map(([name, value]) => [name.toLowerCase(), value]));
	const { headers } = createHeaderEngine(profile).layout(contextOf(seen));
	for (let index = 0; index + 1 < headers.length; index += 2) {
		const name = (headers[index] ?? '').toLowerCase();
		if (name !== 'connection') own.set(name, headers[index + 1] ?? '');
	}
	const names = [...seen.keys(), ...[...own.keys()].filter((name) => !seen.has(name))];
	const order: ComparedKey = {
		part: 'Fields',
		key: 'order',
		visitor: [...seen.keys()].join(' '),
		profile: [...own.keys()].join(' '),
	};
	const rows = names.map(
		(key): ComparedKey => ({ part: 'Fields', key, visitor: seen.get(key) ?? null, profile: own.get(key) ?? null }),
	);
	return [order, ...rows];
}

const SITES: readonly SiteRelation[] = ['none', 'same-origin', 'same-site', 'cross-site'];

/** How the visitor came: typed, reloaded or from a link. A browser that does not say so is taken to have typed. */
function contextOf(seen: ReadonlyMap<string, string>): LayoutRequest {
	const site = SITES.find((each) => each === seen.get('sec-fetch-site')) ?? 'none';
	const [referer, cookie] = [seen.get('referer'), seen.get('cookie')];
	return {
		kind: seen.has('cache-control') ? 'reload' : 'navigate',
		site,
		...(seen.has('sec-fetch-site') ? { userActivation: seen.has('sec-fetch-user') } : {}),
		...(referer === undefined ? {} : { referer }),
		...(cookie === undefined ? {} : { cookie }),
	};
}
