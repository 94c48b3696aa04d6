/** A Go server as peer. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type PeerProgram, startPeerProgram } from './peer-program.ts';

const SOURCE = fileURLToPath(new URL('../programs/go-server/main.go', import.meta.url));

/** Builds and starts the server; `go` is one of the peers that the test setup installs. */
export function startGoServer(): Promise<PeerProgram> {
	return startPeerProgram(({ path, certificate, key }) => {
		const program = join(path, 'server');
		execFileSync('go', ['build', '-o', program, SOURCE], { cwd: path, env: { ...process.env, GOFLAGS: '-mod=mod' } });
		return [program, certificate, key];
	});
}
