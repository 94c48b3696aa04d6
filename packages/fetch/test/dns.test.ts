// Issue 18.5: names are looked up by the system, by name servers that are named, or over https like the browser.
import { type DnsRecord, recordTypes, startNameServer, type Zone, type ZoneAnswer } from '@wiretwin/mirror';
import { describe, expect, it } from 'vitest';
import type { FetchInit, Initiator, SessionOptions } from '../src/index.ts';
import { field, startSite, www } from './support/site.ts';

const { A, AAAA, HTTPS } = recordTypes;
const here: DnsRecord = { type: 'A', address: '127.0.0.1' };

/** A zone in which each host is here, but for what `said` says. */
const zone =
	(said: Partial<Record<number, ZoneAnswer | 'silence'>> = {}): Zone =>
	({ type }) => {
		const special = said[type];
		if (special === 'silence') return undefined;
		return special ?? { records: type === A ? [here] : [] };
	};

/** A site whose hosts only the name server knows. */
async function startNamed(answers: Zone, options: SessionOptions = {}) {
	const names = await startNameServer(answers);
	const site = await startSite(names.handler);
	const over = (dns: SessionOptions['dns'], more: SessionOptions = {}) =>
		site.session({ resolve: {}, dns, ...options, ...more });
	return {
		names,
		site,
		over,
		session: over({ servers: [names.address] }),
		async [Symbol.asyncDispose]() {
			await site[Symbol.asyncDispose]();
			await names.close();
		},
	};
}

const kinds = (queries: ReadonlyArray<{ type: number }>) => queries.map(({ type }) => type).sort((a, b) => a - b);

describe('name servers that are named', () => {
	it('are asked once for a host by requests that come together, over UDP, from ports and with numbers that differ', async () => {
		await using named = await startNamed(zone());
		const answers = await Promise.all([1, 2, 3].map(() => named.session.fetch(named.site.at('/echo'))));
		expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
		const { queries } = named.names;
		expect(kinds(queries).filter((type) => type !== AAAA)).toEqual([A, HTTPS]);
		const { port } = new URL(named.site.mirror.urlFor(www));
		const asked = (type: number) => queries.find((query) => query.type === type);
		expect(asked(A)).toMatchObject({ name: www, over: 'udp', recursion: true, edns: undefined });
		expect(asked(HTTPS)).toMatchObject({ name: `_${port}._https.${www}`, over: 'udp', edns: undefined });
		expect(new Set(queries.map(({ remotePort }) => remotePort)).size).toBe(queries.length);
	});

	it('are asked again once their answers are forgotten', async () => {
		await using named = await startNamed(({ type }) => ({ records: type === A ? [here] : [] }));
		const count = () => named.names.queries.filter(({ type }) => type === A).length;
		const ask = () => named.session.fetch(named.site.at('/echo'), { newConnection: true });
		await ask();
		await ask();
		expect(count()).toBe(1);
		named.session.forget('hsts');
		await ask();
		expect(count()).toBe(1);
		named.session.forget('names');
		await ask();
		expect(count()).toBe(2);
		named.session.forget();
		await ask();
		expect(count()).toBe(3);
	});

	// Chromium 156 and Firefox 153: truth/src/dns/partitions.ts.
	it.each([
		['chromium', [A, HTTPS]],
		['firefox', []],
	] as const)('%s: are asked anew for pages of another site, and not for another page', async (browser, inFrames) => {
		// Each time the record is asked for before the host is found, so that the question is seen.
		let recordAsked = Promise.withResolvers<void>();
		const answers: Zone = async ({ type }) => {
			if (type === HTTPS) setImmediate(recordAsked.resolve);
			if (type === A) await recordAsked.promise;
			return { records: type === A ? [here] : [] };
		};
		await using named = await startNamed(answers, { browser });
		const load = async (initiator: Initiator, init: FetchInit = {}) => {
			named.names.queries.length = 0;
			recordAsked = Promise.withResolvers();
			const again = { kind: 'image', newConnection: true, ...init } as const;
			await (await named.session.fetch(named.site.at('/echo'), { ...again, initiator })).text();
			return kinds(named.names.queries).filter((type) => type !== AAAA);
		};
		const page = { url: 'https://a.one.example/' };
		expect(await load(page)).toEqual([A, HTTPS]);
		expect(await load(page)).toEqual([]);
		expect(await load({ url: 'https://b.one.example/' })).toEqual([]);
		expect(await load(page, { mode: 'cors', credentials: 'omit' })).toEqual([]);
		expect(await load({ url: 'https://three.example/', parent: page })).toEqual(inFrames);
		expect(await load({ url: 'https://two.example/' })).toEqual([A, HTTPS]);
		expect(await load({ url: 'https://two.example/' })).toEqual([]);
	});

	it('say how long they are believed', async () => {
		await using named = await startNamed(({ type }) => ({ records: type === A ? [{ ...here, ttl: 0 }] : [] }));
		const ask = () => named.session.fetch(named.site.at('/echo'), { newConnection: true });
		await ask();
		await ask();
		expect(named.names.queries.filter(({ type }) => type === A)).toHaveLength(2);
	});

	it('are asked for no records by a profile without them, nor if it is switched off', async () => {
		await using named = await startNamed(zone());
		const servers = [named.names.address];
		for (const options of [{ browser: 'okhttp' as const }, {}]) {
			const session = named.site.session({ resolve: {}, dns: { servers, httpsRecords: false }, ...options });
			await session.fetch(named.site.at('/echo'));
		}
		expect(named.names.queries.every(({ type }) => type !== HTTPS)).toBe(true);
	});

	it('follow aliases, and take an answer over TCP that does not fit', async () => {
		await using named = await startNamed(({ type }, over) => {
			if (type !== A) return { records: [] };
			if (over === 'udp') return { truncated: true };
			return {
				records: [
					{ type: 'CNAME', target: 'end.test' },
					{ ...here, owner: 'end.test' },
				],
			};
		});
		expect((await named.session.fetch(named.site.at('/echo'))).status).toBe(200);
		expect(named.names.queries.filter(({ type }) => type === A).map(({ over }) => over)).toEqual(['udp', 'tcp']);
	});

	it('are not taken for one who guesses: another number, another name, rubbish', async () => {
		const elsewhere: DnsRecord = { type: 'A', address: '127.0.0.9' };
		const { writeAnswer } = await import('../../mirror/src/dns/message.ts');
		await using named = await startNamed((query) => {
			if (query.type !== A) return { records: [] };
			const other = {
				...query,
				question: Buffer.from(query.question.toString('latin1').replace('www', 'wwx'), 'latin1'),
			};
			const wrong = [
				writeAnswer(query, [elsewhere], { id: query.id ^ 1 }),
				writeAnswer(other, [elsewhere]),
				Buffer.from('rubbish'),
				Buffer.alloc(0),
			];
			return { records: [here], before: wrong };
		});
		expect((await named.session.fetch(named.site.at('/echo'))).status).toBe(200);
	});

	it('pass the question on to the next one when they refuse, or are not there', async () => {
		await using refusing = await startNameServer(() => ({ code: 2 }));
		const gone = await startNameServer(zone());
		await gone.close();
		await using named = await startNamed(zone());
		const session = named.over({ servers: [refusing.address, gone.address, named.names.address] });
		expect((await session.fetch(named.site.at('/echo'))).status).toBe(200);
		expect(refusing.queries.filter(({ type }) => type === A)).toHaveLength(1);
	});

	it.each([
		['a name that is not there', { code: 3 }, 'ERR_DNS_NOT_FOUND', 'ENOTFOUND'],
		['a name without addresses', { records: [] }, 'ERR_DNS_NOT_FOUND', 'ENOTFOUND'],
		['a server that fails', { code: 2 }, 'ERR_DNS_FAILED', 'EAI_FAIL'],
	])('say of %s what it is', async (_, said, code, nodeCode) => {
		await using named = await startNamed(zone({ [A]: said }));
		await expect(named.session.fetch(named.site.at('/'))).rejects.toMatchObject({ code, phase: 'resolve', nodeCode });
		expect(named.site.mirror.connections).toEqual([]);
	});

	it('that are silent cost no more than the limit of the phase', async () => {
		await using named = await startNamed(() => undefined);
		const failure = named.session.fetch(named.site.at('/'), { timeout: { resolve: 20 } });
		await expect(failure).rejects.toMatchObject({ code: 'ERR_TIMEOUT_RESOLVE' });
	});

	it('lead nowhere that denyPrivateAddresses refuses', async () => {
		await using named = await startNamed(zone());
		const session = named.site.session({
			resolve: {},
			dns: { servers: [named.names.address] },
			denyPrivateAddresses: true,
		});
		await expect(session.fetch(named.site.at('/'))).rejects.toMatchObject({ code: 'ERR_ADDRESS_DENIED' });
	});

	it('are asked for nothing that is known: literals, localhost, `resolve`, `lookup`', async () => {
		await using named = await startNamed(zone());
		const dns = { servers: [named.names.address] };
		const { port } = new URL(named.site.mirror.urlFor(www));
		const open = named.site.session({ resolve: {}, dns, insecure: true });
		for (const host of ['127.0.0.1', 'localhost', 'a.localhost']) {
			await open.fetch(`https://${host}:${port}/echo`);
		}
		await named.site.session({ dns }).fetch(named.site.at('/echo'));
		const lookup: SessionOptions['lookup'] = (_host, _options, done) =>
			done(null, [{ address: '127.0.0.1', family: 4 }]);
		await named.site.session({ resolve: {}, dns, lookup }).fetch(named.site.at('/echo'));
		expect(named.names.queries).toEqual([]);
	});

	it.each(['thread', 'loop'] as const)('are asked on the %s', async (io) => {
		await using named = await startNamed(zone(), { io });
		expect((await named.session.fetch(named.site.at('/echo'))).status).toBe(200);
	});
});

describe('HTTPS records', () => {
	it.each(['chrome', 'firefox'] as const)('that do not come keep nobody waiting for long: %s', async (browser) => {
		await using named = await startNamed(zone({ [HTTPS]: 'silence' }), { browser });
		for (const path of ['/echo', '/echo?again']) {
			expect((await named.session.fetch(named.site.at(path))).status).toBe(200);
		}
		expect(named.names.queries.filter(({ type }) => type === HTTPS)).toHaveLength(1);
	});

	it('name a port that Firefox goes to and Chrome does not', async () => {
		await using named = await startNamed(({ type, name }) => {
			if (type === HTTPS && name === `_444._https.${www}`) {
				const { port } = new URL(named.site.mirror.urlFor(www));
				return { records: [{ type: 'HTTPS', priority: 1, target: www, alpn: ['h2'], port: Number(port) }] };
			}
			return { records: type === A ? [here] : [] };
		});
		// Over https Firefox waits for the record, so it never comes too late.
		const of = (browser: 'chrome' | 'firefox') =>
			named.over({ doh: named.site.at('/dns-query', '127.0.0.1') }, { browser }).fetch(`https://${www}:444/echo`);
		expect((await of('firefox')).status).toBe(200);
		await expect(of('chrome')).rejects.toMatchObject({ code: 'ERR_CONNECTION_REFUSED' });
	});

	it('lead to no port of another protocol', async () => {
		await using named = await startNamed(({ type }) => {
			const { port } = new URL(named.site.mirror.urlFor(www));
			const to = (priority: number, port: string): DnsRecord => ({
				...{ type: 'HTTPS', priority, target: www, alpn: ['h2'] },
				port: Number(port),
			});
			if (type === HTTPS) return { records: [to(1, '6667'), to(2, '0'), to(3, port)] };
			return { records: type === A ? [here] : [] };
		});
		const session = named.over({ doh: named.site.at('/dns-query', '127.0.0.1') }, { browser: 'firefox' });
		expect((await session.fetch(`https://${www}:444/echo`)).status).toBe(200);
	});
});

/** A zone in which HTTPS records come before addresses, so that no browser's wait is too short. */
function recordsFirst(records: readonly DnsRecord[]): Zone {
	const answered = Promise.withResolvers<void>();
	return async ({ type }) => {
		if (type === HTTPS) {
			setImmediate(answered.resolve);
			return { records };
		}
		if (type === A) await answered.promise;
		return { records: type === A ? [here] : [] };
	};
}

describe('an http URL of a host with an HTTPS record', () => {
	const service: DnsRecord = { type: 'HTTPS', priority: 1, alpn: ['h2'] };
	const alias: DnsRecord = { type: 'HTTPS', priority: 0, target: 'alias.test' };
	const tooNew: DnsRecord = { type: 'HTTPS', priority: 1, mandatory: [0x7777], raw: [[0x7777, Buffer.alloc(0)]] };

	it.each([
		['chrome', 'servers', service, true],
		['chrome', 'servers', alias, true],
		['chrome', 'servers', tooNew, false],
		['chrome', 'doh', service, true],
		['firefox', 'servers', service, false],
		['firefox', 'doh', service, true],
		['firefox', 'doh', alias, false],
	] as const)('%s, asked by %s: %j, goes on to https: %s', async (browser, how, record, upgrades) => {
		await using named = await startNamed(recordsFirst([record]), { browser });
		const server = { servers: [named.names.address] };
		const session = named.over(how === 'doh' ? { doh: named.site.at('/dns-query', '127.0.0.1') } : server);
		const url = named.site.at('/echo').replace('https:', 'http:');
		const answer = await session.fetch(url, { method: 'POST', body: 'kept' }).catch((error: unknown) => error);
		if (!upgrades) return expect(answer).toMatchObject({ phase: 'head' }); // plain text at a TLS port
		const { redirects, status } = answer as Awaited<ReturnType<typeof session.fetch>>;
		expect(status).toBe(200);
		expect(redirects).toEqual([{ url, status: 307, location: named.site.at('/echo'), reason: 'DNS' }]);
		const [request] = named.site.mirror.requests.filter(({ path }) => path === '/echo');
		expect(request).toMatchObject({ method: 'POST', scheme: 'https', body: Buffer.from('kept') });
	});

	it('is told to those who follow redirects themselves, and to the archive', async () => {
		await using named = await startNamed(recordsFirst([service]));
		const events: string[] = [];
		const session = named.over(
			{ servers: [named.names.address] },
			{ onRequestEvent: (event) => events.push(event.type === 'redirect' ? event.reason : event.type) },
		);
		const url = named.site.at('/echo').replace('https:', 'http:');
		const manual = await session.fetch(url, { redirect: 'manual' });
		expect([manual.status, manual.headers.get('location')]).toEqual([307, named.site.at('/echo')]);
		expect(manual.headers.get('non-authoritative-reason')).toBe('DNS');
		await expect(session.fetch(url, { redirect: 'error' })).rejects.toMatchObject({ code: 'ERR_REDIRECT_FORBIDDEN' });
		expect(events).toEqual(['start', 'DNS', 'start', 'DNS']);
		expect(named.site.mirror.requests).toEqual([]);
	});

	it('stays one for a streamed body, which cannot be sent twice', async () => {
		await using named = await startNamed(recordsFirst([service]));
		const body = new Blob(['once']).stream();
		const url = named.site.at('/echo').replace('https:', 'http:');
		await expect(named.session.fetch(url, { method: 'POST', body, duplex: 'half' })).rejects.toMatchObject({
			phase: expect.not.stringMatching('resolve'),
		});
	});
});

describe('a name server over https', () => {
	it('is asked as Chrome does: POST, padded, number 0', async () => {
		await using named = await startNamed(zone());
		const session = named.over({ doh: named.site.at('/dns-query', '127.0.0.1') });
		expect((await session.fetch(named.site.at('/echo'))).status).toBe(200);
		const { queries } = named.names;
		expect(queries.every(({ over, id, length }) => over === 'https' && id === 0 && length === 128)).toBe(true);
		expect(queries.find(({ type }) => type === A)?.edns).toMatchObject({ payloadSize: 4096, options: [] });
		const [asked] = named.site.mirror.requests;
		expect(asked?.headers.map(([name, value]) => `${name}: ${value}`)).toEqual([
			':method: POST',
			`:authority: ${new URL(named.site.at('/', '127.0.0.1')).host}`,
			':scheme: https',
			':path: /dns-query',
			'content-length: 128',
			'accept: application/dns-message',
			'accept-language: *',
			'user-agent: Chrome',
			'accept-encoding: identity',
			'content-type: application/dns-message',
			'priority: u=4, i',
		]);
		expect(asked?.priority).toEqual({ exclusive: 1, dependsOn: 0, weight: 110 });
	});

	it('is asked as Firefox does: GET, without a client subnet', async () => {
		await using named = await startNamed(zone(), { browser: 'firefox' });
		const session = named.over({ doh: named.site.at('/dns-query', '127.0.0.1') });
		expect((await session.fetch(named.site.at('/echo'))).status).toBe(200);
		const { queries } = named.names;
		expect(kinds(queries)).toEqual([A, AAAA, HTTPS]);
		expect(queries[0]?.edns).toMatchObject({ payloadSize: 4096, options: [[8, '00010000']] });
		const [asked] = named.site.mirror.requests;
		expect(asked?.headers.filter(([name]) => !name.startsWith(':'))).toEqual([
			['accept', 'application/dns-message'],
			['accept-encoding', ''],
			['pragma', 'no-cache'],
			['cache-control', 'no-cache'],
			['te', 'trailers'],
		]);
		expect(asked?.priority).toEqual({ exclusive: 0, dependsOn: 0, weight: 22 });
	});

	it('has one connection for all questions, apart from that of the origin', async () => {
		await using named = await startNamed(zone());
		const session = named.over({ doh: named.site.at('/dns-query', '127.0.0.1') });
		await session.fetch(named.site.at('/echo'));
		const { requests } = named.site.mirror;
		const of = (path: string) => new Set(requests.filter((one) => one.path === path).map((one) => one.connectionId));
		expect(of('/dns-query').size).toBe(1);
		expect(of('/echo').has([...of('/dns-query')][0] ?? 0)).toBe(false);
		expect(
			field(
				requests.find(({ path }) => path === '/echo'),
				'cookie',
			),
		).toBeUndefined();
	});

	it('that answers something else fails the lookup, and its connection ends with the session', async () => {
		await using named = await startNamed(zone());
		for (const path of ['/status/500', '/echo']) {
			const session = named.over({ doh: named.site.at(path, '127.0.0.1'), httpsRecords: false });
			await expect(session.fetch(named.site.at('/'))).rejects.toMatchObject({
				code: 'ERR_DNS_FAILED',
				phase: 'resolve',
			});
			await session.close();
		}
		const unreachable = named.over({ doh: 'https://127.0.0.1:1/dns-query' });
		await expect(unreachable.fetch(named.site.at('/'))).rejects.toMatchObject({ code: 'ERR_DNS_FAILED' });
	});
});

describe('the option dns', () => {
	it.each([
		null,
		'other',
		{ doh: 'http://dns.test/' },
		{ doh: 'https://user@dns.test/' },
		{ doh: 'no' },
		{ doh: 'https://dns.test/', servers: ['10.0.0.1'] },
		{ servers: [] },
		{ servers: 'x' },
		{ servers: ['name.test'] },
		{ servers: ['10.0.0.1:0'] },
		{ servers: ['fe80::1%eth0'] },
		{ servers: ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4'] },
		{ httpsRecords: 1 },
		{ server: '10.0.0.1' },
	])('refuses %j before a byte', async (dns) => {
		await using site = await startSite();
		expect(() => site.session({ dns: dns as never })).toThrow(
			expect.objectContaining({ code: expect.stringMatching(/^ERR_(INVALID|UNKNOWN)_OPTION$/) }),
		);
	});

	it('takes the forms of addresses', async () => {
		await using site = await startSite();
		for (const servers of [['10.0.0.1'], ['::1'], ['[::1]:53', '10.0.0.1:5353']]) {
			await site.session({ dns: { servers } }).close();
		}
		await site.session({ dns: { doh: new URL('https://[::1]:8443/dns-query{?dns}') } }).close();
		await site.session({ dns: 'system' }).close();
	});
});
