/** NSS as peer: the other end of the library that Firefox has. Built once, ended with its pipe. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sharedAuthority } from '../../../mirror/src/index.ts';

const SOURCE = fileURLToPath(new URL('../programs/nss-server/main.c', import.meta.url));

export type NssServer = {
	/** Port of the server that speaks h2 and http/1.1, of the one with http/1.1 alone, and of the one that stops at TLS 1.2. */
	ports: { h2: number; http1: number; tls12: number };
	close(): void;
};

/** Builds and starts the server. Needs openssl, certutil and pk12util (libnss3-tools), nss-config (libnss3-dev) and cc. */
export async function startNssServer(): Promise<NssServer> {
	const folder = mkdtempSync(join(tmpdir(), 'wiretwin-nss-'));
	const database = `sql:${folder}`;
	importIdentity(folder, database);
	const program = join(folder, 'server');
	const libraries = ['nss-config', 'nspr-config'].flatMap((name) => [
		...execFileSync(name, ['--cflags', '--libs']).toString().trim().split(/\s+/),
	]);
	execFileSync('cc', ['-o', program, SOURCE, ...libraries]);
	const server = spawn(program, [database], { stdio: ['pipe', 'pipe', 'inherit'] });
	const line = await new Promise<string>((resolve, reject) => {
		server.stdout.once('data', (data) => resolve(String(data)));
		server.once('error', reject);
		server.once('exit', (code) => reject(new Error(`the NSS server ended with ${code}`)));
	});
	const [h2 = 0, http1 = 0, tls12 = 0] = line.trim().split(' ').map(Number);
	return {
		ports: { h2, http1, tls12 },
		close() {
			server.stdin.end();
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
