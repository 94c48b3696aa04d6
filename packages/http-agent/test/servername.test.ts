// Name in the hello and in the certificate: chosen as Node chooses it, and part of what makes connections alike.
import { once } from 'node:events';
import https from 'node:https';
import { sharedAuthority } from '@wiretwin/mirror';
import { describe, expect, test } from 'vitest';
import { wiretwinRequest } from '../src/index.ts';
import { responseOf, type Stage, startStage, textOf } from './support.ts';

const { caPem } = sharedAuthority();
type Send = typeof https.request;
const ways = [
	['agent', https.request],
	['wiretwinRequest', wiretwinRequest as unknown as Send],
] as const;

const toLoopback: https.RequestOptions['lookup'] = (_name, options, found) =>
	options.all ? found(null, [{ address: '127.0.0.1', family: 4 }]) : found(null, '127.0.0.1', 4);

/** `ok` or the code of the failure, and the name that the server was shown. */
async function outcome(stage: Stage, send: Send, options: https.RequestOptions): Promise<[string, string | null]> {
	const { port } = new URL(stage.mirror.url);
	const before = stage.mirror.connections.length;
	const request = send({
		protocol: 'https:',
		host: '127.0.0.1',
		port,
		path: '/bytes/1',
		lookup: toLoopback,
		...options,
	});
	const failed = once(request, 'error').then(([error]) => (error as NodeJS.ErrnoException).code ?? 'none');
	const answered = responseOf(request).then(textOf);
	answered.catch(() => undefined);
	const code = await Promise.race([answered.then(() => 'ok'), failed]);
	return [code, stage.mirror.connections.slice(before).at(-1)?.negotiated?.serverName ?? null];
}

const cases: ReadonlyArray<https.RequestOptions> = [
	{},
	{ servername: 'www.mirror.test' },
	{ servername: 'WWW.mirror.test' },
	{ servername: 'wrong.test' },
	{ servername: '' },
	{ headers: { Host: 'www.mirror.test' } },
	{ headers: { host: 'www.mirror.test:8443' } },
	{ headers: { Host: 'wrong.test' } },
	{ headers: { Host: 'wrong.test' }, servername: 'www.mirror.test' },
	{ headers: { Host: 'www.mirror.test' }, servername: '' },
	{ host: 'www.mirror.test' },
	{ host: 'www.mirror.test', servername: 'www.mirror.test' },
	{ host: 'www.mirror.test', servername: 'localhost' },
	{ host: 'www.mirror.test', servername: '' },
	{ host: 'www.mirror.test', headers: { Host: '127.0.0.1' } },
	{ host: 'www.mirror.test', headers: { Host: '[::1]:443' } },
	{ host: 'wrong.test' },
	{ host: 'wrong.test', servername: 'www.mirror.test' },
	{ host: 'wrong.test', servername: '' },
];

describe.each(ways)('%s', (_, send) => {
	test.each(cases)('%j is shown and judged as by Node', async (options) => {
		await using stage = await startStage(undefined, { session: { resolve: {} } });
		const expected = await outcome(stage, https.request, { ...options, ca: caPem, agent: new https.Agent() });
		expect(await outcome(stage, send, { ...options, agent: stage.agent })).toEqual(expected);
	});

	test('connections are shared by requests of one name alone; the host itself is no other name', async () => {
		await using stage = await startStage();
		const names = [undefined, '127.0.0.1', '', 'www.mirror.test', 'localhost', 'www.mirror.test', undefined];
		for (const servername of names) {
			const options = { agent: stage.agent, ...(servername === undefined ? {} : { servername }) };
			expect((await outcome(stage, send, options))[0]).toBe('ok');
		}
		const used = stage.mirror.requests.map(({ connectionId }) => connectionId);
		expect(used.map((id) => used.indexOf(id))).toEqual([0, 0, 0, 3, 4, 3, 0]);
	});

	test('checkServerIdentity is told the name that was looked for', async () => {
		await using stage = await startStage();
		const asked: string[] = [];
		const checkServerIdentity = (name: string) => {
			asked.push(name);
			return undefined;
		};
		for (const servername of ['www.mirror.test', '']) {
			await outcome(stage, send, { agent: stage.agent, servername, checkServerIdentity });
		}
		expect(asked).toEqual(['www.mirror.test', '127.0.0.1']);
	});

	test('what cannot be a name fails with a code, before a connection is made', async () => {
		await using stage = await startStage();
		for (const servername of ['a b', 'ä.test', 'a\0b', 'a:1']) {
			const [code] = await outcome(stage, send, { agent: stage.agent, servername });
			expect(code).toBe('ERR_INVALID_OPTION');
		}
		expect(stage.mirror.connections).toHaveLength(0);
	});

	test("maxVersion and ciphers stay the browser's", async () => {
		await using stage = await startStage();
		const options = { agent: stage.agent, maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA' } as const;
		expect((await outcome(stage, send, options))[0]).toBe('ok');
		expect(stage.mirror.connections.at(-1)?.negotiated?.version).toBe('TLSv1.3');
	});
});
