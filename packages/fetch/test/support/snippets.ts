import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { type Mirror, startMirror } from '@wiretwin/mirror';
import { shop } from './shop.ts';

/** Root of the repository. */
export const root = fileURLToPath(new URL('../../../../', import.meta.url));
/** Below the package, whose dependencies the snippets find there. */
const parent = fileURLToPath(new URL('../../', import.meta.url));
const folder = folderOf(process.pid);

export type Snippet = { page: string; number: number; code: string };
export type Outcome = { printed: string[]; failure: string };

/** The `ts` snippets of a page; those that are only looked at are called otherwise (`ts example`, `js`). */
export async function snippetsOf(page: string): Promise<Snippet[]> {
	const text = await readFile(join(root, page), 'utf8');
	return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map((match, index) => ({
		page,
		number: index + 1,
		code: match[1] ?? '',
	}));
}

/** Names of the pages whose snippets run. */
export async function snippetPages(): Promise<string[]> {
	const pages = ['README.md', 'packages/fetch/README.md'];
	for (const name of ['guide', 'migrate']) {
		const files = await readdir(join(root, 'docs', name));
		pages.push(...files.filter((file) => file.endsWith('.md')).map((file) => `docs/${name}/${file}`));
	}
	return pages;
}

/** What the snippet says it prints: the comment after a `console.log(...);`, or whole comment lines after the last code. */
export function expectedOutput(code: string): string[] {
	return [...code.matchAll(/^(?:.*console\.log\(.*\); |)\/\/ (.*)$/gm)].map((match) => match[1] as string);
}

/** Where the snippets of a test process run. */
export function folderOf(pid: number): string {
	return join(parent, `.snippets-${pid}/`);
}

/** Takes away what test processes that were killed have left. */
async function sweep(): Promise<void> {
	for (const name of await readdir(parent)) {
		const [, pid] = /^\.snippets-(\d+)$/.exec(name) ?? [];
		if (pid && !runs(Number(pid))) await rm(folderOf(Number(pid)), { recursive: true, force: true });
	}
}

function runs(pid: number): boolean {
	try {
		return process.kill(pid, 0);
	} catch (error) {
		return (error as NodeJS.ErrnoException).code !== 'ESRCH';
	}
}

/** The package as the snippets import it, with trust in the mirror and its address for `shop.example` as defaults. */
const wrapper = `
import * as real from 'wiretwin';
const { proxy: _, ...trust } = JSON.parse(process.env.SNIPPET_TRUST);
const trusting = (options = {}) => (options.transport || options.session ? options : { ...trust, ...options });
export * from 'wiretwin';
export const fetch = (url, init) => real.fetch(url, trusting(init));
export default fetch;
export const createSession = (options) => real.createSession(trusting(options));
export const createTransport = (options) => real.createTransport(trusting(options));
export const withSession = (work, options) => real.withSession(work, trusting(options));
`;

/** An entry that asks nobody is as it is. */
const asItIs = { 'file-cache': "export * from 'wiretwin/file-cache';" };

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

/**
 * Runs modules one after the other in one process: most of a snippet's time is that of loading the package. What one prints
 * goes to its own console, also after its last line has run.
 */
const runner = `
import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { inspect } from 'node:util';
let current;
const report = (message) => process.send(message);
globalThis.snippetConsole = (index) => {
	const write = (chunk, _, done) => (report({ index, text: String(chunk) }), done());
	return new Console({ stdout: new Writable({ write }), colorMode: false });
};
const fail = (error) => report({ index: current, failure: inspect(error) });
process.on('uncaughtException', fail);
for (const { index, file } of JSON.parse(process.env.SNIPPET_FILES)) {
	current = index;
	report({ index });
	await import(file).catch(fail);
}
process.disconnect();
`;

/** Node 22 does not know `await using`, which the pages say. */
const hasUsing = Number(process.versions.node.split('.')[0]) >= 24;

/** The same for Node 22, as far as snippets use it: one line, closed behind the last one. */
function withoutUsing(code: string): string {
	const names: string[] = [];
	const plain = code.replaceAll(/^await using (\w+) =/gm, (_, name: string) => {
		names.unshift(name);
		return `const ${name} =`;
	});
	return plain + names.map((name) => `await ${name}.close();\n`).join('');
}

/** What a snippet changes for its whole process. */
const ofTheProcess = /diagnostics_channel|setGlobalDispatcher/;

/** Packages that snippets may import, and whose dependencies they are. */
const guests = {
	got: 'got-adapter',
	ky: 'ky-adapter',
	undici: 'undici-dispatcher',
	axios: 'http-agent',
	'node-fetch': 'http-agent',
};
const ours = ['got-adapter', 'ky-adapter', 'undici-dispatcher', 'http-agent'];

/** A server for the snippets and a folder that they run in. */
export class SnippetRun {
	readonly #mirror: Mirror;
	readonly #proxy: Server;

	private constructor(mirror: Mirror, proxy: Server) {
		this.#mirror = mirror;
		this.#proxy = proxy;
	}

	static async start(): Promise<SnippetRun> {
		await sweep();
		const mirror = await startMirror({ extraHosts: ['shop.example'], handler: shop });
		await mkdir(join(folder, 'node_modules/@wiretwin'), { recursive: true });
		await writeFile(join(folder, 'wiretwin.js'), wrapper);
		await writeFile(join(folder, 'runner.mjs'), runner);
		await writeFile(join(folder, 'ca.pem'), mirror.caPem);
		for (const [name, code] of Object.entries({ ...neighbours, ...asItIs }))
			await writeFile(join(folder, `${name}.js`), code);
		const link = (from: string, name: string) =>
			symlink(join(root, 'packages', from), join(folder, 'node_modules', name));
		for (const [name, user] of Object.entries(guests)) await link(`${user}/node_modules/${name}`, name);
		for (const name of ours) await link(name, `@wiretwin/${name}`);
		return new SnippetRun(mirror, await startProxy(mirror.port));
	}

	/** Runs all of them. Rejects when the process does not end, naming the snippet that was last begun. */
	async run(snippets: readonly Snippet[]): Promise<{ outcomes: Outcome[]; stderr: string }> {
		const outcomes = snippets.map((): Outcome => ({ printed: [], failure: '' }));
		const indexed = await Promise.all(
			snippets.map(async (snippet, index) => ({ index, file: await this.#write(snippet, index), snippet })),
		);
		const shared = indexed.filter(({ snippet }) => !ofTheProcess.test(snippet.code));
		let stderr = '';
		for (const batch of [shared, ...indexed.filter((one) => !shared.includes(one)).map((one) => [one])]) {
			stderr += await this.#runBatch(batch, outcomes);
		}
		return { outcomes, stderr };
	}

	async #write(snippet: Snippet, index: number): Promise<string> {
		const code = hasUsing ? snippet.code : withoutUsing(snippet.code);
		const file = join(folder, `snippet-${index}.ts`);
		const linked = code.replaceAll(
			/from 'wiretwin(?:\/([\w-]+))?'/g,
			(_, entry) => `from './${entry ?? 'wiretwin'}.js'`,
		);
		await writeFile(file, `const console = globalThis.snippetConsole(${index});\n${linked}`);
		return file;
	}

	async #runBatch(batch: ReadonlyArray<{ index: number; file: string }>, outcomes: Outcome[]): Promise<string> {
		const { port } = this.#proxy.address() as AddressInfo;
		const trust = {
			ca: this.#mirror.caPem,
			resolve: { 'shop.example': [`127.0.0.1:${this.#mirror.port}`] },
			proxy: `http://127.0.0.1:${port}`,
		};
		const env = {
			...process.env,
			SNIPPET_TRUST: JSON.stringify(trust),
			SNIPPET_FILES: JSON.stringify(batch),
			PROXY: trust.proxy,
			NO_COLOR: '1',
			NODE_NO_WARNINGS: '1',
		};
		const child = spawn(process.execPath, ['--conditions=wiretwin-source', join(folder, 'runner.mjs')], {
			cwd: folder,
			env,
			stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
		});
		let last = -1;
		child.on('message', ({ index, text, failure }: { index: number; text?: string; failure?: string }) => {
			last = Math.max(last, index);
			const outcome = outcomes[index] as Outcome;
			if (text !== undefined) outcome.printed.push(...text.trimEnd().split('\n'));
			if (failure !== undefined) outcome.failure = failure;
		});
		let stderr = '';
		child.stderr?.on('data', (text) => {
			stderr += String(text);
		});
		// What hangs is found; the limit is far from what a loaded machine needs.
		const hangs = setTimeout(() => child.kill('SIGKILL'), 150_000);
		const status = await new Promise((resolve) => child.on('close', resolve));
		clearTimeout(hangs);
		if (status !== 0) throw new Error(`status ${status}, the last snippet begun was number ${last}: ${stderr}`);
		return stderr;
	}

	async close(): Promise<void> {
		this.#proxy.closeAllConnections();
		this.#proxy.close();
		await this.#mirror.close();
		await rm(folder, { recursive: true, force: true });
	}
}

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
