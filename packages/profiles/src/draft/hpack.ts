/** Reads how a browser compresses header blocks: which fields it indexes, which index it takes, when it uses Huffman. */
import type { EngineSection, JsonValue } from '../types.ts';
import type { RecordedFrame } from './recording.ts';

/** RFC 7541: entries of the static table, the default size of the dynamic one, and what an entry costs beyond its text. */
const STATIC_ENTRIES = 61;
const TABLE_SIZE = 4096;
const ENTRY_OVERHEAD = 32;
/** Fields above this are looked at for `maxEntryDivisor` only. */
const LARGE = 1024;
/** Names in the static table of which a visit makes many values. */
const STATIC_NAMES = [
	'accept',
	'accept-encoding',
	'accept-language',
	'user-agent',
	'referer',
	'content-length',
	'cookie',
];

type Form = 'static' | 'dynamic' | 'incremental' | 'literal' | 'never';
type Sight = { name: string; value: string; size: number; form: Form; nameIndex: number; huffman: boolean | null };
type Rule = { name: string; representation: string; shorterThan?: number | null };

/** `http2.hpack` as the blocks show it; what they do not decide is the base's. `seen` has the keys that they decide. */
export function draftHpack(
	frames: readonly RecordedFrame[],
	base: EngineSection,
): { section: EngineSection; seen: string[] } {
	const all = frames.flatMap(sights);
	const small = all.filter(({ size }) => size <= LARGE);
	const decided: Record<string, JsonValue | undefined> = {
		huffman: huffmanRule(small),
		nameIndex: nameIndexRule(small),
		cookie: cookieRule(frames),
		maxEntryDivisor: divisor(all, base.maxEntryDivisor),
		rules: small.length > 0 ? rules(small, (base.rules ?? []) as Rule[]) : undefined,
	};
	const known = Object.entries(decided).filter(([, value]) => value !== undefined);
	return {
		section: { ...base, ...(Object.fromEntries(known) as EngineSection) },
		seen: known.map(([key]) => key),
	};
}

function sights({ headers, hpackRepresentations }: RecordedFrame): Sight[] {
	const written = hpackRepresentations?.filter((each) => !each.startsWith('TSU')) ?? [];
	if (headers === undefined || written.length !== headers.length) return [];
	return headers.map(([name, value], index) => {
		const text = written[index] ?? '';
		return {
			name,
			value,
			size: name.length + value.length + ENTRY_OVERHEAD,
			form: formOf(text),
			nameIndex: Number(/\(i(\d+)/.exec(text)?.[1] ?? 0),
			huffman: /v[h-]\)$/.test(text) ? text.endsWith('vh)') : null,
		};
	});
}

function formOf(text: string): Form {
	if (text.startsWith('S')) return 'static';
	if (text.startsWith('D')) return 'dynamic';
	if (text.startsWith('L+')) return 'incremental';
	return text.startsWith('N') ? 'never' : 'literal';
}

/** Values such as `?0` or `1` do not get shorter; a browser that weighs it leaves them plain. */
function huffmanRule(seen: readonly Sight[]): string | undefined {
	const literals = seen.filter(({ huffman, value }) => huffman !== null && value !== '');
	if (literals.length === 0) return undefined;
	if (literals.every(({ huffman }) => huffman)) return 'always';
	return literals.some(({ huffman }) => huffman) ? 'shorter' : 'never';
}

/** A name that the static table has and, from its second value on, the dynamic one too. */
function nameIndexRule(seen: readonly Sight[]): string | undefined {
	const repeated = STATIC_NAMES.map((name) => seen.filter((each) => each.name === name && each.nameIndex > 0)).filter(
		(list) => list.length > 1 && list.some(({ form }) => form === 'incremental'),
	);
	if (repeated.length === 0) return undefined;
	return repeated.flat().some(({ nameIndex }) => nameIndex > STATIC_ENTRIES) ? 'highest' : 'lowest';
}

function cookieRule(frames: readonly RecordedFrame[]): string | undefined {
	const cookies = frames.map(({ headers = [] }) => headers.filter(([name]) => name === 'cookie'));
	if (cookies.some((list) => list.length > 1)) return 'crumbs';
	return cookies.flat().some(([, value]) => value.includes('; ')) ? 'whole' : undefined;
}

/** Where literals begin for a name that is indexed when it is smaller. */
function divisor(seen: readonly Sight[], base: JsonValue | undefined): JsonValue | undefined {
	const sized = seen.filter(({ name, form }) => name === 'x-large' && form !== 'dynamic');
	if (sized.length === 0) return undefined;
	const indexed = Math.max(0, ...sized.filter(({ form }) => form === 'incremental').map(({ size }) => size));
	const literal = Math.min(...sized.filter(({ form }) => form === 'literal').map(({ size }) => size));
	if (literal === Number.POSITIVE_INFINITY) return null;
	const fits = (value: unknown) =>
		typeof value === 'number' && indexed <= TABLE_SIZE / value && TABLE_SIZE / value < literal;
	if (fits(base)) return base;
	return Array.from({ length: 64 }, (_, index) => index + 1).find(fits) ?? null;
}

/** Rules of the base that the blocks do not contradict, and one for each name that does something else. */
function rules(seen: readonly Sight[], base: readonly Rule[]): JsonValue {
	const names = [...new Set(seen.map(({ name }) => name))];
	const of = (name: string) => seen.filter((each) => each.name === name);
	const kept = base.filter((rule) => isConsistent(rule, of(rule.name)));
	const added = names.flatMap((name) => {
		if (kept.some((rule) => rule.name === name)) return [];
		const rule = ruleOf(name, of(name));
		return rule ? [rule] : [];
	});
	return [...kept, ...added] as unknown as JsonValue;
}

function isConsistent({ representation, shorterThan }: Rule, seen: readonly Sight[]): boolean {
	return seen.every(({ form, value }) => {
		const applies = shorterThan === undefined || shorterThan === null || value.length < shorterThan;
		const wanted = applies ? representation : 'incremental';
		if (wanted === 'never-indexed') return form === 'never';
		if (wanted === 'literal') return form === 'literal';
		if (wanted === 'indexed-or-literal') return form === 'literal' || form === 'static';
		return form !== 'literal' && form !== 'never';
	});
}

function ruleOf(name: string, seen: readonly Sight[]): Rule | undefined {
	const never = seen.filter(({ form }) => form === 'never').map(({ value }) => value.length);
	const other = seen.filter(({ form }) => form !== 'never').map(({ value }) => value.length);
	if (never.length > 0) {
		const shortest = Math.min(...other);
		const bound = Math.max(...never) < shortest && other.length > 0 ? { shorterThan: shortest } : {};
		return { name, representation: 'never-indexed', ...bound };
	}
	if (!seen.some(({ form }) => form === 'literal')) return undefined;
	const isIndexed = seen.some(({ form }) => form === 'static');
	return { name, representation: isIndexed ? 'indexed-or-literal' : 'literal' };
}
