import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { addon } from './client/allocator.ts';
import type { ClientMessage, Finding, Peers, PeersMessage, Plan, Sample, Tally } from './plan.ts';

const flags = ['--expose-gc', '--conditions=wiretwin-source', '--disable-warning=ExperimentalWarning'];

/** A client that has nothing left to do has ended by then, milliseconds. */
const LEAVING_MS = 60_000;

/** All that was seen. */
export type Seen = { samples: Sample[]; findings: Finding[]; tally: Tally };

/** Runs it: peers in one process, the client in another. `onSample` hears each look at the client, `onFinding` each finding, at once. */
export async function soak(
	plan: Plan,
	onSample: (sample: Sample, seen: Seen) => void = () => {},
	onFinding: (finding: Finding) => void = () => {},
): Promise<Seen> {
	const seen: Seen = { samples: [], findings: [], tally: {} };
	const note = (finding: Finding) => {
		seen.findings.push(finding);
		onFinding(finding);
	};
	buildAllocator();
	const peersProcess = start('./peers/main.ts', String(plan.seed));
	try {
		const peers = await new Promise<Peers>((resolve, reject) => {
			peersProcess.on('message', (message: PeersMessage) => {
				if (message.type === 'peers') resolve(message.peers);
				else note({ at: seen.samples.at(-1)?.at ?? 0, action: 'a peer', what: `got a bad request: ${message.what}` });
			});
			peersProcess.once('exit', (code, signal) => reject(new Error(`the peers ended: ${signal ?? code}`)));
		});
		const client = start('./client/main.ts', JSON.stringify({ plan, peers }));
		let left: string[] = [];
		client.on('message', (message: ClientMessage) => {
			if (message.type === 'finding') note(message.finding);
			else if (message.type === 'end') ({ tally: seen.tally, left } = message);
			else {
				seen.samples.push(message.sample);
				onSample(message.sample, seen);
			}
		});
		let isOver = false;
		client.on('message', ({ type }: ClientMessage) => {
			if (type !== 'end') return;
			isOver = true;
			// Nothing that keeps a process may be left, so without its channel it ends by itself.
			client.disconnect();
			setTimeout(() => client.kill('SIGKILL'), LEAVING_MS).unref();
		});
		const ended = await new Promise<string>((resolve) => {
			client.once('exit', (code, signal) => resolve(String(signal ?? code)));
		});
		if (!isOver || ended !== '0') {
			const at = seen.samples.at(-1)?.at ?? 0;
			note({ at, action: 'the client', what: `its process ended with ${ended}; at its end it had ${left.join(', ')}` });
		}
		return seen;
	} finally {
		peersProcess.disconnect();
	}
}

/** So that the client can ask the C library's allocator; where this fails it goes without. */
function buildAllocator(): void {
	const source = fileURLToPath(new URL('../native/allocator.rs', import.meta.url));
	mkdirSync(dirname(addon), { recursive: true });
	const options = ['--edition', '2024', '-O', '-C', 'strip=symbols', '--crate-type', 'cdylib'];
	spawnSync('rustc', [...options, '-o', addon, source], { cwd: dirname(source), stdio: 'ignore' });
}

function start(file: string, argument: string): ChildProcess {
	return fork(fileURLToPath(new URL(file, import.meta.url)), [argument], { execArgv: flags });
}
