import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Identity } from '@wiretwin/mirror';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const PROGRAM = ['--release', '--example', 'ech_server', '-p', 'wiretwin-engine'];

/** Where a situation is, and what its HTTPS record says. */
export type EchServer = { readonly port: number; readonly list: Uint8Array };

/** One connection as a server saw it, in hex. */
export type EchConnection = {
	readonly situation: string;
	readonly sent: string;
	/** The hello that was meant, without the header of its message. */
	readonly understood: string;
	readonly isHidden: boolean;
};

/** Servers of all situations; `connections` grows. */
export type EchServers = {
	readonly servers: ReadonlyMap<string, EchServer>;
	readonly connections: readonly EchConnection[];
	close(): Promise<void>;
};

/** Builds and starts `engine/examples/ech_server.rs`: neither Node nor OpenSSL can be such a server. */
export async function startEchServers({ certificatePem, keyPem }: Identity): Promise<EchServers> {
	const built = spawnSync('cargo', ['build', '--quiet', ...PROGRAM], {
		cwd: ROOT,
		stdio: ['ignore', 'inherit', 'inherit'],
	});
	if (built.status !== 0) throw new Error('the ECH server cannot be built');
	const folder = await mkdtemp(join(tmpdir(), 'ech-'));
	const files = [join(folder, 'chain.pem'), join(folder, 'key.pem')] as const;
	await writeFile(files[0], certificatePem);
	await writeFile(files[1], keyPem);
	const child = spawn('cargo', ['run', '--quiet', ...PROGRAM, '--', ...files], {
		cwd: ROOT,
		stdio: ['pipe', 'pipe', 'inherit'],
	});
	const connections: EchConnection[] = [];
	const lines = createInterface(child.stdout);
	const [first] = (await once(lines, 'line')) as [string];
	lines.on('line', (line) => connections.push(JSON.parse(line) as EchConnection));
	const told = Object.entries(JSON.parse(first) as Record<string, { port: number; list: string }>);
	return {
		servers: new Map(told.map(([name, { port, list }]) => [name, { port, list: Buffer.from(list, 'hex') }])),
		connections,
		async close() {
			child.stdin.end();
			await once(child, 'close');
			await rm(folder, { recursive: true, force: true });
		},
	};
}
