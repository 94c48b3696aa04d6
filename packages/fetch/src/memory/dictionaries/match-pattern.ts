import { readPattern } from './pattern-parts.ts';
import { PatternScan, type ScanWork } from './pattern-scan.ts';
import { isCharacter, type Token, tokensOf } from './pattern-tokens.ts';

/** Whether a URL of the same origin is meant. Takes of the work what it needs; with none left, it is not. */
export type UrlMatcher = (url: URL, work: ScanWork) => boolean;

/** Characters of a pattern, of those that servers write the longest by far. */
const maxPatternLength = 1024;
/** Characters of a URL that are looked at: work grows with them. */
const maxUrlLength = 4096;
/**
 * Work for all the patterns that one request is compared with, some 10 ms. A hundred real ones of three pieces and a URL of 150 characters
 * take a fifth of it; servers that write others must not stop the program.
 */
export const maxWork = 250_000;

type Part = 'scheme' | 'host' | 'port' | 'path' | 'search' | 'hash';
type Parts = { [part in Part]?: readonly Token[] };

/**
 * Reads `match` (RFC 9842 2.1.1), a pattern of the URL Pattern standard without regular expressions, relative to the
 * dictionary's own URL. `undefined`: it is malformed, or for another origin. Why not `URLPattern`: not all versions of Node have
 * it, and it matches by regular expressions, whose time a server could make as long as it likes.
 */
export function compileMatch(pattern: string, base: URL): UrlMatcher | undefined {
	if (pattern.length > maxPatternLength) return undefined;
	const parts = split(tokensOf(pattern));
	const own = { scheme: base.protocol.slice(0, -1), host: base.hostname, port: base.port };
	if (parts.scheme !== undefined) {
		const work = { left: maxWork };
		for (const part of ['scheme', 'host', 'port'] as const) {
			const scan = readPattern(parts[part] ?? [], part === 'host' ? '.' : '', (text) => text);
			if (scan === undefined || !new PatternScan(scan).matches(own[part], work)) return undefined;
		}
	}
	const isRelative = parts.scheme === undefined;
	const path = isRelative ? besideBase(parts.path, base) : parts.path;
	const search = parts.search ?? (path === undefined && isRelative ? escaped(base.search.slice(1)) : undefined);
	const scans = [
		scanOf(path ?? (isRelative ? escaped(base.pathname) : undefined), '/', pathText),
		scanOf(search, '', (text) => text),
		scanOf(parts.hash, '', (text) => text),
	];
	if (scans.includes('malformed')) return undefined;
	const [pathScan, searchScan, hashScan] = scans as (PatternScan | undefined)[];
	return ({ pathname, search: query, hash, href }, work) =>
		href.length <= maxUrlLength &&
		(pathScan?.matches(pathname, work) ?? true) &&
		(searchScan?.matches(query.slice(1), work) ?? true) &&
		(hashScan?.matches(hash.slice(1), work) ?? true);
}

/** `undefined`: all are meant. */
function scanOf(
	tokens: readonly Token[] | undefined,
	separator: string,
	text: (text: string) => string,
): PatternScan | 'malformed' | undefined {
	if (tokens === undefined) return undefined;
	const parts = readPattern(tokens, separator, text);
	return parts === undefined ? 'malformed' : new PatternScan(parts);
}

/** Fixed text of a path as URLs spell it (URL Pattern: canonicalize a pathname). */
function pathText(text: string): string {
	// Without a slash in front the text would be taken apart from where it stands.
	const isWhole = text.startsWith('/');
	const url = new URL('https://a/');
	url.pathname = isWhole ? text : `/-${text}`;
	return isWhole ? url.pathname : url.pathname.slice(2);
}

/** A path that does not begin with a slash begins in the base's folder. */
function besideBase(path: readonly Token[] | undefined, base: URL): readonly Token[] | undefined {
	const [first, second] = path ?? [];
	if (path === undefined || first === undefined) return undefined;
	const isAbsolute = isCharacter(first, '/') || (first.type === 'open' && second && isCharacter(second, '/'));
	if (isAbsolute) return path;
	return [...escaped(base.pathname.slice(0, base.pathname.lastIndexOf('/') + 1)), ...path];
}

const escaped = (text: string): Token[] => Array.from(text, (value) => ({ type: 'escaped', value }));

/** Takes the pattern of a whole URL, or of its end, apart (URL Pattern: constructor string parser). */
function split(tokens: readonly Token[]): Parts {
	const parts: Parts = {};
	const colon = tokens.findIndex((token) => isCharacter(token, ':'));
	let at = 0;
	const next = tokens.slice(colon + 1, colon + 3);
	if (colon >= 0 && next.length === 2 && next.every((token) => isCharacter(token, '/'))) {
		parts.scheme = tokens.slice(0, colon);
		at = colon + 3;
		const end = endOf(tokens, at, (index) => ['/', '?', '#'].some((mark) => starts(tokens, index, mark)));
		const authority = tokens.slice(at, end);
		const port = authority.findLastIndex((token) => isCharacter(token, ':'));
		parts.host = port < 0 ? authority : authority.slice(0, port);
		parts.port = port < 0 ? [] : authority.slice(port + 1);
		at = end;
	}
	const pathEnd = endOf(tokens, at, (index) => starts(tokens, index, '?') || starts(tokens, index, '#'));
	if (pathEnd > at) parts.path = tokens.slice(at, pathEnd);
	at = pathEnd;
	if (at < tokens.length && starts(tokens, at, '?')) {
		const end = endOf(tokens, at + 1, (index) => starts(tokens, index, '#'));
		parts.search = tokens.slice(at + 1, end);
		at = end;
	}
	if (at < tokens.length) parts.hash = tokens.slice(at + 1);
	return parts;
}

/** Where the first token outside of braces is of which this is true. */
function endOf(tokens: readonly Token[], from: number, isEnd: (index: number) => boolean): number {
	let depth = 0;
	for (let index = from; index < tokens.length; index++) {
		if (depth === 0 && isEnd(index)) return index;
		if (tokens[index]?.type === 'open') depth++;
		else if (tokens[index]?.type === 'close') depth = Math.max(0, depth - 1);
	}
	return tokens.length;
}

/** A mark that is none of the pattern's: `?` behind something that can be repeated makes it optional. */
function starts(tokens: readonly Token[], index: number, mark: string): boolean {
	const token = tokens[index];
	if (token === undefined) return false;
	if (isCharacter(token, mark)) return true;
	if (mark !== '?' || token.type !== 'modifier' || token.value !== '?') return false;
	const before = tokens[index - 1]?.type;
	return before !== 'name' && before !== 'regexp' && before !== 'close' && before !== 'asterisk';
}
