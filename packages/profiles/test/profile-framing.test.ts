import { describe, expect, test } from 'vitest';
import { defineProfile, getProfile, ProfileError } from '../src/index.ts';

type Document = Record<string, never> & { headers: Record<string, never>; http1: Record<string, never> };

function refusal(change: (document: never) => void, browser = 'chrome'): string {
	const document = JSON.parse(JSON.stringify(getProfile(browser).document)) as Document;
	change(document as never);
	try {
		defineProfile(document);
	} catch (error) {
		if (error instanceof ProfileError) return `${error.code} ${error.message}`;
		throw error;
	}
	return 'accepted';
}

const framing = ['content-length', 'transfer-encoding', 'host', 'keep-alive', 'trailer', 'expect', 'http2-settings'];
const ofOneHop = [...framing, 'connection', 'proxy-connection', 'upgrade', 'te', 'proxy-authorization'];

describe('N07 nothing but the engine frames a message', () => {
	/** Every place of a document where a name has a value: the key in the refusal, and how to write there. */
	const places: Record<string, (document: never, name: string) => void> = {
		'http1.connectFields': ({ http1 }: { http1: { connectFields: unknown } }, name) => {
			http1.connectFields = [
				['Host', null],
				[name.replace(/^./, (first) => first.toUpperCase()), '999'],
			];
		},
		'headers.kinds.navigate.fixed': ({ headers }: { headers: { kinds: { navigate: object } } }, name) => {
			Object.assign(headers.kinds.navigate, { fixed: { [name]: '999' } });
		},
		'headers.cacheModes.reload': ({ headers }: { headers: { cacheModes: { reload: object } } }, name) => {
			Object.assign(headers.cacheModes.reload, { [name]: '999' });
		},
		'headers.clientHints.values': ({ headers }: { headers: { clientHints: { values: object } } }, name) => {
			Object.assign(headers.clientHints.values, { [name]: '999' });
		},
		'headers.platforms.linux.hints': ({ headers }: { headers: { platforms: { linux: object } } }, name) => {
			Object.assign(headers.platforms.linux, { hints: { [name]: '999' } });
		},
	};
	for (const [path, write] of Object.entries(places)) {
		test.each(ofOneHop)(`${path} has no %s`, (name) => {
			expect(refusal((document) => write(document, name))).toMatch(new RegExp(`^ERR_PROFILE_INVALID ${path}`));
		});
	}

	test.each(['Transfer-Encoding', 'Content-Length', 'Host', 'Connection', 'X-Other', 'Proxy-Connection: x'])(
		'forwardProxyConnection is not %s',
		(name) => {
			const change = ({ http1 }: { http1: object }) => Object.assign(http1, { forwardProxyConnection: name });
			expect(refusal(change)).toMatch(/^ERR_PROFILE_INVALID http1\.forwardProxyConnection/);
		},
	);

	test.each(['close', 'Transfer-Encoding', 'keep-alive, te', 'a\r\nb: c', 'Upgrade'])(
		'connection is not %j',
		(value) => {
			const change = ({ http1 }: { http1: object }) => Object.assign(http1, { connection: value });
			expect(refusal(change)).toMatch(/^ERR_PROFILE_INVALID http1\.connection/);
		},
	);

	test.each([...framing.filter((name) => name !== 'content-length' && name !== 'host'), 'proxy-connection'])(
		'a template has no place for %s',
		(name) => {
			const change = ({ headers }: { headers: { templates: { navigate: unknown[] } } }) =>
				headers.templates[Object.keys(headers.templates)[0] as 'navigate'].push(name);
			expect(refusal(change)).toMatch(/^ERR_PROFILE_INVALID headers\.templates/);
		},
	);

	test.each(['host', 'connection', 'content-length', 'transfer-encoding', 'upgrade'])(
		'drop does not hold %s',
		(name) => {
			const change = ({ http1 }: { http1: { drop: string[] } }) => {
				http1.drop = [name];
			};
			expect(refusal(change)).toMatch(/^ERR_PROFILE_INVALID http1\.drop/);
		},
	);

	test('CONNECT is for the authority that is asked for, each field once', () => {
		for (const connectFields of [
			[],
			[['User-Agent', null]],
			[['Host', 'evil.example']],
			[
				['Host', null],
				['host', null],
			],
			[
				['Host', null],
				['User-Agent', null],
				['user-agent', 'x'],
			],
			[
				['Host', null],
				['Via', null],
			],
			[
				['Host', null],
				['Connection', 'close'],
			],
			[
				['Host', null],
				['Proxy-Connection', 'Transfer-Encoding'],
			],
		]) {
			const change = ({ http1 }: { http1: object }) => Object.assign(http1, { connectFields });
			expect(refusal(change), JSON.stringify(connectFields)).toMatch(/^ERR_PROFILE_INVALID http1\.connectFields/);
		}
	});

	test('te says trailers or nothing; an upgrade is a WebSocket', () => {
		expect(refusal(({ headers }: { headers: object }) => Object.assign(headers, { te: 'chunked' }))).toMatch(
			/^ERR_PROFILE_INVALID headers\.te/,
		);
		const upgrade = ({ headers }: { headers: { kinds: { navigate: object } } }) =>
			Object.assign(headers.kinds.navigate, { fixed: { upgrade: 'websocket' } });
		expect(refusal(upgrade)).toMatch(/^ERR_PROFILE_INVALID headers\.kinds\.navigate\.fixed/);
	});
});
