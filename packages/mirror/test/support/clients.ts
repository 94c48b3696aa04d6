import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import http2 from 'node:http2';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Mirror } from '../../src/index.ts';

const execute = promisify(execFile);

/** The CA of a mirror as a file, for programs that want one. Removed on dispose. */
export async function caFile(mirror: { caPem: string }): Promise<{ path: string } & AsyncDisposable> {
	const folder = await mkdtemp(join(tmpdir(), 'mirror-test-'));
	const path = join(folder, 'ca.pem');
	await writeFile(path, mirror.caPem);
	return { path, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

/** A file of zero bytes and its hash. Removed on dispose. */
export async function zeroFile(size: number): Promise<{ path: string; sha256: string } & AsyncDisposable> {
	const folder = await mkdtemp(join(tmpdir(), 'mirror-test-'));
	const path = join(folder, 'zeros');
	await writeFile(path, '');
	await truncate(path, size);
	const hash = createHash('sha256');
	for await (const chunk of createReadStream(path)) hash.update(chunk);
	return {
		path,
		sha256: hash.digest('hex'),
		[Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
	};
}

/** Runs curl with the mirror's CA; returns stdout. */
export async function curl(mirror: Mirror, ...args: string[]): Promise<string> {
	await using ca = await caFile(mirror);
	const { stdout } = await execute('curl', ['-sS', '--cacert', ca.path, ...args]);
	return stdout;
}

/** Runs a Python program (standard library only) with `CA` and `PORT` in its environment; returns stdout. */
export async function python(mirror: Mirror, program: string): Promise<string> {
	await using ca = await caFile(mirror);
	const env = { ...process.env, CA: ca.path, PORT: String(mirror.port) };
	const { stdout } = await execute('python3', ['-c', program], { env });
	return stdout;
}

export type Answer = {
	status: number;
	headers: Record<string, unknown>;
	rawHeaders: string[];
	body: Buffer;
	trailers: Record<string, unknown>;
};

/** What a client needs to know of a server. */
export type Reachable = Pick<Mirror, 'caPem' | 'urlFor'>;

/** One request over node:https or node:http. */
export async function http1(
	mirror: Reachable,
	path: string,
	options: https.RequestOptions & { body?: string | Buffer } = {},
): Promise<Answer> {
	const { body, ...rest } = options;
	const request = https.request(mirror.urlFor('localhost') + path, { ca: mirror.caPem, agent: false, ...rest });
	request.end(body);
	const [response] = await once(request, 'response');
	const chunks: Buffer[] = [];
	for await (const chunk of response) chunks.push(chunk);
	return {
		status: response.statusCode,
		headers: response.headers,
		rawHeaders: response.rawHeaders,
		body: Buffer.concat(chunks),
		trailers: response.trailers,
	};
}

/** A node:http2 session that is closed on dispose. */
export async function http2Session(mirror: Reachable, options: http2.SecureClientSessionOptions = {}) {
	const session = http2.connect(mirror.urlFor('localhost'), { ca: mirror.caPem, ...options });
	session.on('error', () => {}); // each request reports its own error
	await once(session, 'connect');
	return {
		session,
		async get(path: string, headers: http2.OutgoingHttpHeaders = {}, body?: Buffer | string): Promise<Answer> {
			const stream = session.request({
				':path': path,
				...(body === undefined ? {} : { ':method': 'POST' }),
				...headers,
			});
			let trailers = {};
			stream.on('trailers', (received) => {
				trailers = received;
			});
			stream.end(body);
			const [head] = await once(stream, 'response');
			const chunks: Buffer[] = [];
			for await (const chunk of stream) chunks.push(chunk);
			return { status: head[':status'], headers: head, rawHeaders: [], body: Buffer.concat(chunks), trailers };
		},
		[Symbol.dispose]: () => session.destroy(),
	};
}
