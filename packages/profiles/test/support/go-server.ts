/** A Go server as peer: built once, ended with its pipe. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sharedAuthority } from '../../../mirror/src/index.ts';

const SOURCE = fileURLToPath(new URL('../programs/go-server/main.go', import.meta.url));

export type GoServer = {
	/** Port of the server that speaks h2 and http/1.1, of the one with http/1.1 alone, and of the one that stops at TLS 1.2. */
	ports: { h2: number; http1: number; tls12: number };
	close(): void;
};

/** Builds and starts the server; `go` is one of the peers that the test setup installs. */
export async function startGoServer(): Promise<GoServer> {
	const folder = mkdtempSync(join(tmpdir(), 'wiretwin-go-'));
	const file = (name: string) => join(folder, name);
	const identity = sharedAuthority().serverIdentity('trusted');
	writeFileSync(file('certificate.pem'), identity.certificatePem);
	writeFileSync(file('key.pem'), identity.keyPem);
	execFileSync('go', ['build', '-o', file('server'), SOURCE], {
		cwd: folder,
		env: { ...process.env, GOFLAGS: '-mod=mod' },
	});
	const server = spawn(file('server'), [file('certificate.pem'), file('key.pem')], {
		stdio: ['pipe', 'pipe', 'inherit'],
	});
	const line = await new Promise<string>((resolve, reject) => {
		server.stdout.once('data', (data) => resolve(String(data)));
		server.once('error', reject);
		server.once('exit', (code) => reject(new Error(`the Go server ended with ${code}`)));
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
