import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { type Mirror, startMirror } from '@wiretwin/mirror';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const folder = fileURLToPath(new URL(`../.snippets-${process.pid}/`, import.meta.url));
const pages = ['README.md', 'packages/fetch/README.md'];
for (const name of ['guide', 'migrate']) {
	for (const file of await readdir(join(root, 'docs', name)).catch(() => [])) {
		if (file.endsWith('.md')) pages.push(`docs/${name}/${file}`);
	}
}

type Snippet = { page: string; number: number; code: string };

async function snippetsOf(page: string): Promise<Snippet[]> {
	const text = await readFile(join(root, page), 'utf8');
	return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map((match, index) => ({
		page,
		number: index + 1,
		code: match[1] ?? '',
	}));
}

/** What the snippet says it prints: the comment after a `console.log(...);`, or whole comment lines after the last code. */
function expectedOutput(code: string): string[] {
	return [...code.matchAll(/^(?:.*console\.log\(.*\); |)\/\/ (.*)$/gm)].map((match) => match[1] as string);
}

/** The package as the snippets import it, with trust in the mirror and its address for `shop.example` as defaults. */
const wrapper = `
import * as real from 'wiretwin';
const { proxy: _, ...trust } = JSON.parse(process.env.SNIPPET_TRUST);
const trusting = (options = {}) => (options.transport ? options : { ...trust, ...options });
export * from 'wiretwin';
export const fetch = (url, init) => real.fetch(url, trusting(init));
export default fetch;
export const createSession = (options) => real.createSession(trusting(options));
export const createTransport = (options) => real.createTransport(trusting(options));
export const withSession = (work, options) => real.withSession(work, trusting(options));
`;

/** Entries for other clients know no `ca` and no port of a name, so their snippets go through a proxy that does. */
const neighbours = {
	'wreq-js': `
import * as real from 'wiretwin/wreq-js';
const { proxy } = JSON.parse(process.env.SNIPPET_TRUST);
const through = (options = {}) => (options.transport || options.session ? options : { proxy, insecure: true, ...options });
export * from 'wiretwin/wreq-js';
export default real.default;
export const fetch = (url, init) => real.fetch(url, through(init));
export const createSession = (options) => real.createSession(through(options));
export const createTransport = (options) => real.createTransport(through(options));
export const withSession = (work, options) => real.withSession(work, through(options));
`,
	impit: `
import * as real from 'wiretwin/impit';
const { proxy } = JSON.parse(process.env.SNIPPET_TRUST);
export * from 'wiretwin/impit';
export class Impit extends real.Impit {
	constructor(options) {
		super({ proxyUrl: proxy, ignoreTlsErrors: true, ...options });
	}
}
`,
};

/** Leads every name to the mirror. */
async function startProxy(port: number): Promise<Server> {
	const server = createServer().on('connect', (_, socket) => {
		const peer = connect(port, '127.0.0.1', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
		// A snippet that is over leaves both sides at once.
		pipeline(peer, socket, peer, () => undefined);
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return server;
}

let mirror: Mirror;
let proxy: Server;
beforeAll(async () => {
	mirror = await startMirror({ extraHosts: ['shop.example'] });
	await mkdir(folder, { recursive: true });
	await writeFile(join(folder, 'wiretwin.js'), wrapper);
	for (const [name, code] of Object.entries(neighbours)) await writeFile(join(folder, `${name}.js`), code);
	proxy = await startProxy(mirror.port);
});
afterAll(async () => {
	proxy.closeAllConnections();
	proxy.close();
	await mirror.close();
	await rm(folder, { recursive: true, force: true });
});

async function run(snippet: Snippet): Promise<{ status: unknown; stdout: string; stderr: string }> {
	const file = join(folder, `${basename(snippet.page, '.md')}-${snippet.number}.ts`);
	const code = snippet.code.replaceAll(
		/from 'wiretwin(?:\/([\w-]+))?'/g,
		(_, entry) => `from './${entry ?? 'wiretwin'}.js'`,
	);
	await writeFile(file, code);
	const { port } = proxy.address() as AddressInfo;
	const trust = {
		ca: mirror.caPem,
		resolve: { 'shop.example': [`127.0.0.1:${mirror.port}`] },
		proxy: `http://127.0.0.1:${port}`,
	};
	const child = spawn(process.execPath, ['--conditions=wiretwin-source', file], {
		env: { ...process.env, SNIPPET_TRUST: JSON.stringify(trust), NO_COLOR: '1', NODE_NO_WARNINGS: '1' },
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	const output = { stdout: '', stderr: '' };
	child.stdout.on('data', (text) => {
		output.stdout += String(text);
	});
	child.stderr.on('data', (text) => {
		output.stderr += String(text);
	});
	const status = await new Promise((resolve) => child.on('close', resolve));
	return { status, ...output };
}

const snippets = (await Promise.all(pages.map(snippetsOf))).flat();

describe('the snippets in the documentation do what they say', () => {
	it.each(snippets.map((snippet) => [`${snippet.page} ${snippet.number}`, snippet] as const))(
		'%s',
		async (_, snippet) => {
			const { status, stdout, stderr } = await run(snippet);
			expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
			const expected = expectedOutput(snippet.code);
			expect(expected.length, 'a snippet prints something').toBeGreaterThan(0);
			expect(stdout.trimEnd().split('\n')).toEqual(expected);
		},
	);
});
