import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConnectionRecord, mirrorHosts } from '@wiretwin/mirror';
import { startChromium, startFirefox } from '@wiretwin/mirror/browsers';
import { getProfile, layoutHeaders, type Profile, profileVariant } from '@wiretwin/profiles';
import { draftProfile, type Recording } from '@wiretwin/profiles/draft';
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

/** A release of long ago, with every habit that a visit shows turned into another one: nothing right can be inherited. */
async function wrongBase(name: string): Promise<string> {
	const document = structuredClone(getProfile(name, { os: 'linux' }).document);
	const { tls, http2, headers } = document;
	const hints = headers.clientHints;
	const not = (section: object, ...keys: string[]) =>
		Object.fromEntries(Object.entries(section).flatMap(([key, value]) => (keys.includes(key) ? [[key, !value]] : [])));
	const ticketUses = { ticketUses: 1 - Number((tls.resumption as { ticketUses: number }).ticketUses) };
	const { nameIndex } = http2.hpack as { nameIndex: string };
	const wrong = {
		...document,
		name: 'wrong_1',
		tls: {
			...tls,
			resumption: {
				...(tls.resumption as object),
				...not(tls.resumption as object, 'tls13', 'tls12', 'sessionTicketWithPsk'),
				...ticketUses,
			},
			http1Only: not(tls.http1Only as object, 'certificateCompression', 'alps'),
		},
		http2: {
			...http2,
			...{ coalescing: 'none', misdirected: 'deliver', webSocket: null, dependency: 'none', maxDataFrame: 4_000 },
			resetEnded: http2.resetEnded !== true,
			connectPseudoOrder: ['path', 'method', 'scheme', 'authority', 'protocol'],
			flowControl: { ...(http2.flowControl as object), streamUpdateAbove: 1_000_000, connectionUpdateAbove: 2_000_000 },
			hpack: {
				...(http2.hpack as object),
				...{ huffman: 'never', nameIndex: nameIndex === 'lowest' ? 'highest' : 'lowest', cookie: 'whole' },
				maxEntryDivisor: 5,
			},
		},
		http1: { ...document.http1, leading: ['host'], drop: [], connection: 'Keep-Alive' },
		headers: {
			...headers,
			...not(headers, 'separateAnonymous', 'separateSites', 'separateThirdParty'),
			...(hints ? { clientHints: { ...hints, default: ['dpr'], order: [...hints.order].reverse() } } : {}),
		},
	};
	const file = join(folder, `wrong-${name}.json`);
	await writeFile(file, JSON.stringify(wrong));
	return file;
}

/** `paddingTo` shows in short hellos only, and these browsers have none any more; a key that is seen to be off is written. */
function engineSections(profile: ReturnType<typeof defineProfile>) {
	const { tls, http2, http1 } = profile.document;
	return { tls: { ...tls, paddingTo: null }, http2: { resetEnded: false, ...http2 }, http1 };
}

/** A base from before real ECH has nothing to say of what becomes of a host's configuration. */
function withoutRealEch(sections: ReturnType<typeof engineSections>) {
	const { ech, ...tls } = sections.tls as Record<string, unknown>;
	const { real: _, ...grease } = ech as { real?: unknown };
	return { ...sections, tls: { ...tls, ech: grease } };
}

/** The build that a visitor was, by its own word outside of HTTP. */
const buildOf = ({ provenance, fullVersion }: Profile) => fullVersion && provenance[0]?.build;

/** Hints without those that say what machine and window a visitor had: a draft keeps its base's. */
function steady(hints: { readonly [name: string]: string } | undefined): Record<string, string> {
	const isMeasured = /^(?:rtt|downlink|ect|(?:sec-ch-)?(?:viewport-(?:width|height)|dpr|device-memory))$/;
	return Object.fromEntries(Object.entries(hints ?? {}).filter(([name]) => !isMeasured.test(name)));
}

/** What a profile of a build says when it is asked for every hint. Debian's build may be newer than the shipped profile's. */
function hintsOf(profile: Profile, fullVersion: string | undefined): Record<string, string> {
	const hints = profile.document.headers.clientHints?.order ?? [];
	const variant = profileVariant(profile, fullVersion === undefined ? {} : { fullVersion });
	const { headers } = layoutHeaders(variant, { kind: 'navigate', hints });
	return Object.fromEntries(headers.flatMap((name, at) => (at % 2 === 0 ? [[name, headers[at + 1] ?? '']] : [])));
}

describe('wiretwin capture', () => {
	// JA4 and Akamai as the prototype's server computed them from these browsers, without our code. The bases are releases
	// in which nearly everything was different: hello, settings, priorities, the order of fields, multipart separators; what
	// was not is made wrong.
	it.each([
		[
			'chromium',
			'chrome_100',
			'chromium_156',
			't13d1517h2_8daaf6152771_cb7bf5808d99',
			'1:65536;2:0;4:6291456;6:262144|15663105|0|m,a,s,p',
		],
		[
			'firefox',
			'firefox_109',
			'firefox_153',
			't13d1617h2_86a278354501_3cbfd9057e0d',
			'1:65536;2:0;4:131072;5:16384|12517377|0|m,p,a,s',
		],
	])('%s on top of %s gives %s as it is shipped', { timeout: 90_000 }, async (program, base, name, ja4, akamai) => {
		const file = join(folder, `${name}.json`);
		const { status, stdout, stderr } = await run([
			...['capture', '--browser', program, '--base', await wrongBase(base), '--name', name],
			...['--strict', '--out', file],
		]);
		expect([status, stdout], stderr).toEqual([0, '']);
		expect(stderr).not.toContain('cannot be reproduced');
		expect(stderr).toMatch(/seen: http2: .*flowControl.*hpack\.rules/);
		expect(stderr).toContain('from wrong_1: http2: settingsAck');
		const captured = defineProfile(await readFile(file, 'utf8'), { os: 'linux' });
		const shipped = getProfile(name, { os: 'linux' });
		expect([captured.name, captured.version, captured.verified]).toEqual([name, shipped.version, 'live']);
		// What it does with a configuration of the host's (tls.ech.real) a visit cannot show: it is the base's, and these have none.
		expect(engineSections(captured)).toEqual(withoutRealEch(engineSections(shipped)));
		const { headers } = captured.document;
		// What a visit cannot show of other systems, their versions, is the base's.
		for (const os of ['linux', 'windows', 'macos'] as const)
			expect(headers.platforms[os]?.userAgent).toEqual(shipped.document.headers.platforms[os]?.userAgent);
		expect(steady(headers.platforms.linux?.hints)).toEqual(steady(shipped.document.headers.platforms.linux?.hints));
		// The visit has no speculation rules, so what those accept is the base's.
		const { speculation: _, ...accept } = shipped.document.headers.accept;
		expect(headers.accept).toMatchObject(accept);
		expect(headers.acceptEncoding).toEqual(shipped.document.headers.acceptEncoding);
		expect(headers.form).toEqual(shipped.document.headers.form);
		for (const key of ['separateAnonymous', 'separateSites', 'separateThirdParty'] as const)
			expect([key, headers[key]]).toEqual([key, shipped.document.headers[key]]);
		for (const key of ['default', 'order'] as const)
			expect(headers.clientHints?.[key]).toEqual(shipped.document.headers.clientHints?.[key]);
		expect(steady(hintsOf(captured, captured.fullVersion))).toEqual(steady(hintsOf(shipped, buildOf(captured))));
		const connection = await visit(captured);
		expect([connection.fingerprints?.ja4, connection.akamai]).toEqual([ja4, akamai]);
	});

	/** `capture --wait`, visited by a browser that nobody drives beyond the link that starts. */
	async function waited(start: typeof startFirefox, ...args: string[]) {
		const ca = join(folder, 'ca.pem');
		const ready = Promise.withResolvers<string>();
		const waiting = run(['capture', '--wait', '--ca', ca, ...args], {
			terminal: true,
			onStderr: (text) => {
				const url = /url {4}(\S+)/.exec(text)?.[1];
				if (url) ready.resolve(url);
			},
		});
		const url = await ready.promise;
		const browser = await start({ caPem: await readFile(ca, 'utf8'), hosts: mirrorHosts });
		try {
			await browser.navigate(url);
			await browser.follow('#start');
			return { url, ...(await waiting) };
		} finally {
			await browser.close();
		}
	}

	it('--wait takes whoever comes, over the names of this machine', { timeout: 90_000 }, async () => {
		const file = join(folder, 'waited.json');
		const { status, stderr } = await waited(startFirefox, '--base', 'firefox_153', '--out', file);
		expect(status).toBe(0);
		expect(stderr).toMatch(/\r +(\d+) of \1 {2}form/);
		const captured = defineProfile(await readFile(file, 'utf8'), { os: 'linux' });
		expect([captured.name, captured.verified]).toEqual(['firefox_153', 'live']);
		const shipped = getProfile('firefox_153', { os: 'linux' });
		expect(engineSections(captured)).toEqual(engineSections(shipped));
		expect(captured.document.headers).toEqual(shipped.document.headers);
		expect(captured.document.verifiedOs).toBeUndefined();
	});

	it('--host takes a visitor who knows one name of this machine', { timeout: 90_000 }, async () => {
		// The newest release is the base by itself, and the full version comes from a hint.
		const { url, status, stdout, stderr } = await waited(startChromium, '--host', 'localhost');
		expect(url).toMatch(/^https:\/\/localhost:\d+\/$/);
		expect(status).toBe(0);
		expect(stderr).toContain('not visited: preflight');
		expect(stderr).not.toContain('cannot be reproduced');
		const captured = defineProfile(stdout, { os: 'linux' });
		const shipped = getProfile('chromium_156', { os: 'linux' });
		expect([captured.name, captured.verified]).toEqual(['chromium_156', 'derived']);
		expect(engineSections(captured)).toEqual(engineSections(shipped));
		expect(steady(hintsOf(captured, captured.fullVersion))).toEqual(steady(hintsOf(shipped, buildOf(captured))));
	});

	it('lists by registered name what no profile can say', async () => {
		const base = getProfile('chrome_156');
		const connection = structuredClone(await visit(base));
		const [record] = connection.requests;
		if (!record || !connection.clientHello) throw new Error('no request');
		const requests = [{ context: { kind: 'navigate' as const }, record }];
		const recording: Recording = { connections: [connection], requests, version: '157.0.1.2', date: '2026-11-24' };
		connection.clientHello.extensions.push({ id: 17, name: '', raw: '' }, { id: 12_345, name: '', raw: '' });
		connection.clientHello.certificateCompression.push(9);
		connection.clientHello.supportedGroups.push(4587, 258);
		connection.clientHello.keyShares.push({ group: 4587, length: 1 });
		connection.clientHello.cipherIds.push(51);
		connection.frames.push({ type: 'PRIORITY_UPDATE', flags: 0, stream: 0, length: 5, ms: 0, raw: '' });
		const { unsupported, offeredOnly, document } = draftProfile(recording, { name: 'chrome_157', base });
		expect(unsupported).toEqual([
			'TLS extension status_request_v2 (17)',
			'TLS extension 12345 (0x3039)',
			'certificate compression algorithm 9',
			'key share of group SecP256r1MLKEM768 (4587)',
			'HTTP/2 frame PRIORITY_UPDATE',
		]);
		expect(offeredOnly).toEqual(
			expect.arrayContaining([
				'cipher suite TLS_DHE_RSA_WITH_AES_128_CBC_SHA (51)',
				'group ffdhe4096 (258)',
				'signature algorithm mldsa44 (2308)',
			]),
		);
		expect(document.verified).toBe('derived');
		for (const facts of unsupported) {
			expect(document.provenance).toContainEqual(expect.objectContaining({ facts, build: '157.0.1.2' }));
		}
	});

	it('refuses a visit without a hello, one of no browser, and a command that names none', async () => {
		const options = { name: 'x', base: getProfile('chrome') };
		const empty: Recording = { connections: [], requests: [], version: '1', date: '' };
		expect(() => draftProfile(empty, options)).toThrow(/no fresh hello/);
		const frames = Array.from({ length: 20_001 }, () => ({ type: 'PING', stream: 0 }));
		const flood = { ...empty, connections: [{ clientHello: null, frames }] };
		expect(() => draftProfile(flood, options)).toThrow(/20001 frames, at most 20000 are read/);
		const wrong = [
			{ args: [], says: '--browser' },
			{ args: ['--brwoser', 'x'], says: '--brwoser' },
			{ args: ['--wait', '--browser', 'x'], says: 'give one' },
			{ args: ['--wait', '--port', '70000'], says: 'port number' },
			{ args: ['--browser', 'x', '--host', 'desk.local'], says: '--host belongs to --wait' },
			{ args: ['--browser', 'x', '--base', 'netscape_4'], says: 'netscape_4' },
			{ args: ['--wait', '--host', '192.0.2.1'], says: 'not an address' },
		];
		for (const { args, says } of wrong)
			expect(await run(['capture', ...args])).toMatchObject({ status: 2, stderr: expect.stringContaining(says) });
	});
});
