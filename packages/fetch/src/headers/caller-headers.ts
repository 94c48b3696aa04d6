import { InvalidArgumentError } from '../errors/classes.ts';
import { checkFieldName, checkFieldValue, readLength } from './check.ts';

/** What the caller asked for, checked: flat name, value list in call order, and the defaults to leave out. */
export type CallerHeaders = {
	/** name, value, name, value, ... names as typed. */
	list: string[];
	/** Lower-case names that must not be sent. */
	removed: ReadonlySet<string>;
	/** Order and case are the caller's, not the browser's. */
	verbatim: boolean;
	/** A name that is given twice goes out as two lines; a browser joins them. */
	separate?: boolean;
};

/** Framing fields that the protocol layer writes itself; a second one would be request smuggling (F12). */
const ownedByProtocol: ReadonlySet<string> = new Set(['transfer-encoding', 'upgrade', 'http2-settings']);
/** Connection management: dropped without a word, since header lists copied from a browser's tools often hold them. */
const connectionFields: ReadonlySet<string> = new Set(['connection', 'keep-alive', 'proxy-connection']);

const noNames: ReadonlySet<string> = new Set();
export const noHeaders: CallerHeaders = { list: [], removed: noNames, verbatim: false };

/** Reads any form of headers: an object, `Headers` (also of another realm), pairs in whatever can be iterated. */
export function readHeaders(input: unknown): CallerHeaders {
	if (input === undefined || input === null) return noHeaders;
	if (typeof input !== 'object') throw new InvalidArgumentError('Headers must be an object or a list of pairs.');
	if (isHeadersLike(input)) return fromPairs(input.entries());
	if (Symbol.iterator in input) return fromPairs(input as Iterable<unknown>);
	return fromPairs(Object.entries(input));
}

/** Reads pairs that are to be sent in exactly their order and case. */
export function readExactHeaders(input: unknown): CallerHeaders {
	if (typeof input !== 'object' || input === null || !(Symbol.iterator in input) || isHeadersLike(input)) {
		throw new InvalidArgumentError('Option "exactHeaders" must be a list of pairs.', 'ERR_INVALID_OPTION');
	}
	return { ...fromPairs(input as Iterable<unknown>), verbatim: true };
}

/** What a call says: `headers` or `exactHeaders`, not both. */
export function chooseHeaders(headers: unknown, exact: unknown): CallerHeaders {
	if (exact === undefined) return readHeaders(headers);
	if (headers === undefined) return readExactHeaders(exact);
	throw new InvalidArgumentError('Give either "headers" or "exactHeaders".', 'ERR_INVALID_OPTION');
}

/** `second` over `first`: same names replace, removals add up, order of first appearance stays. */
export function mergeHeaders(first: CallerHeaders, second: CallerHeaders): CallerHeaders {
	if (first.list.length === 0 && first.removed.size === 0) return second;
	// An exact list of nothing still says that nothing of the browser's is wanted.
	if (second.list.length === 0 && second.removed.size === 0 && !second.verbatim) return first;
	const replaced = new Set(second.removed);
	for (let index = 0; index < second.list.length; index += 2)
		replaced.add((second.list[index] as string).toLowerCase());
	const kept: string[] = [];
	for (let index = 0; index < first.list.length; index += 2) {
		const name = first.list[index] as string;
		if (!replaced.has(name.toLowerCase())) kept.push(name, first.list[index + 1] as string);
	}
	const list = second.verbatim ? [...second.list, ...kept] : [...kept, ...second.list];
	const removed = new Set([...first.removed, ...second.removed]);
	for (let index = 0; index < second.list.length; index += 2)
		removed.delete((second.list[index] as string).toLowerCase());
	return { list, removed, verbatim: second.verbatim, ...(second.separate ? { separate: true } : {}) };
}

/** The list without some names (lower case). */
export function withoutNames(headers: CallerHeaders, names: ReadonlySet<string>): CallerHeaders {
	const list: string[] = [];
	for (let index = 0; index < headers.list.length; index += 2) {
		const name = headers.list[index] as string;
		if (!names.has(name.toLowerCase())) list.push(name, headers.list[index + 1] as string);
	}
	return list.length === headers.list.length ? headers : { ...headers, list };
}

/** First value of a name (lower case). */
export function headerValue(list: readonly string[], name: string): string | undefined {
	for (let index = 0; index < list.length; index += 2) {
		if ((list[index] as string).toLowerCase() === name) return list[index + 1];
	}
	return undefined;
}

/** All values of a name (lower case). */
export function headerValues(list: readonly string[], name: string): string[] {
	const values: string[] = [];
	for (let index = 0; index < list.length; index += 2) {
		const field = list[index] as string;
		if (field.length === name.length && field.toLowerCase() === name) values.push(list[index + 1] as string);
	}
	return values;
}

function isHeadersLike(input: object): input is Headers {
	return (
		Object.prototype.toString.call(input) === '[object Headers]' && typeof (input as Headers).entries === 'function'
	);
}

function fromPairs(pairs: Iterable<unknown>): CallerHeaders {
	const list: string[] = [];
	let removed: Set<string> | undefined;
	for (const pair of pairs) {
		if (!Array.isArray(pair) || pair.length !== 2)
			throw new InvalidArgumentError('A header in a list must be a pair of name and value.');
		const [key, value] = pair as [unknown, unknown];
		const name = typeof key === 'string' ? key : String(key);
		if (value === undefined) continue;
		if (value === null) {
			checkFieldName(name);
			removed ??= new Set();
			removed.add(name.toLowerCase());
		} else if (Array.isArray(value)) {
			for (const item of value) add(list, name, item);
		} else {
			add(list, name, value);
		}
	}
	return { list, removed: removed ?? noNames, verbatim: false };
}

function add(list: string[], name: string, value: unknown): void {
	checkFieldName(name);
	const lower = name.toLowerCase();
	if (ownedByProtocol.has(lower)) {
		throw new InvalidArgumentError(`Header "${name}" is written by the protocol and cannot be set.`);
	}
	if (connectionFields.has(lower)) return;
	if (lower === 'host' || lower === 'content-length') {
		for (let index = 0; index < list.length; index += 2) {
			if ((list[index] as string).toLowerCase() === lower)
				throw new InvalidArgumentError(`Header "${name}" is given twice.`);
		}
	}
	if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
		throw new InvalidArgumentError(`Value of header "${name}" must be text.`);
	}
	if (lower === 'content-length' && readLength(String(value).trim()) === undefined) {
		throw new InvalidArgumentError(`Header "${name}" is not a length.`);
	}
	list.push(name, checkFieldValue(name, String(value)));
}
