import { spawn } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { faults, sharedAuthority, startFault } from '@wiretwin/mirror';
import { expect, test } from 'vitest';
import { createSession, fetch, type RequestEvent } from 'wiretwin';
import { canaries, secretHeaders, secretsIn, secretsShownBy } from './support/canaries.ts';
import { proxyOptions } from './support/fault-table.ts';
import { eventually, useWorld } from './support/world.ts';

useWorld();

/** Two variants of every id that fails. */
const failing = Object.entries(faults).flatMap(([id, { variants }]) =>
	/^[FHPT]|^B0[123]/.test(id)
		? Object.keys(variants)
				.slice(0, 2)
				.map((variant) => ({ id, variant }))
		: [],
);
const channels = ['start', 'connected', 'head', 'progress', 'done', 'error'].map((name) => `wiretwin:request:${name}`);

test('N06 no secret in errors, events of failures, responses, sessions, transports or logs of any failing request', async () => {
	const seen: RequestEvent[] = [];
	const listen = (event: unknown) => seen.push(event as RequestEvent);
	for (const channel of channels) subscribe(channel, listen);
	let failures = 0;
	try {
		for (const { id, variant } of failing) {
			await using fault = await startFault(id, { variant, expandedBytes: 4 * 1024 * 1024 });
			await using session = createSession({
				ca: fault.caPem,
				har: true,
				maxResponseBytes: 100_000,
				timeout: { total: 500, proxy: 100 }, // a few wait for more than one request
				...proxyOptions(fault.url),
			});
			session.setCookie('jar', canaries.jarCookie, `${fault.url.replace(/^\w+/, 'https')}/`);
			const url = `${fault.url.startsWith('https') ? fault.url : 'https://target.example'}/path#${canaries.fragment}`;
			const shown: unknown[] = [session, session.transport, session.fetch];
			try {
				const response = await session.fetch(url, { method: 'POST', headers: secretHeaders, body: canaries.body });
				shown.push(response, response.connection, response.timings, response.url);
				await response.bytes();
			} catch (error) {
				failures++;
				shown.push(error);
			}
			expect(shown.flatMap(secretsShownBy), `${id} ${variant}`).toEqual([]);
			// Complete headers are in `start` and, less what the protocol has no place for, in `connected`, on purpose and documented.
			const withHeaders = new Set(['start', 'connected']);
			expect(secretsShownBy(seen.splice(0).filter(({ type }) => !withHeaders.has(type)))).toEqual([]);
			const { entries } = session.har().log;
			const harWithoutHeaders = entries.map(({ request, ...rest }) => ({ ...rest, url: request.url }));
			expect(secretsShownBy(harWithoutHeaders), 'HAR outside of the request fields').toEqual([]);
			expect(secretsIn(JSON.stringify(entries.map((entry) => entry.request.headers)))).toContain(canaries.apiKey);
		}
	} finally {
		for (const channel of channels) unsubscribe(channel, listen);
	}
	expect(failures).toBeGreaterThan(30);
});

test('N06 wrong arguments are refused without being shown', async () => {
	const secret = canaries.apiKey;
	const attempts: (() => unknown)[] = [
		() => fetch(`https://user:${secret}@localhost/`),
		() => fetch(`https://exa mple/${secret}`),
		() => fetch('https://localhost/', { headers: { authorization: `${secret}\r\nx: y` } }),
		() => fetch('https://localhost/', { headers: { cookie: `a=${secret}\0` } }),
		() => fetch('https://localhost/', { headers: [['authorization', `${secret}\nx`]] }),
		() => fetch('https://localhost/', { proxy: `http://user:${secret}@` }),
		() => fetch('https://localhost/', { proxy: `bad://user:${secret}@localhost` }),
		() => fetch('https://localhost/', { proxy: { url: 'http://localhost', headers: { a: `${secret}\nx` } } }),
		() => createSession({ cert: secret, key: secret }).fetch('https://localhost/'),
		() => createSession({ pfx: Buffer.from(secret), passphrase: secret }).fetch('https://localhost/'),
		() => createSession({ ca: secret }).fetch('https://localhost/'),
		() => createSession({ state: `{"cookies":"${secret}"` }),
	];
	const shown: unknown[] = [];
	for (const attempt of attempts) {
		const error = await (async () => attempt())().then(
			(value) => `succeeded: ${inspect(value)}`,
			(reason: unknown) => reason,
		);
		expect(error).toMatchObject({ code: expect.stringMatching(/^ERR_/), phase: 'input' });
		shown.push(error);
	}
	expect(shown.map(secretsShownBy)).toEqual(shown.map(() => []));
});

test('N06 the command line keeps passwords out of what it prints', async () => {
	const folder = await mkdtemp(join(tmpdir(), 'wiretwin-secrets-'));
	try {
		const ca = join(folder, 'ca.pem');
		await writeFile(ca, sharedAuthority().caPem);
		for (const id of ['F01', 'T01', 'P01', 'H09']) {
			await using fault = await startFault(id);
			const proxied = id.startsWith('P');
			const target = proxied ? 'https://target.example/' : `${fault.url}/`;
			const proxy = fault.url.replace('//', `//${canaries.proxyUser}:${canaries.proxyPassword}@`);
			const { status, stdout, stderr } = await cli([
				...['--cacert', ca, '-u', `ada:${canaries.authorization}`, '-H', `X-Api-Key: ${canaries.apiKey}`],
				...['-d', canaries.body, ...(proxied ? ['-x', proxy] : []), target],
			]);
			expect([status === 0, stdout]).toEqual([false, '']);
			expect(stderr).toMatch(/^wiretwin: .+ERR_/);
			expect(secretsIn(stderr)).toEqual([]);
			expect(stderr).not.toContain(Buffer.from(`ada:${canaries.authorization}`).toString('base64'));
		}
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
});

test('N06 no key log is written, whatever the environment says', async () => {
	const folder = await mkdtemp(join(tmpdir(), 'wiretwin-secrets-'));
	try {
		const keyLog = join(folder, 'keys.log');
		await using fault = await startFault('F13', { variant: 'length' });
		const ca = join(folder, 'ca.pem');
		await writeFile(ca, fault.caPem);
		const { stdout } = await cli(['--cacert', ca, `${fault.url}/`], { SSLKEYLOGFILE: keyLog });
		expect(stdout).toBe('hello');
		await eventually(() => expect(fault.log.connections).toHaveLength(1));
		await expect(import('node:fs/promises').then(({ stat }) => stat(keyLog))).rejects.toThrow('ENOENT');
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
});

/** Runs the command line as a program of its own. */
async function cli(args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
	const main = fileURLToPath(new URL('../../packages/fetch/src/cli/main.ts', import.meta.url));
	const flags = ['--conditions=wiretwin-source', '--disable-warning=ExperimentalWarning'];
	const child = spawn(process.execPath, [...flags, main, ...args], { env: { ...process.env, ...environment } });
	const output = { stdout: '', stderr: '' };
	for (const name of ['stdout', 'stderr'] as const) {
		child[name].on('data', (text) => {
			output[name] += String(text);
		});
	}
	const status = await new Promise((resolve) => child.on('close', resolve));
	return { status, ...output };
}
