import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createSession, fetch } from '../src/index.ts';
import { startSite } from './support/site.ts';

// What Chromium 156 and Firefox ESR 153.8 answered, asked live.
const digest = (algorithm: string, text: string) =>
	`${algorithm}-${createHash(algorithm).update(text).digest('base64')}`;

describe('data: and blob: URLs are read', () => {
	it.each([
		['data:text/plain,hi%20there', {}, 'text/plain', 'hi there'],
		['data:text/html;charset=x;base64,aGk=', {}, 'text/html;charset=x', 'hi'],
		['data:,x', { method: 'POST', body: 'y' }, 'text/plain;charset=US-ASCII', 'x'],
		['data:,x#f', { method: 'PUT' }, 'text/plain;charset=US-ASCII', 'x'],
		['data:,x', { method: 'HEAD' }, 'text/plain;charset=US-ASCII', ''],
	])('%s with %j', async (url, init, type, text) => {
		await using session = createSession();
		for (const call of [session.fetch(url, init), fetch(url, init), session.fetch(new Request(url, init))]) {
			const response = await call;
			expect(response).toBeInstanceOf(Response);
			expect([response.status, response.statusText, response.type, response.url]).toEqual([
				200,
				'OK',
				'basic',
				url.split('#')[0],
			]);
			expect([response.headers.get('content-type'), await response.text()]).toEqual([type, text]);
		}
	});

	it('a blob, a range of it, and neither once it is revoked', async () => {
		await using session = createSession();
		const url = URL.createObjectURL(new Blob(['hello blob'], { type: 'text/x' }));
		expect(await (await session.fetch(url)).text()).toBe('hello blob');
		const part = await session.fetch(url, { headers: { range: 'bytes=0-4' } });
		expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([206, 'bytes 0-4/10', 'hello']);
		await expect(session.fetch(url, { method: 'POST', body: 'x' })).rejects.toThrow(TypeError);
		URL.revokeObjectURL(url);
		await expect(session.fetch(url)).rejects.toMatchObject({ code: 'ERR_INVALID_URL' });
	});

	it('broken ones, those of a redirect and those of a closed session are not', async () => {
		await using site = await startSite();
		const session = site.session();
		for (const url of ['data:foo', 'data:text/plain;base64,%']) {
			await expect(session.fetch(url)).rejects.toMatchObject({ code: 'ERR_INVALID_URL', name: 'InvalidArgumentError' });
		}
		const away = site.at(`/cookies/set?a=1&to=${encodeURIComponent('data:,x')}`);
		await expect(session.fetch(away)).rejects.toMatchObject({ code: 'ERR_REDIRECT_SCHEME' });
		const reason = new Error('mine');
		await expect(session.fetch('data:,x', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
		await session.close();
		await expect(session.fetch('data:,x')).rejects.toMatchObject({ code: 'ERR_SESSION_CLOSED' });
	});

	it('also where the global fetch is the session', async () => {
		await using session = createSession();
		const before = globalThis.fetch;
		globalThis.fetch = session.fetch;
		try {
			expect(await (await globalThis.fetch('data:,x')).text()).toBe('x');
		} finally {
			globalThis.fetch = before;
		}
	});
});

describe.each(['h2', 'http/1.1'] as const)('integrity is verified, over %s', (protocol) => {
	const good = digest('sha256', 'hello');
	const bad = digest('sha256', 'no');
	const begin = () =>
		startSite(
			({ url }) => (url.pathname === '/204' ? { status: 204 } : url.pathname === '/x' ? { body: 'hello' } : undefined),
			{ protocols: [protocol] },
		);

	it.each([
		['the digest', good, true],
		['one of two', `${bad} ${good}`, true],
		['the stronger counts', `${bad} ${digest('sha512', 'hello')}`, true],
		['the stronger counts', `${good} ${digest('sha512', 'no')}`, false],
		['another', bad, false],
		['an unknown algorithm', 'md5-abc', true],
		['no metadata', 'junk', true],
		['options', `${good}?x=y`, true],
		['the other alphabet, no padding', good.replaceAll('+', '-').replaceAll('/', '_').replace('=', ''), true],
		['upper case', good.replace('sha', 'SHA'), true],
		['empty', '', true],
	])('%s: %s', async (_, integrity, passes) => {
		await using site = await begin();
		const session = site.session();
		for (const call of [
			() => session.fetch(site.at('/x'), { integrity }),
			() => session.fetch(new Request(site.at('/x'), { integrity })),
			() => fetch(site.at('/x'), { ...site.trust, integrity }),
			() => session.fetch('data:,hello', { integrity }),
		]) {
			if (passes) expect(await (await call()).text()).toBe('hello');
			else await expect(call()).rejects.toMatchObject({ code: 'ERR_BODY_INTEGRITY', phase: 'body' });
		}
	});

	it('an answer without a body never has it; a verified one is a body like any other', async () => {
		await using site = await begin();
		const session = site.session();
		for (const call of [
			session.fetch(site.at('/204'), { integrity: good }),
			session.fetch(site.at('/x'), { integrity: good, method: 'HEAD' }),
			session.fetch(site.at('/cookies/set?a=1&to=/x'), { integrity: good, redirect: 'manual' }),
		]) {
			await expect(call).rejects.toMatchObject({ code: 'ERR_BODY_INTEGRITY' });
		}
		const response = await session.fetch(site.at('/x'), { integrity: good });
		const reader = response.clone().body?.getReader();
		expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('hello');
		expect(await response.json().catch((error: Error) => error.name)).toBe('SyntaxError');
		expect(response.bodyUsed).toBe(true);
	});
});
