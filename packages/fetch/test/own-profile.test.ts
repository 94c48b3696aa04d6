import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getProfile, type ProfileDocument } from '@wiretwin/profiles';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSession, defineProfile, fetch } from '../src/index.ts';
import { runCommand as run } from './support/command-line.ts';
import { type Site, startSite } from './support/site.ts';

/** chrome_156 under another name, with one SETTINGS value and one accept of its own. */
function ownDocument(): ProfileDocument {
	const document = structuredClone(getProfile('chrome_156').document) as unknown as {
		name: string;
		http2: { settings: [number, number][] };
		headers: { accept: Record<string, string> };
	};
	document.name = 'house_1';
	document.http2.settings[2] = [4, 6_291_455];
	document.headers.accept.document = 'text/own';
	return document as unknown as ProfileDocument;
}

describe('a profile from a file', () => {
	let site: Site;
	let folder: string;
	beforeAll(async () => {
		site = await startSite();
		folder = await mkdtemp(join(tmpdir(), 'wiretwin-profile-'));
		await writeFile(join(folder, 'ca.pem'), site.mirror.caPem);
	});
	afterAll(async () => {
		await site[Symbol.asyncDispose]();
		await rm(folder, { recursive: true, force: true });
	});

	function last() {
		const request = site.mirror.requests.at(-1);
		const connection = site.mirror.connections.find((each) => each.id === request?.connectionId);
		return { fields: new Map(request?.headers), akamai: connection?.akamai };
	}

	it('stands wherever a name stands: session, one call, with an os of its own', async () => {
		const browser = defineProfile(ownDocument());
		const { trust } = site;
		await using session = createSession({ browser, ...trust });
		await (await session.fetch(site.at('/echo'))).text();
		expect(session.transport.profile).toBe(browser);
		expect(last().akamai).toBe('1:65536;2:0;4:6291455;6:262144|15663105|0|m,a,s,p');
		expect(last().fields.get('accept')).toBe('text/own');
		await (await fetch(site.at('/echo'), { browser, os: 'windows', ...trust })).text();
		expect(last().fields.get('user-agent')).toContain('Windows NT 10.0');
		expect(last().fields.get('sec-ch-ua-platform')).toBe('"Windows"');
		const state = await session.export();
		expect(state.browser).toBe('house_1');
		await using again = createSession({ browser, state, ...trust });
		expect(again.transport.profile).toBe(browser);
	});

	it('refuses what nobody checked, and a system it has not', () => {
		const browser = defineProfile(ownDocument());
		const wrong: unknown[] = [{ ...browser }, ownDocument(), 5, null];
		for (const value of wrong.slice(0, 3)) {
			expect(() => createSession({ browser: value as string })).toThrow(/"browser" must be the name of a profile or/);
		}
		expect(() => createSession({ browser, os: 'ios' })).toThrow(/house_1 has no ios variant/);
	});

	const write = async (name: string, text: string) => {
		await writeFile(join(folder, name), text);
		return join(folder, name);
	};

	it('is what --browser names by path', async () => {
		const file = await write('own.json', JSON.stringify(ownDocument()));
		const ca = join(folder, 'ca.pem');
		const answer = await run(['--browser', file, '--cacert', ca, `${site.mirror.url}/echo`]);
		expect(answer).toMatchObject({ status: 0, stderr: '' });
		expect(last().fields.get('accept')).toBe('text/own');
	});

	it.each([
		['an unknown key', (text: string) => text.replace('"grease":', '"greese":'), /tls\.greese: unknown key/],
		[
			'an impossible value',
			(text: string) => text.replace('"firstStreamId":1', '"firstStreamId":-1'),
			/http2\.firstStreamId: must be between 1 and/,
		],
		['a missing key', (text: string) => text.replace('"schema":1,', ''), /schema: is missing/],
		['more than a megabyte', (text: string) => `${text}${' '.repeat(1_048_576)}`, /at most 1048576 bytes/],
		['no JSON', () => '{', /must be JSON/],
	])('N05 names the file and what is wrong in it: %s', async (_what, damage, message) => {
		const file = await write('wrong.json', damage(JSON.stringify(ownDocument())));
		const { status, stdout, stderr } = await run(['--browser', file, 'https://localhost/']);
		expect([status, stdout]).toEqual([2, '']);
		expect(stderr).toContain(file);
		expect(stderr).toMatch(message);
	});
});
