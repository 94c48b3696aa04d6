import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { NativeTransportOptions } from '../src/types.ts';
import { startPeer } from './support/peers.ts';
import { runProgram } from './support/program.ts';
import { createTransport, failureOf, run } from './support/run.ts';

const folders: string[] = [];

afterEach(() => {
	for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function folder(): string {
	const made = mkdtempSync(join(tmpdir(), 'wiretwin-keys-'));
	folders.push(made);
	return made;
}

test('a private address is refused unless it is allowed', async () => {
	await using peer = await startPeer('h2', (_, response) => response.end('ok'));
	await using guarded = createTransport({ denyPrivateAddresses: { allow: [], proxies: false } });
	const error = await failureOf(run(guarded, peer.request('/')));
	expect(error).toMatchObject({ code: 'ERR_ADDRESS_DENIED', phase: 'connect', replayable: false });
	expect(peer.sockets).toBe(0);
	await using allowing = createTransport({ denyPrivateAddresses: { allow: ['127.0.0.0/8'], proxies: false } });
	expect((await run(allowing, peer.request('/'))).body.toString()).toBe('ok');
});

test('a name of its own is shown and looked for in the certificate', async () => {
	await using peer = await startPeer('h2', (_, response) => response.end('ok'));
	await using other = createTransport({ serverName: 'localhost' });
	expect((await run(other, peer.request('/'))).head.tls?.verified).toBe(true);
	await using wrong = createTransport({ serverName: 'wrong.test' });
	expect((await failureOf(run(wrong, peer.request('/')))).code).toBe('ERR_TLS_CERT_HOST_MISMATCH');
	await using hidden = createTransport({ serverName: '' });
	expect((await run(hidden, peer.request('/'))).head.tls?.verified).toBe(true);
});

test.for(['https1', 'h2'] as const)('%s: the key log can be read by its owner alone and only grows', async (kind) => {
	await using peer = await startPeer(kind, (_, response) => response.end('ok'));
	const keyLog = join(folder(), 'keys.log');
	await using transport = createTransport({ keyLog });
	await run(transport, peer.request('/'));
	const first = readFileSync(keyLog, 'utf8');
	expect(first).toMatch(/^CLIENT_TRAFFIC_SECRET_0 [0-9a-f]{64} [0-9a-f]+$/m);
	if (process.platform !== 'win32') expect(statSync(keyLog).mode & 0o777).toBe(0o600);
	await run(transport, peer.request('/', { newConnection: true }));
	const both = readFileSync(keyLog, 'utf8');
	expect(both.startsWith(first)).toBe(true);
	expect(both.length).toBeGreaterThan(first.length);
});

test('no environment makes it write keys', async () => {
	await using peer = await startPeer('h2', (_, response) => response.end('ok'));
	const cwd = folder();
	const variables = ['SSLKEYLOGFILE', 'SSLKEYLOG', 'KEYLOGFILE', 'WIRETWIN_KEY_LOG', 'WIRETWIN_KEYLOG', 'NODE_KEYLOG'];
	const env = Object.fromEntries(variables.map((name) => [name, join(cwd, name)]));
	const { code, stdout } = await runProgram('get', peer.port, { env });
	expect({ code, stdout }).toEqual({ code: 0, stdout: 'ok\n' });
	expect(readdirSync(cwd)).toEqual([]);
});

test('options that cannot be are refused before anything is opened', () => {
	const bad: Array<Partial<NativeTransportOptions>> = [
		{ keyLog: 'relative.log' },
		{ keyLog: '/keys\0.log' },
		{ serverName: 'a b' },
		{ denyPrivateAddresses: true as never },
		{ denyPrivateAddresses: { allow: '10.0.0.0/8' as never, proxies: false } },
		{ denyPrivateAddresses: { allow: ['10.0.0.0/33'], proxies: false } },
		{ denyPrivateAddresses: { allow: ['::1/129'], proxies: false } },
		{ denyPrivateAddresses: { allow: ['fe80::1%lo'], proxies: false } },
		{ denyPrivateAddresses: { allow: ['localhost'], proxies: false } },
		{ denyPrivateAddresses: { allow: Array(1001).fill('10.0.0.1'), proxies: false } },
	];
	for (const options of bad) {
		expect(() => createTransport(options), JSON.stringify(options)).toThrow(
			expect.objectContaining({ code: 'ERR_INVALID_ARG' }),
		);
	}
	const missing = join(folder(), 'none', 'keys.log');
	expect(() => createTransport({ keyLog: missing })).toThrow(expect.objectContaining({ code: 'ERR_KEY_LOG' }));
});
