import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConnectionRecord, regularFields } from '@wiretwin/mirror';
import { draftProfile, getProfile } from '@wiretwin/profiles';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defineProfile } from '../src/index.ts';
import { runCommand as run } from './support/command-line.ts';
import { type Site, startSite } from './support/site.ts';

let site: Site;
let folder: string;
beforeAll(async () => {
	site = await startSite();
	folder = await mkdtemp(join(tmpdir(), 'wiretwin-capture-'));
});
afterAll(async () => {
	await site[Symbol.asyncDispose]();
	await rm(folder, { recursive: true, force: true });
});

/** The newest connection of the mirror, after one navigation of a session. */
async function visit(browser: ReturnType<typeof defineProfile>): Promise<ConnectionRecord> {
	await (await site.session({ browser }).fetch(site.at('/echo'))).text();
	const connection = site.mirror.connections.at(-1);
	if (!connection) throw new Error('no connection');
	return connection;
}

describe('wiretwin capture', () => {
	// JA4 and Akamai as the prototype's server computed them from these browsers, without our code.
	it.each([
		[
			'chromium',
			'chrome_155',
			'chrome_156',
			't13d1517h2_8daaf6152771_cb7bf5808d99',
			'1:65536;2:0;4:6291456;6:262144|15663105|0|m,a,s,p',
		],
		[
			'firefox',
			'firefox_152',
			'firefox_153',
			't13d1617h2_86a278354501_3cbfd9057e0d',
			'1:65536;2:0;4:131072;5:16384|12517377|0|m,p,a,s',
		],
	])('%s on top of %s gives %s as it is shipped', { timeout: 40_000 }, async (program, base, name, ja4, akamai) => {
		const file = join(folder, `${name}.json`);
		const { status, stdout, stderr } = await run([
			'capture',
			'--browser',
			program,
			'--base',
			base,
			'--strict',
			'--out',
			file,
		]);
		expect([status, stdout]).toEqual([0, '']);
		expect(stderr).toContain(`from ${base}: http1`);
		expect(stderr).not.toContain('cannot be reproduced');
		const captured = defineProfile(await readFile(file, 'utf8'), { os: 'linux' });
		const shipped = getProfile(name, { os: 'linux' });
		const { tls, http2, http1, headers } = captured.document;
		expect([captured.name, captured.version, captured.verified]).toEqual([name, shipped.version, 'derived']);
		expect({ tls, http2, http1 }).toEqual({
			tls: shipped.document.tls,
			http2: shipped.document.http2,
			http1: shipped.document.http1,
		});
		expect(headers.platforms.linux).toEqual(shipped.document.headers.platforms.linux);
		expect(headers.accept).toEqual(shipped.document.headers.accept);
		expect(headers.acceptEncoding).toEqual(shipped.document.headers.acceptEncoding);
		const brand = headers.clientHints?.brand ?? '';
		expect(headers.clientHints?.brands[brand]).toEqual(shipped.document.headers.clientHints?.brands[brand]);
		const connection = await visit(captured);
		expect([connection.fingerprints?.ja4, connection.akamai]).toEqual([ja4, akamai]);
	});

	it('lists by name what no profile can say', async () => {
		const base = getProfile('chrome_156');
		const connection = structuredClone(await visit(base));
		const navigation = regularFields(connection.requests[0]?.headers ?? []);
		const recording = { connections: [connection], navigation, version: '157.0.1.2', date: '2026-11-24' };
		const options = { name: 'chrome_157', base };
		connection.clientHello?.extensions.push({ id: 12_345, name: '0x3039', raw: '' });
		connection.clientHello?.certificateCompression.push(9);
		navigation.push(['sec-new', '1']);
		const { unsupported, document } = draftProfile(recording, options);
		expect(unsupported).toEqual([
			'TLS extension 12345 (0x3039)',
			'certificate compression algorithm 9',
			'field sec-new of a navigation',
		]);
		for (const facts of unsupported) {
			expect(document.provenance).toContainEqual(expect.objectContaining({ facts, build: '157.0.1.2' }));
		}
	});

	it('refuses a visit without a hello, and a command without a browser', async () => {
		const empty = { connections: [], navigation: [], version: '1', date: '' };
		expect(() => draftProfile(empty, { name: 'x', base: getProfile('chrome') })).toThrow(/no fresh hello/);
		expect(await run(['capture'])).toMatchObject({ status: 2, stderr: expect.stringContaining('--browser') });
		expect(await run(['capture', '--brwoser', 'x'])).toMatchObject({ status: 2 });
	});
});
