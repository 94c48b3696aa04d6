/** One recorded request beside what a draft would send in its place. */
import { createHeaderEngine } from '../../headers/layout.ts';
import { profileFromDocument } from '../../profile.ts';
import type { HeadersSection, KindRecord, PriorityLevel, ProfileDocument, ProfileOs } from '../../types.ts';
import type { RecordedRequest } from '../recording.ts';

/** A type of which everything may be written. */
export type Writable<T> = T extends readonly unknown[] | object ? { -readonly [K in keyof T]: Writable<T[K]> } : T;

/** `headers` while it is being fitted. */
export type Fitting = Writable<HeadersSection>;

/** A request as it was seen: names in lower case, a repeated `cookie` joined, `host` left out. */
export type Sight = {
	request: RecordedRequest;
	kind: string;
	/** Names in wire order. */
	names: readonly string[];
	values: ReadonlyMap<string, string>;
	/** Names as they were spelt, by lower-case name. */
	spelt: ReadonlyMap<string, string>;
	/** Names that the page's script set. */
	own: ReadonlySet<string>;
	isHttp1: boolean;
};

/** Names that belong to the connection, not to the request. */
const CONNECTION_NAMES: ReadonlySet<string> = new Set(['host']);

export function sightOf(request: RecordedRequest): Sight {
	const values = new Map<string, string>();
	const spelt = new Map<string, string>();
	for (const [name, value] of request.record.headers) {
		const key = name.toLowerCase();
		if (key.startsWith(':') || CONNECTION_NAMES.has(key)) continue;
		const earlier = values.get(key);
		values.set(key, earlier === undefined ? value : `${earlier}${key === 'cookie' ? '; ' : ', '}${value}`);
		if (!spelt.has(key)) spelt.set(key, name);
	}
	const { headers = [], kind } = request.context;
	const own = new Set(headers.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase()));
	const isHttp1 = request.record.protocol === 'http/1.1';
	return { request, kind, names: [...values.keys()], values, spelt, own, isHttp1 };
}

/** What a draft would send: fields in HTTP/2 order with their spelling, and the priority. */
export type Layout = {
	names: string[];
	values: Map<string, string>;
	spelt: Map<string, string>;
	priority: PriorityLevel;
};

/** Lays requests out as the document would. */
export function layoutsOf(document: ProfileDocument, os: ProfileOs): (sight: Sight) => Layout {
	const engine = createHeaderEngine({ ...profileFromDocument(document), os });
	return ({ request }) => {
		const { headers, priority } = engine.layout(request.context);
		const values = new Map<string, string>();
		const spelt = new Map<string, string>();
		for (let index = 0; index + 1 < headers.length; index += 2) {
			const name = headers[index] ?? '';
			values.set(name.toLowerCase(), headers[index + 1] ?? '');
			spelt.set(name.toLowerCase(), name);
		}
		return { names: [...values.keys()], values, spelt, priority };
	};
}

export function kindOf(headers: Fitting, { kind }: Sight): Writable<KindRecord> | undefined {
	return headers.kinds[kind];
}
