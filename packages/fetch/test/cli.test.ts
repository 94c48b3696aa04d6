import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseArguments } from '../src/cli/arguments.ts';
import { runCommand as run } from './support/command-line.ts';
import { field, type Site, startSite } from './support/site.ts';

let site: Site;
let folder: string;
beforeAll(async () => {
	site = await startSite();
	folder = await mkdtemp(join(tmpdir(), 'wiretwin-cli-'));
	await writeFile(join(folder, 'ca.pem'), site.mirror.caPem);
});
afterAll(async () => {
	await site[Symbol.asyncDispose]();
	await rm(folder, { recursive: true, force: true });
});

const url = (path: string) => `${site.mirror.url}${path}`;
const request = (path: string, ...args: string[]) => run([...args, '--cacert', join(folder, 'ca.pem'), url(path)]);
type Echo = { method: string; body: string; headers: [string, string][] };
const echo = async (...args: string[]) => JSON.parse((await request('/echo', ...args)).stdout) as Echo;

/** `wiretwin ...args` as a process of its own. */
async function runProgram(...args: string[]): Promise<{ status: number | null; output: string }> {
	const main = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
	const child = spawn(process.execPath, ['--conditions=wiretwin-source', main, ...args], {
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	const closed = once(child, 'close') as Promise<[number | null]>;
	let output = '';
	for await (const chunk of child.stdout) output += String(chunk);
	return { status: (await closed)[0], output };
}

describe('wiretwin', () => {
	it('prints the body; -i the head too; -v what was sent', async () => {
		const plain = await request('/t/x.json');
		expect(plain).toMatchObject({ status: 0, stdout: '{}', stderr: '' });
		const head = await request('/t/x.json', '-i');
		expect(head.stdout).toMatch(/^HTTP\/2 200 \r\n(?:.+\r\n)*content-type: application\/json\r\n(?:.+\r\n)*\r\n\{\}$/);
		const verbose = await request('/t/x.json', '-v');
		expect(verbose.stderr).toMatch(/> GET .*\/t\/x\.json\n(?:> .+\n)*> user-agent: .*Chrome/i);
		expect(verbose.stderr).toContain('< HTTP/2 200');
	});
	it('-X -H -d --browser', async () => {
		const seen = await echo(
			'-X',
			'PUT',
			'-H',
			'X-Mine: 1',
			'-H',
			'accept-language:',
			'-d',
			'a=1',
			'-d',
			'b=2',
			'--browser',
			'firefox',
		);
		const headers = new Map(seen.headers);
		expect(seen).toMatchObject({ method: 'PUT', body: 'a=1&b=2' });
		expect(headers.get('content-type')).toBe('application/x-www-form-urlencoded');
		expect(headers.get('x-mine')).toBe('1');
		expect(headers.has('accept-language')).toBe(false);
		expect(headers.get('user-agent')).toContain('Firefox');
	});
	it('-d @file, -d @-, --json, -u', async () => {
		await writeFile(join(folder, 'body'), 'from=file');
		expect((await echo('-d', `@${join(folder, 'body')}`)).body).toBe('from=file');
		const piped = await run(['-d', '@-', '--cacert', join(folder, 'ca.pem'), url('/echo')], { input: 'from=stdin' });
		expect((JSON.parse(piped.stdout) as Echo).body).toBe('from=stdin');
		const json = await echo('--json', '{"a":1}', '-u', 'ada:secret');
		expect(json.method).toBe('POST');
		expect(new Map(json.headers).get('content-type')).toBe('application/json');
		expect(new Map(json.headers).get('authorization')).toBe('Basic YWRhOnNlY3JldA==');
	});
	it('-F with two files sends two parts, as a browser does', async () => {
		const files = ['one.txt', 'two.html'].map((name) => join(folder, name));
		for (const file of files) await writeFile(file, 'x');
		const seen = await echo('-F', `f=@${files.join(',')}`);
		expect(seen.body.match(/name="f"; filename="[^"]*"\r\nContent-Type: .*/g)).toEqual([
			'name="f"; filename="one.txt"\r\nContent-Type: text/plain',
			'name="f"; filename="two.html"\r\nContent-Type: text/html',
		]);
	});
	it('-F sends files as a browser does', async () => {
		await writeFile(join(folder, 'up.txt'), 'DATA');
		const seen = await echo('-F', 'name=value', '-F', `file=@${join(folder, 'up.txt')};type=text/plain`);
		expect(seen.body).toMatch(
			/^------WebKitFormBoundary\w{16}\r\nContent-Disposition: form-data; name="name"\r\n\r\nvalue\r\n/,
		);
		expect(seen.body).toContain('name="file"; filename="up.txt"\r\nContent-Type: text/plain\r\n\r\nDATA\r\n');
	});
	it('-L follows, without it the redirect is shown', async () => {
		expect((await request('/cookies/set?a=1&to=/t/x.json', '-i')).stdout).toContain('HTTP/2 302');
		expect((await request('/cookies/set?a=1&to=/t/x.json', '-L')).stdout).toBe('{}');
	});
	it('-c and -b keep cookies in a file between two runs', async () => {
		const file = join(folder, 'cookies.txt');
		await request('/cookies/set?a=1&b=2', '-c', file);
		expect(await readFile(file, 'utf8')).toContain('127.0.0.1\tFALSE\t/\tFALSE\t0\ta\t1\n');
		const seen = JSON.parse((await request('/cookies', '-b', file)).stdout) as { cookies: unknown };
		expect(seen.cookies).toEqual({ a: '1', b: '2' });
	});
	it('-o writes the file, with a bar on a terminal for large transfers only', async () => {
		await using big = await startSite(() => ({ body: Buffer.alloc(3_000_000, 'x') }));
		const file = join(folder, 'out.bin');
		const args = ['-o', file, '--insecure', `${big.mirror.url}/`];
		const shown = await run(args, { terminal: true });
		expect(shown.stderr).toMatch(/\[#{30}\] 100% 3\.0 MB/);
		expect((await readFile(file)).byteLength).toBe(3_000_000);
		expect((await run(args)).stderr).toBe('');
	});
	it('-f makes 404 a failure', async () => {
		expect((await request('/nothing')).status).toBe(0);
		expect(await request('/nothing', '-F', `a=@${folder}`)).toMatchObject({ status: 26, stdout: '' });
		expect(await request('/nothing', '-f')).toMatchObject({ status: 22, stdout: '' });
	});
	it('one clear line and the status of curl for each kind of failure', async () => {
		for (const [args, code, expected] of [
			[['http://127.0.0.1:2/'], 'ERR_CONNECTION_REFUSED', 7],
			[[url('/echo')], 'ERR_TLS_CERT_', 60],
		] as const) {
			const { status, stderr, stdout } = await run(args);
			expect({ status, stdout, lines: stderr.trimEnd().split('\n').length }).toEqual({
				status: expected,
				stdout: '',
				lines: 1,
			});
			expect(stderr).toContain(code);
		}
	});
	it('status 2 for wrong usage', async () => {
		for (const args of [[], ['--nope'], ['--browser', 'netscape', 'https://a.test/']]) {
			const { status, stderr } = await run(args);
			expect({ status, lines: stderr.trimEnd().split('\n').length }).toEqual({ status: 2, lines: 1 });
		}
	});
	it('lists profiles and shows a fingerprint', async () => {
		expect((await run(['profiles'])).stdout).toMatch(/^chromium_156 .*live/m);
		expect((await run(['fingerprint', 'firefox_153'])).stdout).toContain('t13d1617h2_86a278354501_3cbfd9057e0d');
	});
	it('an unknown option is said in our words, with its neighbour', async () => {
		expect((await run(['--hedaer', 'a: b', 'https://a.test/'])).stderr).toBe(
			'wiretwin: unknown option --hedaer; did you mean --header? See wiretwin --help\n',
		);
		expect((await run(['-sQ', 'https://a.test/'])).stderr).toContain('unknown option -Q');
	});
	it('doctor says what a report needs, and no password', async () => {
		const before = process.env.https_proxy;
		process.env.https_proxy = 'http://ada:s3cret@proxy.example:3128';
		const { status, stdout } = await run(['doctor']);
		if (before === undefined) delete process.env.https_proxy;
		else process.env.https_proxy = before;
		expect(status).toBe(0);
		expect(stdout).toMatch(/^wiretwin: +\d+\.\d+\.\d+\nruntime: +.*Node \d+/);
		expect(stdout).toMatch(
			/addon: .*, build \d+\.\d+\.\d+\+[0-9a-f]{8}.*\nroots: .* days old\nbrowser: +chrome is chrome_/,
		);
		expect(stdout).toMatch(/\nsystem: +\w+ .*, .*, \w+ open files\nclock: +\d{4}-.*Z, \S+\npackages: /);
		expect(stdout).toMatch(/\nset: +\S/);
		expect(stdout).toContain('https http://proxy.example:3128');
		expect(stdout).not.toContain('s3cret');
	});
	it.each(['mirror', 'capture', 'fingerprint', 'doctor', 'profiles'])('%s --help is the help', async (name) => {
		expect(await run([name, '--help'])).toEqual(await run(['--help']));
	});
	it('doctor says once why there is no addon', async () => {
		const main = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
		const child = spawn(process.execPath, ['--conditions=wiretwin-source', main, 'doctor'], {
			env: { ...process.env, WIRETWIN_BINDING_PATH: '/none.node' },
		});
		const [stdout, [status]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
		expect(status).toBe(1);
		expect(stdout.match(/ERR_BINDING_LOAD/g)).toHaveLength(1);
		expect(stdout).toMatch(/^addon: +FAILS, as above\nroots: +FAILS, as above$/m);
	});
	it('a reader that has enough is no error', async () => {
		const main = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
		await using big = await startSite(() => ({ body: Buffer.alloc(3_000_000, 'x') }));
		for (const args of [['profiles'], ['-k', `${big.mirror.url}/`]]) {
			const child = spawn(process.execPath, ['--conditions=wiretwin-source', main, ...args]);
			child.stdout.destroy();
			let problems = '';
			child.stderr.on('data', (chunk) => {
				problems += String(chunk);
			});
			const [status] = await once(child, 'close');
			expect({ status, problems }).toEqual({ status: 0, problems: '' });
		}
	});
	it('an address without a scheme is what a browser makes of it', () => {
		const of = (text: string) => parseArguments([text]).urls[0]?.replace(/:\/\/.*/, '');
		expect(['shop.example.com', 'a.b:443/x', 'shop.example.com/a:8080'].map(of)).toEqual(Array(3).fill('https'));
		const plain = [
			'127.0.0.1',
			'127.0.0.1:8080/x',
			'[::1]/',
			'localhost:3000',
			'server',
			'a.localhost',
			'shop.com:8080',
		];
		expect(plain.map(of)).toEqual(Array(plain.length).fill('http'));
	});
	it('ends by itself as a program', async () => {
		expect(await runProgram('-k', url('/t/x.json'))).toEqual({ status: 0, output: '{}' });
		expect(field(site.mirror.requests.at(-1), 'sec-fetch-site')).toBe('none');
		// A browser that does not start leaves nothing that waits for it.
		for (const name of ['chromium', 'firefox'])
			expect(await runProgram('capture', '--browser', join(folder, name))).toEqual({ status: 1, output: '' });
	});
});
