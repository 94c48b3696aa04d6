/** NSS's `selfserv` as peer: the other end of the library that Firefox has. It answers every request over HTTP/1.1. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sharedAuthority } from '../../../mirror/src/index.ts';

export type NssServer = { port: number; close(): void };

/** Starts a server that stops at TLS `version`. Needs openssl, certutil and pk12util (libnss3-tools). */
export async function startNssServer(version: '1.2' | '1.3'): Promise<NssServer> {
	const folder = mkdtempSync(join(tmpdir(), 'wiretwin-nss-'));
	const database = `sql:${folder}`;
	importIdentity(folder, database);
	const port = await freePort();
	const server = spawn('selfserv', ['-n', 'server', '-d', database, '-p', String(port), '-V', `tls1.2:tls${version}`], {
		stdio: 'ignore',
	});
	const ended = new Promise<never>((_, reject) => {
		server.once('error', reject);
		server.once('exit', (code) => reject(new Error(`selfserv ended with ${code}`)));
	});
	ended.catch(() => {});
	await Promise.race([listening(port), ended]);
	return {
		port,
		close() {
			server.kill();
			rmSync(folder, { recursive: true, force: true });
		},
	};
}

function importIdentity(folder: string, database: string): void {
	const { certificatePem, keyPem } = sharedAuthority().serverIdentity('trusted');
	const file = (name: string) => join(folder, name);
	writeFileSync(file('certificate.pem'), certificatePem);
	writeFileSync(file('key.pem'), keyPem);
	const run = (program: string, ...args: string[]) => execFileSync(program, args, { stdio: 'pipe' });
	const identity = file('identity.p12');
	run(
		'openssl',
		...['pkcs12', '-export', '-name', 'server', '-passout', 'pass:x', '-out', identity],
		...['-in', file('certificate.pem'), '-inkey', file('key.pem')],
	);
	run('certutil', '-N', '-d', database, '--empty-password');
	run('pk12util', '-i', identity, '-d', database, '-W', 'x');
}

/** selfserv cannot choose a port and say which. */
async function freePort(): Promise<number> {
	const probe = createServer();
	await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
	const { port } = probe.address() as AddressInfo;
	await new Promise((resolve) => probe.close(resolve));
	return port;
}

/** Resolves once something accepts connections; the hook's time limit bounds it. */
async function listening(port: number): Promise<void> {
	for (;;) {
		const accepted = await new Promise<boolean>((resolve) => {
			const socket = connect(port, '127.0.0.1');
			socket.once('connect', () => resolve(true));
			socket.once('error', () => resolve(false));
			socket.once('connect', () => socket.destroy());
		});
		if (accepted) return;
	}
}
