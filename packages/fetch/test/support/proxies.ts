import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A real proxy program of Debian, listening on loopback. */
export type RunningProxy = AsyncDisposable & { port: number; log(): string };

/** True if the program is installed. */
export function hasProgram(path: string): boolean {
	return existsSync(path);
}

/** squid: http proxy with optional user and password hash; `helper` is its program that checks them. */
export async function startSquid(account?: { user: string; hash: string; helper: string }): Promise<RunningProxy> {
	return startProgram('/usr/sbin/squid', (folder, port) => ({
		files: {
			'squid.conf': squidConfig(folder, port, account),
			...(account ? { users: `${account.user}:${account.hash}\n` } : {}),
		},
		arguments: ['-N', '-f', join(folder, 'squid.conf')],
	}));
}

/** tinyproxy: http proxy with optional BasicAuth. */
export async function startTinyproxy(account?: { user: string; password: string }): Promise<RunningProxy> {
	return startProgram('/usr/bin/tinyproxy', (folder, port) => ({
		files: {
			'tinyproxy.conf': [
				`Port ${port}`,
				'Listen 127.0.0.1',
				'Timeout 60',
				'Allow 127.0.0.1',
				'LogLevel Info',
				...(account ? [`BasicAuth ${account.user} ${account.password}`] : []),
				'',
			].join('\n'),
		},
		arguments: ['-d', '-c', join(folder, 'tinyproxy.conf')],
	}));
}

/** True if `startDante` can be given an account: that takes a mount namespace. */
export function canMount(): boolean {
	return spawnSync('unshare', ['--mount', 'true'], { stdio: 'ignore' }).status === 0;
}

/**
 * dante: SOCKS4 and SOCKS5 proxy. It knows users of the system only, so an account gets files of its own over
 * /etc/passwd and /etc/shadow, in a mount namespace that nobody else sees.
 */
export async function startDante(account?: { user: string; password: string }): Promise<RunningProxy> {
	return startProgram(account ? 'unshare' : '/usr/sbin/danted', (folder, port) => ({
		files: {
			'danted.conf': [
				`logoutput: stderr`,
				`internal: 127.0.0.1 port = ${port}`,
				'external: lo',
				`socksmethod: ${account ? 'username' : 'none'}`,
				'clientmethod: none',
				'user.privileged: root',
				'user.unprivileged: nobody',
				'client pass { from: 127.0.0.0/8 to: 0.0.0.0/0 }',
				'socks pass { from: 127.0.0.0/8 to: 0.0.0.0/0 log: connect error }',
				'',
			].join('\n'),
			...(account ? accountFiles(account) : {}),
		},
		arguments: [
			...(account ? ['--mount', 'sh', '-c', danteWithAccounts(folder), '/usr/sbin/danted'] : []),
			...['-f', join(folder, 'danted.conf'), '-p', join(folder, 'danted.pid')],
		],
	}));
}

function danteWithAccounts(folder: string): string {
	const over = ['passwd', 'shadow'].map((file) => `mount --bind '${join(folder, file)}' /etc/${file}`);
	return [...over, 'exec "$0" "$@"'].join(' && ');
}

function accountFiles({ user, password }: { user: string; password: string }): Record<string, string> {
	return {
		passwd: `${readFileSync('/etc/passwd', 'utf8')}${user}:x:64999:64999::/nonexistent:/usr/sbin/nologin\n`,
		shadow: `${user}:${passwordHash('-6', password)}:20000:0:99999:7:::\n`,
	};
}

/** A hash of `openssl passwd`: `-6` is SHA-512 crypt, `-apr1` the one of Apache and squid. */
export function passwordHash(method: '-6' | '-apr1', password: string): string {
	return execFileSync('openssl', ['passwd', method, '-stdin'], { input: password, encoding: 'utf8' }).trim();
}

/** It was free a moment ago. */
async function freePort(): Promise<number> {
	const server = createServer().listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	server.close();
	await once(server, 'close');
	return port;
}

type Plan = { files: Record<string, string>; arguments: string[] };

async function startProgram(program: string, plan: (folder: string, port: number) => Plan): Promise<RunningProxy> {
	const folder = await mkdtemp(join(tmpdir(), 'wiretwin-proxy-'));
	await chmod(folder, 0o777); // squid drops its rights before it opens its log
	const port = await freePort(); // the program cannot be told to choose one itself
	const { files, arguments: given } = plan(folder, port);
	for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
	const child = spawn(program, given, { stdio: ['ignore', 'pipe', 'pipe'] });
	let log = '';
	for (const output of [child.stdout, child.stderr]) {
		output.on('data', (text) => {
			log += String(text);
		});
	}
	try {
		await listening(child, port);
	} catch (error) {
		child.kill('SIGKILL');
		throw new Error(`${program} did not start: ${log}`, { cause: error });
	}
	return {
		port,
		log: () => log,
		async [Symbol.asyncDispose]() {
			if (child.exitCode === null) {
				child.kill('SIGKILL');
				await once(child, 'exit');
			}
			await rm(folder, { recursive: true, force: true });
		},
	};
}

async function listening(child: ChildProcess, port: number): Promise<void> {
	const deadline = Date.now() + 20_000;
	while (Date.now() < deadline) {
		if (child.exitCode !== null) throw new Error(`ended with ${child.exitCode}`);
		const socket: Socket = connect(port, '127.0.0.1');
		const [event] = await Promise.race([
			once(socket, 'connect').then(() => ['connect']),
			once(socket, 'error').then(() => ['error']),
		]).catch(() => ['error']);
		socket.destroy();
		if (event === 'connect') return;
		await new Promise((resolve) => setTimeout(resolve, 30));
	}
	throw new Error('nothing listens');
}

function squidConfig(folder: string, port: number, account: { helper: string } | undefined): string {
	return [
		`http_port 127.0.0.1:${port}`,
		`pid_filename ${join(folder, 'squid.pid')}`,
		`cache_log ${join(folder, 'cache.log')}`,
		`access_log stdio:${join(folder, 'access.log')}`,
		'cache deny all',
		'shutdown_lifetime 0 seconds',
		'pinger_enable off',
		'visible_hostname wiretwin',
		...(account
			? [`auth_param basic program ${account.helper} ${join(folder, 'users')}`, 'acl known proxy_auth REQUIRED']
			: []),
		`http_access allow ${account ? 'known' : 'all'}`,
		'http_access deny all',
		'',
	].join('\n');
}
