import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pasted } from './data/pasted.ts';

// N14: what a browser copies for bash runs after replacing `curl` by `wiretwin`.

type Seen = { method: string | undefined; target: string | undefined; fields: Map<string, string>; body: string };

let folder: string;
let server: Server;
let seen: Seen | undefined;
beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), 'wiretwin-pasted-'));
	const main = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
	const script = `#!/bin/sh\nexec '${process.execPath}' --conditions=wiretwin-source '${main}' "$@"\n`;
	await writeFile(join(folder, 'wiretwin'), script);
	await chmod(join(folder, 'wiretwin'), 0o755);
	server = createServer(async (request, response) => {
		const fields = new Map(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
		const body = (await buffer(request)).toString('latin1');
		seen = { method: request.method, target: request.url, fields, body };
		response.sendDate = false;
		response.end('fine\n');
	}).listen(0, '127.0.0.1');
	await once(server, 'listening');
});
afterAll(async () => {
	server.closeAllConnections();
	server.close();
	await rm(folder, { recursive: true, force: true });
});

/** What bash makes of a line, and what the server saw of it. */
async function run(line: string): Promise<Seen & { stdout: string }> {
	seen = undefined;
	const text = line.replaceAll('{url}', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
	const env = { PATH: `${folder}${delimiter}${process.env.PATH}`, LC_ALL: 'C.UTF-8', HOME: folder };
	const stdout = await new Promise<string>((resolve, reject) => {
		execFile('bash', ['-c', text], { env }, (error, output, problems) =>
			error ? reject(new Error(problems)) : resolve(output),
		);
	});
	return { ...(seen as unknown as Seen), stdout };
}

describe('N14 a copied line runs', () => {
	it.each(pasted)('%s', { timeout: 60_000 }, async (_, line) => {
		const theirs = await run(line);
		const ours = await run(line.replace(/^curl/, 'wiretwin'));
		const { fields, ...rest } = theirs;
		expect({ ...ours, fields: undefined }).toMatchObject({ ...rest, fields: undefined });
		// What curl adds by itself is not in the line.
		const given = new Set([...line.matchAll(/-H \$?'([^:']+):/g)].map(([, name]) => (name as string).toLowerCase()));
		// Nothing of a page is made up beside what the browser said of it.
		if (given.has('sec-fetch-dest') && given.has('sec-fetch-mode')) {
			for (const name of ['referer', 'origin', 'sec-fetch-user'])
				if (!given.has(name)) expect(`${name}: ${ours.fields.get(name)}`).toBe(`${name}: undefined`);
		}
		for (const [name, value] of fields) {
			if (name === 'priority') continue; // copied from HTTP/2; browsers do not send it over HTTP/1.1
			if (given.has(name) || name === 'cookie') expect(`${name}: ${ours.fields.get(name)}`).toBe(`${name}: ${value}`);
		}
	});
});
