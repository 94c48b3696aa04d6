import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asCurl } from './data/as-curl.ts';
import { runCommand } from './support/command-line.ts';

// N14: what a line of curl does, the same line of wiretwin does. The installed curl is asked.

const given = {
	'line.txt': 'one line',
	'lines.txt': 'first=1\nsecond=2\r\n',
	'bytes.bin': Buffer.from([0, 10, 13, 255, 64]),
	'headers.txt': 'X-From: file\nX-More: 1\n',
	'options.txt': '# more\n-H "X-Quoted: a \\"b\\"\\tc"\ndata = a=1\nuser: ada:x\n  silent\n--data "b=2\\-3"\n',
	'nested.txt': 'config = "{in}/options.txt"\nget\n',
	'page.html': '<p>page',
	'part.txt': '01234',
	'whole.txt': '0123456789',
	'jar.txt': `# Netscape HTTP Cookie File\n127.0.0.1\tFALSE\t/\tFALSE\t0\tkept\t1\n#HttpOnly_127.0.0.1\tFALSE\t/\tFALSE\t${Math.floor(Date.now() / 1000) + 86_400}\tlong\t2\nother.example\tFALSE\t/\tFALSE\t0\tnot\there\n`,
};

type Seen = { method: string | undefined; target: string | undefined; fields: object; body: string };

let folder: string;
let server: Server;
let seen: Seen[] = [];
beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), 'wiretwin-as-curl-'));
	for (const [name, content] of Object.entries(given)) {
		const text = typeof content === 'string' ? content.replaceAll('{in}', folder) : content;
		await writeFile(join(folder, name), text);
	}
	server = createServer((request, response) => {
		void record(request).then((one) => {
			// Whether a request got this far before its limit is a matter of the machine.
			if (one.target !== '/silent') seen.push(one);
			response.sendDate = false;
			const path = (request.url ?? '').replace(/\?.*/, '');
			const [, status, target] = /^\/to\/([0-9]+)(\/.*)/.exec(request.url ?? '') ?? [];
			if (path === '/silent') return;
			if (status !== undefined)
				response.writeHead(Number(status), ['Location', target ?? '', 'Content-Length', '0']).end();
			else if (path === '/range') answerRange(request, response);
			else if (path === '/flaky') {
				const first = !flaky.delete(request.url ?? '');
				if (first) flaky.add(request.url ?? '');
				response
					.writeHead(first ? 503 : 200, ['Retry-After', '0', 'Content-Length', '6'])
					.end(first ? 'later\n' : 'there\n');
			} else if (path === '/named')
				response
					.writeHead(200, [
						'Content-Disposition',
						`attachment; filename="${/\?(.+)/.exec(request.url ?? '')?.[1] ?? '../said.txt'}"`,
						'Content-Length',
						'5',
					])
					.end('said\n');
			else if (path === '/404') response.writeHead(404, ['Content-Length', '5']).end('none\n');
			else if (path === '/set')
				response
					.writeHead(
						200,
						[
							['Set-Cookie', 'a=1; Path=/'],
							['Set-Cookie', 'b=2; HttpOnly'],
							['Content-Length', '0'],
						].flat(),
					)
					.end();
			else
				response
					.writeHead(200, ['Content-Type', 'text/plain', 'X-Many', '1', 'X-Many', '2', 'Content-Length', '9'])
					.end('one\ntwo\r\n');
		});
	}).listen(0, '127.0.0.1');
	await once(server, 'listening');
});
afterAll(async () => {
	server.closeAllConnections();
	server.close();
	await rm(folder, { recursive: true, force: true });
});

/** Requests whose next answer is a good one. */
const flaky = new Set<string>();

/** Ten digits, of which a request may ask for the end; `?no` knows no ranges. */
function answerRange(request: IncomingMessage, response: ServerResponse): void {
	const digits = '0123456789';
	const [, from] = /^bytes=([0-9]+)-$/.exec(request.headers.range ?? '') ?? [];
	const start = Number(from ?? 0);
	if (from === undefined || request.url?.endsWith('?no')) {
		response.writeHead(200, ['Content-Length', '10']).end(digits);
	} else if (start >= 10) {
		response.writeHead(416, ['Content-Range', 'bytes */10', 'Content-Length', '4']).end('none');
	} else {
		const range = `bytes ${start}-9/10`;
		response.writeHead(206, ['Content-Range', range, 'Content-Length', String(10 - start)]).end(digits.slice(start));
	}
}

/** Fields that come from the command line, not from who sends. */
const own = /^(?:x-.*|__proto__|constructor|authorization|content-type|cookie|range|referer|host)$/;

async function record(request: IncomingMessage): Promise<Seen> {
	const boundary = /boundary=(\S+)/.exec(request.headers['content-type'] ?? '')?.[1];
	const plain = (value: string) => (boundary === undefined ? value : value.replaceAll(boundary, 'BOUNDARY'));
	const fields = new Map<string, string>();
	for (let index = 0; index < request.rawHeaders.length; index += 2) {
		const name = (request.rawHeaders[index] ?? '').toLowerCase();
		let value = plain(request.rawHeaders[index + 1] ?? '');
		if (name === 'cookie') value = value.split('; ').sort().join('; ');
		const before = fields.get(name);
		// A browser that sends a body has a page, which curl has not.
		if (name === 'referer' && value === `http://${request.headers.host}/`) continue;
		if (own.test(name)) fields.set(name, before === undefined ? value : `${before} | ${value}`);
		if (name === 'user-agent' && (value === 'mine/1.0' || value === '-K')) fields.set(name, value);
		if (name === 'accept' && value === 'application/json') fields.set(name, value);
	}
	// Where a client puts Content-Type in a part is its own affair.
	const body = plain(Buffer.from(await text(request), 'utf8').toString()).replace(/\r\nContent-Length: .*/g, '');
	return { method: request.method, target: request.url, fields: Object.fromEntries([...fields].sort()), body };
}

/** Runs one line; says what the server saw, what was printed and written and how it ended. */
async function outcome(line: readonly string[], run: (args: string[]) => Promise<{ status: number; stdout: string }>) {
	seen = [];
	const out = await mkdtemp(join(folder, 'out-'));
	await mkdir(out, { recursive: true });
	const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	for (const name of ['part.txt', 'whole.txt']) await copyFile(join(folder, name), join(out, name));
	flaky.clear();
	const args = line.map((word) => word.replace('{url}', url).replace('{in}', folder).replace('{out}', out));
	const { status, stdout } = await run(args);
	const files: Record<string, unknown> = {};
	for (const name of (await readdir(out, { recursive: true })).sort()) {
		if ((await stat(join(out, name))).isDirectory()) continue;
		const content = await readFile(join(out, name), 'latin1');
		files[name] = name === 'jar' ? cookieLines(content) : content;
	}
	return { status, stdout: stdout.replaceAll(url, '{url}'), files, seen };
}

/** Order and comments of a cookie file mean nothing. */
function cookieLines(content: string): string[] {
	return content
		.split('\n')
		.filter((line) => line.includes('\t'))
		.sort();
}

const curl = (args: string[]) =>
	new Promise<{ status: number; stdout: string }>((resolve) => {
		const options = { env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' }, encoding: 'latin1' as const };
		execFile('curl', ['-q', ...args], options, (error, stdout) =>
			resolve({ status: typeof error?.code === 'number' ? error.code : 0, stdout }),
		);
	});

describe('N14 the same line does the same', () => {
	it.each(asCurl.map((line) => [line.join(' '), line] as const))('%s', async (_, line) => {
		expect(await outcome(line, runCommand)).toEqual(await outcome(line, curl));
	});
});
