import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type MirrorRequest, type Reply, startMirror } from '@wiretwin/mirror';
import { describe, expect, it } from 'vitest';
import { createSession } from '../src/index.ts';

const chromium = '/usr/bin/chromium';

/** Each case: Set-Cookie lines, one response after the other; compared is what the next navigation carries. */
const cases: readonly (readonly string[])[] = [
	['a=1'],
	['alone'],
	['=alone'],
	['='],
	['a='],
	['=a=b'],
	['a=b=c'],
	['a="quoted; x"'],
	[' \ta = b \t; Secure'],
	['a=b\tc'],
	['a=gr\xc3\xbc\xc3\x9fe'],
	['a=%0d%0ax'],
	['__Secure-a=1'],
	['__Secure-a=1; Secure'],
	['__SeCuRe-a=1'],
	['__Host-a=1; Secure; Path=/'],
	['__Host-a=1; Secure'],
	['__hOsT-a=1; Path=/'],
	['__Host-a=1; Secure; Path=/; Domain=HOST'],
	['__Http-a=1; Secure'],
	['__Http-a=1; Secure; HttpOnly'],
	['__Host-Http-a=1; Secure; Path=/'],
	['__Host-Http-a=1; Secure; Path=/; HttpOnly'],
	['=__Secure-a=1; Secure'],
	['__Secure-a; Secure'],
	['a=1; SameSite=None'],
	['a=1; SameSite=None; Secure'],
	['a=1; SameSite=Strict'],
	['a=1; SameSite=StrictLax'],
	['a=1; Partitioned'],
	['a=1; Secure; Partitioned'],
	['a=1; Secure', 'a=2; Secure; Partitioned'],
	['a=1; Domain=HOST'],
	['a=1; Domain=.SITE'],
	['a=1; Domain=SITE.'],
	['a=1; Domain=example'],
	['a=1; Domain=other.SITE'],
	['a=1; Domain='],
	['a=1; Path=/elsewhere'],
	['a=1; Path=relative'],
	[`a=1; Path=/${'p'.repeat(1024)}`],
	[`a=${'x'.repeat(4095)}`],
	[`a=${'x'.repeat(4096)}`],
	['a=1; Max-Age=0'],
	['a=1; Max-Age=-5'],
	['a=1; Max-Age=ten'],
	['a=1; Max-Age=100000000000000000000'],
	['a=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT'],
	['a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT'],
	['a=1; Expires=tomorrow'],
	['a=1', 'b=1', 'a=1'],
	['a=1', 'b=1', 'a=2'],
	['a=1; Path=/', 'b=1; Path=/get', 'c=1; Path=/'],
	['a=1', 'a=; Max-Age=0'],
	['a=1; Secure', 'a=2'],
	['__proto__=1', 'constructor=2'],
	['a=1; HttpOnly', 'a=2'],
];

const site = (index: number) => `c${index}.example`;
const host = (index: number) => `www.${site(index)}`;

/** `/set?<case>.<step>` sets a cookie and leads on; `/get?<case>` leads to the next case; the last one ends. */
function answer(request: MirrorRequest): Reply {
	const [index = 0, step = 0] = request.url.search.slice(1).split('.').map(Number);
	if (request.url.pathname === '/set') {
		const line = (cases[index]?.[step] ?? '').replace('HOST', host(index)).replace('SITE', site(index));
		const last = step + 1 >= (cases[index]?.length ?? 0);
		return page(last ? `/get?${index}` : `/set?${index}.${step + 1}`, [['set-cookie', line]]);
	}
	if (request.url.pathname !== '/get' || index + 1 >= cases.length) {
		return { headers: [['content-type', 'text/html']], body: 'done' };
	}
	return page(`https://${host(index + 1)}:${request.url.port}/set?${index + 1}.0`, []);
}

/** A page that the browser leaves at once; `replace` and no-referrer make it like a typed address. */
function page(next: string, headers: [string, string][]): Reply {
	const body = `<!doctype html><meta name=referrer content=no-referrer><link rel=icon href=data:,><script>location.replace(${JSON.stringify(next)})</script>`;
	return { headers: [['content-type', 'text/html'], ['cache-control', 'no-store'], ...headers], body };
}

async function startCases() {
	const seen = new Map<number, string>();
	const done = Promise.withResolvers<void>();
	const mirror = await startMirror({
		handler: (request) => {
			if (request.url.pathname === '/get') {
				const cookies = request.record.headers
					.filter(([name]) => name.toLowerCase() === 'cookie')
					.map(([, value]) => value);
				seen.set(Number(request.url.search.slice(1)), cookies.join('; '));
				if (seen.size === cases.length) done.resolve();
			}
			return answer(request);
		},
	});
	return { mirror, seen, done: done.promise };
}

/** What Chromium carries in each case. */
async function askChromium(): Promise<Map<number, string>> {
	const { mirror, seen, done } = await startCases();
	const profile = await mkdtemp(join(tmpdir(), 'wiretwin-cookie-check-'));
	const child = spawn(
		chromium,
		[
			'--headless=new',
			'--no-sandbox',
			'--disable-gpu',
			'--no-first-run',
			'--ignore-certificate-errors',
			`--user-data-dir=${profile}`,
			'--host-resolver-rules=MAP *.example 127.0.0.1',
			'--remote-debugging-port=0',
			`https://${host(0)}:${mirror.port}/set?0.0`,
		],
		{ stdio: 'ignore' },
	);
	const ended = new Promise((resolve) => child.on('close', resolve));
	try {
		await Promise.race([done, ended]);
	} finally {
		child.kill('SIGKILL');
		await ended;
		await mirror.close();
		await rm(profile, { recursive: true, force: true, maxRetries: 5 });
	}
	return seen;
}

/** What our session carries, by the same path. */
async function askOurselves(): Promise<Map<number, string>> {
	const { mirror, seen } = await startCases();
	const resolve = Object.fromEntries(cases.map((_, index) => [host(index), '127.0.0.1']));
	await using session = createSession({ browser: 'chrome', insecure: true, resolve });
	for (const [index, lines] of cases.entries()) {
		for (const path of [...lines.map((_, step) => `/set?${index}.${step}`), `/get?${index}`]) {
			await (await session.fetch(`https://${host(index)}:${mirror.port}${path}`)).text();
		}
	}
	await mirror.close();
	return seen;
}

describe.runIf(existsSync(chromium))('cookies', () => {
	it('R05 are kept and sent exactly as Chromium keeps and sends them', { timeout: 120_000 }, async () => {
		const theirs = await askChromium();
		const ours = await askOurselves();
		expect(theirs.size).toBe(cases.length);
		const table = (seen: Map<number, string>) =>
			cases.map((lines, index) => [lines.map((line) => line.slice(0, 60)), seen.get(index)]);
		expect(table(ours)).toEqual(table(theirs));
	});
});
