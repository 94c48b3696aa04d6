/** A TLS server in another language as peer: prints its ports when it is ready, ends with its pipe. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sharedAuthority } from '../../../mirror/src/index.ts';

export type PeerProgram = {
	/** Port of the server that speaks h2 and http/1.1, of the one with http/1.1 alone, and of the one that stops at TLS 1.2. */
	ports: { h2: number; http1: number; tls12: number };
	close(): void;
};

/** What a program is built in: an empty folder with a trusted identity in PEM files. */
export type PeerFolder = { path: string; certificate: string; key: string };

/**
 * Builds and starts a server.
 * @param build makes the program in the folder; returns its command line
 */
export async function startPeerProgram(
	build: (folder: PeerFolder) => [program: string, ...args: string[]],
): Promise<PeerProgram> {
	const path = mkdtempSync(join(tmpdir(), 'wiretwin-peer-'));
	const folder = { path, certificate: join(path, 'certificate.pem'), key: join(path, 'key.pem') };
	const identity = sharedAuthority().serverIdentity('trusted');
	writeFileSync(folder.certificate, identity.certificatePem);
	writeFileSync(folder.key, identity.keyPem);
	const [program, ...args] = build(folder);
	const server = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
	const line = await new Promise<string>((resolve, reject) => {
		server.stdout.once('data', (data) => resolve(String(data)));
		server.once('error', reject);
		server.once('exit', (code) => reject(new Error(`${program} ended with ${code}`)));
	});
	const [h2 = 0, http1 = 0, tls12 = 0] = line.trim().split(' ').map(Number);
	return {
		ports: { h2, http1, tls12 },
		close() {
			server.stdin.end();
			server.kill();
			rmSync(path, { recursive: true, force: true });
		},
	};
}
