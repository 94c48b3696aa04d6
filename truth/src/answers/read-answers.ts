import { readFileSync } from 'node:fs';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';

/** One line of `answers.txt`. */
export type Answer = {
	name: string;
	protocol: 'http1' | 'h2';
	/** What the page asks for instead of the answer's own address. */
	url: string | undefined;
	/** What the server says, one character a byte. */
	said: string;
	/** The server leaves the connection open. */
	keep: boolean;
};

const codings: Readonly<Record<string, (text: Buffer) => Buffer>> = {
	gzip: (text) => gzipSync(text),
	zlib: (text) => deflateSync(text),
	deflate: (text) => deflateRawSync(text),
	br: (text) => brotliCompressSync(text),
	zstd: (text) => zstdCompressSync(text),
};

const fixed: Readonly<Record<string, string>> = {
	ok: 'HTTP/1.1 200 OK\r\n',
	hi: 'Content-Length: 2\r\n\r\nhi',
	keep: '',
};

const escapes: Readonly<Record<string, string>> = { r: '\r', n: '\n', t: '\t', '0': '\0', '\\': '\\' };
const tokens = /\\x([\da-f]{2})|\\u\{([\da-f]+)\}|\\u([\da-f]{4})|\\([rnt0\\])|\{([^{}]*)\}/gi;

/** Reads the table that anyone can add a line to. */
export function readAnswers(): Answer[] {
	const answers: Answer[] = [];
	let section = '';
	for (const line of readFileSync(new URL('answers.txt', import.meta.url), 'utf8').split('\n')) {
		if (line === '' || line.startsWith('#')) continue;
		const header = /^\[(\w+)\]$/.exec(line)?.[1];
		if (header) {
			section = header;
			continue;
		}
		const at = line.indexOf(' |');
		if (at < 0) throw new Error(`answers.txt: no " |" in "${line}"`);
		const content = unescaped(line.slice(at + 3));
		answers.push({
			name: line.slice(0, at),
			protocol: section === 'h2' ? 'h2' : 'http1',
			url: section === 'url' ? content : undefined,
			said: section === 'url' ? `${fixed['ok']}${fixed['hi']}` : content,
			keep: line.includes('{keep}'),
		});
	}
	return answers;
}

/** A text of a table as it stands for bytes. */
export function unescaped(text: string): string {
	let out = '';
	let from = 0;
	for (const match of text.matchAll(tokens)) {
		out += text.slice(from, match.index);
		from = match.index + match[0].length;
		const [, byte, point, unit, letter, macro] = match;
		const code = byte ?? point ?? unit;
		if (code !== undefined) out += String.fromCodePoint(Number.parseInt(code, 16));
		else if (letter !== undefined) out += escapes[letter] ?? '';
		else out = expand(out, macro ?? '');
	}
	return out + text.slice(from);
}

function expand(before: string, macro: string): string {
	const text = fixed[macro];
	if (text !== undefined) return before + text;
	const [name = '', ...rest] = macro.split(' ');
	const code = codings[name];
	if (code) return before + code(Buffer.from(rest.join(' '), 'latin1')).toString('latin1');
	const count = Number(name.slice(1));
	if (name.startsWith('-') && count > 0) return before.slice(0, -count);
	if (name.startsWith('!') && count > 0) {
		const at = before.length - count;
		return before.slice(0, at) + String.fromCharCode(before.charCodeAt(at) ^ 0x55) + before.slice(at + 1);
	}
	throw new Error(`answers.txt: unknown {${macro}}`);
}
