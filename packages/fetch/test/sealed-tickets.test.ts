import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { createAuthority } from '@wiretwin/mirror';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSession, isInvalidArgumentError, type SessionState, type Transport } from '../src/index.ts';
import { type Site, startSite } from './support/site.ts';

const key = 'a key of the program, from its environment';

let site: Site;
beforeAll(async () => {
	site = await startSite();
});
afterAll(() => site[Symbol.asyncDispose]());

/** Length-prefixed field of exported tickets at `offset`, and where it ends. */
function fieldAt(tickets: Buffer, offset: number): { bytes: Buffer; end: number } {
	const end = offset + 4 + tickets.readUInt32BE(offset);
	return { bytes: tickets.subarray(offset + 4, end), end };
}

/** The first exported ticket, with the scope of `like` and the port of the victim's server. */
function forge(earned: Uint8Array, like: Uint8Array): Buffer {
	const tickets = Buffer.from(earned);
	const scope = fieldAt(tickets, 1);
	const host = fieldAt(tickets, scope.end);
	const session = fieldAt(tickets, host.end + 6);
	const model = Buffer.from(like);
	const wanted = fieldAt(model, 1);
	const port = fieldAt(model, wanted.end).end;
	return Buffer.concat([
		model.subarray(0, wanted.end),
		tickets.subarray(scope.end, host.end),
		model.subarray(port, port + 2),
		tickets.subarray(host.end + 2, session.end),
	]);
}

async function visit(transport: Transport, url: string): Promise<void> {
	await using session = createSession({ transport });
	const response = await session.fetch(url);
	await response.text();
}

describe('T05 tickets in a state', () => {
	it.each([{}, { stateKey: key }])('a forged one opens no connection (%o)', async (options) => {
		// The attacker has a server and a CA of its own, and stands where the victim looks for the real server.
		await using own = await startSite(undefined, { authority: createAuthority() });
		const cookies = { version: 1, browser: 'firefox_153', os: 'linux', cookies: [], clientHints: {} } as const;
		const earns = own.transport({ browser: 'firefox' });
		await visit(earns, own.at('/echo'));
		const knows = site.transport({ browser: 'firefox' });
		await visit(knows, site.at('/echo'));
		const forged = forge(earns.exportTickets(), knows.exportTickets());
		const visited = new URL(site.at('/echo'));
		const misled = { [visited.host]: `127.0.0.1:${new URL(own.at('/')).port}` };
		const before = own.mirror.requests.length;

		for (const tickets of [forged.toString('base64'), `sealed-1:${forged.toString('base64')}`]) {
			const state: SessionState = { ...cookies, tickets };
			const attempt = async () => {
				const victim = createSession({ ca: site.trust.ca ?? '', resolve: misled, state, ...options });
				await victim.setCookie('token', 'secret', visited);
				return victim.fetch(visited).finally(() => victim.close());
			};
			const error = await attempt().then(
				() => 'answered',
				(reason) => reason.code,
			);
			expect(['ERR_TLS_CERT_UNTRUSTED', 'ERR_STATE_KEY']).toContain(error);
		}
		expect(own.mirror.requests.length, 'requests that the attacker has seen').toBe(before);
	});

	it('stay out without a key, and go along sealed with one', async () => {
		const open = site.session({ browser: 'firefox' });
		await (await open.fetch(site.at('/echo'))).text();
		expect((await open.export()).tickets).toBe('');

		const session = site.session({ browser: 'firefox', stateKey: key });
		await (await session.fetch(site.at('/echo'))).text();
		const raw = Buffer.from(session.transport.exportTickets());
		const state = JSON.stringify(await session.export());
		const sealed = Buffer.from((JSON.parse(state) as SessionState).tickets.replace(/^[^:]*:/, ''), 'base64');
		expect(sealed.includes(raw.subarray(1, 64)), 'is encrypted').toBe(false);
		expect(JSON.stringify(await session.export()), 'never twice the same bytes').not.toBe(state);

		const resumes = async (options: object) => {
			const later = site.session({ state, ...options });
			const response = await later.fetch(site.at('/echo'));
			await response.text();
			return response.tls?.resumed;
		};
		expect(await resumes({ stateKey: key })).toBe(true);
		expect(await resumes({ stateKey: Buffer.from(key) })).toBe(true);
		expect(await resumes({ stateKey: [randomBytes(32), key] }), 'an older key').toBe(true);
		expect(await resumes({}), 'dropped without a key').toBe(false);
	});

	it('the first key of a list seals', async () => {
		const [older, newer] = [randomBytes(32), randomBytes(32)];
		const session = site.session({ browser: 'firefox', stateKey: [newer, older] });
		await (await session.fetch(site.at('/echo'))).text();
		const state = await session.export();
		expect(() => site.session({ state, stateKey: older })).toThrow();
		expect(() => site.session({ state, stateKey: newer })).not.toThrow();
	});

	it('another key or a changed byte is an error before anything is sent', async () => {
		const session = site.session({ browser: 'firefox', stateKey: key });
		await (await session.fetch(site.at('/echo'))).text();
		const state = await session.export();
		const refused = (tickets: string, stateKey: string | Uint8Array = key) => {
			try {
				site.session({ state: { ...state, tickets }, stateKey });
			} catch (error) {
				return isInvalidArgumentError(error) && error.code;
			}
			return 'accepted';
		};
		expect(refused(state.tickets)).toBe('accepted');
		expect(refused(state.tickets, randomBytes(32))).toBe('ERR_STATE_KEY');
		const [label = '', text = ''] = state.tickets.split(':');
		const sealed = Buffer.from(text, 'base64');
		for (const at of [0, 15, 16, 27, 28, 100, sealed.length - 17, sealed.length - 1]) {
			const changed = Buffer.from(sealed);
			changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
			expect(refused(`${label}:${changed.toString('base64')}`), `byte ${at}`).toBe('ERR_STATE_KEY');
		}
		for (const length of [0, 1, 28, 44, sealed.length - 1]) {
			expect(refused(`${label}:${sealed.subarray(0, length).toString('base64')}`)).toBe('ERR_STATE_KEY');
		}
		expect(site.mirror.requests.length).toBeGreaterThan(0);
	});

	it.each([
		['', 'too short'],
		['31 bytes are not enough for it..', 'long enough'],
		[new Uint8Array(31), 'too short'],
		[[], 'none'],
		[Array.from({ length: 17 }, () => key), 'too many'],
		[[key, 7], 'no key'],
		[null, 'no key'],
		[7, 'no key'],
		[{}, 'no key'],
	])('stateKey %o is %s', (stateKey, verdict) => {
		const make = () => site.session({ stateKey: stateKey as string });
		if (verdict === 'long enough') return expect(make).not.toThrow();
		return expect(make).toThrow(expect.objectContaining({ code: 'ERR_INVALID_OPTION' }));
	});
});
