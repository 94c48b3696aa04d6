import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type ErrorNote, errorNotes, notOurs } from './error-notes.ts';
import { code, generatedPage, table } from './markdown.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const repeats = {
	safe: 'safe',
	maybe: 'if it may happen twice',
	same: 'gives the same',
} as const;
const groups: ReadonlyArray<readonly [title: string, classes: readonly string[], more?: string]> = [
	[
		'Wrong arguments',
		['InvalidArgumentError', 'ProfileError'],
		'; `ProfileError` is thrown by `defineProfile` and `@wiretwin/profiles`, a session says `ERR_INVALID_OPTION` instead.',
	],
	['Something is closed or used up', ['StateError']],
	['Names and connections', ['ConnectionError']],
	['TLS', ['TlsError']],
	['Proxies', ['ProxyError']],
	['Timeouts', ['TimeoutError']],
	['HTTP and WebSocket', ['ProtocolError']],
	['Bodies', ['BodyError']],
	['Redirects', ['RedirectError']],
];

/** Every code that a source of the main package, its profiles or its engine gives: quoted text, tests apart. */
export function codesOfSource(): Set<string> {
	const patterns = ['packages/{fetch,profiles,core-native}/src/**/*.ts', 'packages/core-native/*/src/**/*.rs'];
	const found = new Set<string>();
	for (const file of globSync(patterns, { cwd: root })) {
		// The API of neighbours turns codes of ours into their errors.
		if (/src\/(impit|wreq-js)\/|core-native\/fuzz\//.test(file)) continue;
		const text = readFileSync(`${root}${file}`, 'utf8');
		for (const [, name] of text.matchAll(/['"`](ERR_[A-Z0-9]+(?:_[A-Z0-9]+)*)['"`]/g)) found.add(name as string);
	}
	for (const name of found) {
		if (Object.keys(notOurs).some((other) => (other.endsWith('_') ? name.startsWith(other) : name === other))) {
			found.delete(name);
		}
	}
	return found;
}

/** Every error code. */
export function errorsPage(): string {
	const found = codesOfSource();
	const missing = [...found].filter((name) => !Object.hasOwn(errorNotes, name));
	const gone = Object.keys(errorNotes).filter((name) => !found.has(name));
	if (missing.length > 0) throw new Error(`scripts/reference/error-notes.ts lacks ${missing.join(', ')}`);
	if (gone.length > 0) throw new Error(`scripts/reference/error-notes.ts has what no source gives: ${gone.join(', ')}`);
	const entries = Object.entries(errorNotes);
	return [
		generatedPage('Error codes', 'the sources and scripts/reference/error-notes.ts'),
		'`error.code` is API, `error.message` is not. [Errors](../guide/errors.md) says how to catch them; a failure of the network is named',
		'`TypeError`, as every fetch has it, whatever its class.\n',
		'**May I send it again?** *Safe*: the server has processed nothing of it, so any method may be repeated. *If it may happen twice*: it may',
		'have been processed; repeat GET, HEAD, PUT and DELETE, but not a POST that orders something. *Gives the same*: mend the cause first.',
		'Whatever the code, a failure whose `error.phase` is `queue`, `resolve`, `connect`, `proxy` or `tls` is safe: nothing of the request',
		'had left (but for a GET that the browser sends as TLS early data). A request that a server provably did not process (a connection that',
		'had just ended, GOAWAY, REFUSED_STREAM) is repeated by wiretwin itself, once, as browsers do.\n',
		...groups.flatMap(([title, classes, more = '']) => {
			const own = entries.filter(([, note]) => classes.includes(note.class));
			const many = new Set(own.map(([, note]) => note.class)).size > 1;
			return [`## ${title}\n`, `${classes.map(code).join(', ')}${more}\n`, errorTable(own, many)];
		}),
	].join('\n');
}

function errorTable(entries: ReadonlyArray<readonly [string, ErrorNote]>, withClass: boolean): string {
	return table(
		['code', ...(withClass ? ['class'] : []), 'phase', 'means', 'again?', 'what to do'],
		entries.map(([name, note]) => [
			code(name),
			...(withClass ? [code(note.class)] : []),
			note.phase,
			note.means,
			repeats[note.repeat],
			note.todo,
		]),
	);
}
