import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root, type Snippet } from './snippets.ts';

/** What the last column of a table may name. */
const prelude = `
import dns from 'node:dns';
import { createReadStream, readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { CookieJar } from 'tough-cookie';
import { createSession, createTransport, defineProfile, fetch, formatStorageState, getProfiles, parseStorageState, WebSocket } from 'wiretwin';
const url = 'https://shop.example/echo';
const [connect, idle, head] = [1000, 1000, 1000];
const [body, fields] = [{ a: 1 }, { a: '1' }];
/** An option of a session or of a request; that it exists is what a row says. */
async function accepts(options) {
	try {
		await createSession(options).close();
	} catch (failure) {
		if (!/^Unknown option/.test(failure.message)) throw failure;
		const session = createSession();
		const method = 'body' in options ? 'POST' : 'GET';
		const response = await session.fetch(url, { method, ...options });
		await response.text();
		await session.close();
	}
}
let rows = 0;
`;

/** Code in the last cell of each row, as far as it is complete: options, expressions, statements. */
function codeOfRows(page: string): string[] {
	return page
		.split('\n')
		.filter((line) => line.startsWith('| '))
		.flatMap((line) => {
			const last =
				line
					.replace(/ \|$/, '')
					.split(/(?<!\\)\| /)
					.at(-1) ?? '';
			return [...last.matchAll(/``\s(.+?)\s``|(?<![`\w])`([^`]+)`/g)].map(([, long, short]) =>
				(long ?? short ?? '').replaceAll('\\|', '|'),
			);
		})
		.filter((code) => !/\.\.\.|^import |^from |^[\w-]+$|^\.|^'|^[\w .]+$/.test(code));
}

/** One snippet that runs every row of a page. */
export async function rowsOf(page: string): Promise<{ snippet: Snippet; rows: number }> {
	const text = await readFile(join(root, page), 'utf8');
	// The tables above it speak of the API of neighbours, whose own tests hold them.
	const codes = codeOfRows(text.slice(Math.max(0, text.indexOf('## Or take wiretwin itself'))));
	const statements = codes.map((code) => {
		if (/^\w+: /.test(code)) return `await accepts({ ${code} });`;
		// A statement (\`if\`, \`for\`) stands as it is, an expression is awaited.
		const run = /^(?:if|for) /.test(code) ? `${code}${code.startsWith('for') ? ' {}' : ';'}` : `await (${code});`;
		return `{
	const session = createSession();
	const response = await session.fetch(url);
	const page = await session.open('https://shop.example/');
	${run}
	await session.close();
}`;
	});
	const lines = statements.map((statement) => `${statement}\nrows++;`);
	const code = `${prelude}${lines.join('\n')}\nconsole.log(rows); // ${codes.length}\n`;
	return { snippet: { page, number: 0, code }, rows: codes.length };
}
