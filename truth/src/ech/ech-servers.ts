import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Identity } from '@wiretwin/mirror';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const packagesOf = (...names: string[]) => names.flatMap((name) => ['-p', `wiretwin-${name}`]);
/** What is built with what, so that as little as possible is left to build. */
const builds = {
	/** Behind `scripts/test.sh`. */
	tests: [...packagesOf('wire', 'engine', 'fuzz'), '--features', 'wiretwin-engine/fault-injection'],
	/** Behind `scripts/build-native.mjs`. */
	addon: [...packagesOf('binding', 'engine'), '--release'],
} as const;

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
	/** Waits until there are so many. */
	arrived(count: number): Promise<void>;
	close(): Promise<void>;
};

/**
 * Builds and starts `engine/examples/ech_server.rs`: neither Node nor OpenSSL can be such a server.
 * @param builtWith what this checkout has built already
 */
export async function startEchServers(
	{ certificatePem, keyPem }: Identity,
	builtWith: keyof typeof builds = 'tests',
): Promise<EchServers> {
	const program = buildServer(builds[builtWith]);
	const folder = await mkdtemp(join(tmpdir(), 'ech-'));
	const files = [join(folder, 'chain.pem'), join(folder, 'key.pem')] as const;
	await writeFile(files[0], certificatePem);
	await writeFile(files[1], keyPem);
	const child = spawn(program, files, { stdio: ['pipe', 'pipe', 'inherit'] });
	const connections: EchConnection[] = [];
	const lines = createInterface(child.stdout);
	const [first] = (await once(lines, 'line')) as [string];
	lines.on('line', (line) => connections.push(JSON.parse(line) as EchConnection));
	const told = Object.entries(JSON.parse(first) as Record<string, { port: number; list: string }>);
	return {
		servers: new Map(told.map(([name, { port, list }]) => [name, { port, list: Buffer.from(list, 'hex') }])),
		connections,
		async arrived(count) {
			while (connections.length < count) await once(lines, 'line');
		},
		async close() {
			child.stdin.end();
			await once(child, 'close');
			await rm(folder, { recursive: true, force: true });
		},
	};
}

function buildServer(build: readonly string[]): string {
	const what = ['build', '--quiet', ...build, '--example', 'ech_server', '--message-format', 'json-render-diagnostics'];
	const { status, stdout } = spawnSync('cargo', what, {
		cwd: ROOT,
		encoding: 'utf8',
		stdio: ['ignore', 'pipe', 'inherit'],
		maxBuffer: 64 << 20,
	});
	if (status !== 0) throw new Error('the ECH server cannot be built');
	const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
	const made = lines.map((line) => JSON.parse(line) as { target?: { name: string }; executable?: string | null });
	const program = made.find(({ target }) => target?.name === 'ech_server')?.executable;
	if (!program) throw new Error('cargo built no ECH server');
	return program;
}
