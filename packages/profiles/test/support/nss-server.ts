/** NSS as peer: the other end of the library that Firefox has. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type PeerFolder, type PeerProgram, startPeerProgram } from './peer-program.ts';

const SOURCE = fileURLToPath(new URL('../programs/nss-server/main.c', import.meta.url));

/** Builds and starts the server. Needs openssl, certutil and pk12util (libnss3-tools), nss-config (libnss3-dev) and cc. */
export function startNssServer(): Promise<PeerProgram> {
	return startPeerProgram((folder) => {
		const database = `sql:${folder.path}`;
		importIdentity(folder, database);
		const program = join(folder.path, 'server');
		const libraries = ['nss-config', 'nspr-config'].flatMap((name) => [
			...execFileSync(name, ['--cflags', '--libs']).toString().trim().split(/\s+/),
		]);
		execFileSync('cc', ['-o', program, SOURCE, ...libraries]);
		return [program, database];
	});
}

function importIdentity({ path, certificate, key }: PeerFolder, database: string): void {
	const run = (program: string, ...args: string[]) => execFileSync(program, args, { stdio: 'pipe' });
	const identity = join(path, 'identity.p12');
	run(
		'openssl',
		...['pkcs12', '-export', '-name', 'server', '-passout', 'pass:x', '-out', identity],
		...['-in', certificate, '-inkey', key],
	);
	run('certutil', '-N', '-d', database, '--empty-password');
	run('pk12util', '-i', identity, '-d', database, '-W', 'x');
}
