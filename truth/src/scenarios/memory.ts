import { html, type Page, type Scenario, typed } from '../scenario.ts';

const LEARN = '/learn';
const NEXT = '/next';

/** A browser keeps what a host has asked for, whatever the port, so each scenario has a host of its own. */
const hosts = ['hsts-typed.test', 'hsts-links.test', 'hsts-forms.test', 'hsts-sub.test'] as const;
export const memoryHosts: readonly string[] = [...hosts, 'www.hsts-sub.test', 'critical.test', 'critical-moved.test'];

/** A page whose host wants to be asked over TLS only. */
function strict(value: string): Page {
	return async (request, count) => {
		const reply = await html('strict')(request, count);
		const cookies = ['secure=1; Secure', 'lax=1; SameSite=Lax', 'strict=1; SameSite=Strict'];
		return {
			...reply,
			headers: [
				...(reply.headers ?? []),
				['strict-transport-security', value],
				...cookies.map((cookie): [string, string] => ['set-cookie', cookie]),
			],
		};
	};
}

/** A page that calls client hints critical. */
function critical(hints: string, body = 'critical', more: Partial<{ status: number; location: string }> = {}): Page {
	return async (request, count) => {
		const reply = await html(body)(request, count);
		const { status, location } = more;
		return {
			...reply,
			...(status === undefined ? {} : { status }),
			headers: [
				...(reply.headers ?? []),
				['accept-ch', 'sec-ch-ua-platform-version, sec-ch-ua-bitness'],
				['critical-ch', hints],
				['set-cookie', 'seen=1'],
				...(location === undefined ? [] : ([['location', location]] as Array<[string, string]>)),
			],
		};
	};
}

const pages = { [LEARN]: strict('max-age=1000; includeSubDomains'), [NEXT]: html('next'), '/page': html('page') };
const server = { extraHosts: memoryHosts };

/** Any host of these; ports do not matter to HSTS, so the plain URL has the port of the TLS server. */
const at = (port: number, host: string, path: string, scheme = 'https') => `${scheme}://${host}:${port}${path}`;

/** What a browser remembers of what servers have told it: HSTS (RFC 6797), hints that are critical. */
export const memoryScenarios: readonly Scenario[] = [
	{
		name: 'HSTS, typed',
		server,
		pages,
		browser: async (browser, { mirror: { port } }) => {
			await browser.navigate(at(port, hosts[0], LEARN));
			await browser.navigate(at(port, hosts[0], NEXT, 'http'));
			await browser.navigate(at(port, hosts[0], `${NEXT}?again`, 'http'));
		},
		wiretwin: async (session, { mirror: { port } }) => {
			await (await session.fetch(at(port, hosts[0], LEARN))).text();
			await (await session.fetch(at(port, hosts[0], NEXT, 'http'))).text();
			await (await session.fetch(at(port, hosts[0], `${NEXT}?again`, 'http'))).text();
		},
	},
	{
		name: 'HSTS, subdomain',
		server,
		pages,
		browser: async (browser, { mirror: { port } }) => {
			await browser.navigate(at(port, hosts[3], LEARN));
			await browser.navigate(at(port, `www.${hosts[3]}`, NEXT, 'http'));
		},
		wiretwin: async (session, { mirror: { port } }) => {
			await (await session.fetch(at(port, hosts[3], LEARN))).text();
			await (await session.fetch(at(port, `www.${hosts[3]}`, NEXT, 'http'))).text();
		},
	},
	{
		name: 'HSTS, links',
		server,
		pages,
		browser: async (browser, { mirror: { port }, url }) => {
			const to = at(port, hosts[1], NEXT, 'http');
			await browser.navigate(at(port, hosts[1], LEARN));
			await follow(browser, to);
			await browser.navigate(url('/page'));
			await follow(browser, to);
		},
		wiretwin: async (session, { mirror: { port }, url }) => {
			const to = at(port, hosts[1], NEXT, 'http');
			await (await session.fetch(at(port, hosts[1], LEARN))).text();
			await (await session.fetch(to, { referrer: at(port, hosts[1], LEARN) })).text();
			await (await session.fetch(url('/page'))).text();
			await (await session.fetch(to, { referrer: url('/page') })).text();
		},
	},
	{
		name: 'HSTS, redirects',
		server,
		pages: {
			...pages,
			'/go': (request) => ({
				status: 302,
				headers: [
					['location', at(Number(request.url.port), hosts[2], NEXT, 'http')],
					['cache-control', 'no-store'],
				],
			}),
		},
		browser: async (browser, { mirror: { port } }) => {
			await browser.navigate(at(port, hosts[2], LEARN));
			await browser.navigate(at(port, hosts[2], '/go'));
			await browser.navigate(at(port, hosts[2], '/go?again', 'http'));
		},
		wiretwin: async (session, { mirror: { port } }) => {
			await (await session.fetch(at(port, hosts[2], LEARN))).text();
			await (await session.fetch(at(port, hosts[2], '/go'))).text();
			await (await session.fetch(at(port, hosts[2], '/go?again', 'http'))).text();
		},
	},
	...(['cookies', 'storage', 'cache'] as const).map((type): Scenario => {
		const pages = {
			'/page': html('page'),
			'/kept': (() => ({
				headers: [
					['content-type', 'text/plain'],
					['cache-control', 'max-age=1000'],
				],
				body: 'kept',
			})) as Page,
			'/clear': (() => ({
				headers: [
					['content-type', 'text/plain'],
					['cache-control', 'no-store'],
					['clear-site-data', `"${type}"`],
				],
				body: 'cleared',
			})) as Page,
		};
		const read = (path: string) => `fetch('${path}').then((answer) => answer.text()).then(() => 1)`;
		const asked = ['/kept', '/kept', '/clear', '/kept'];
		return {
			name: `Clear-Site-Data: ${type}, kept answers`,
			pages,
			cache: true,
			browser: async (browser, { url }) => {
				await browser.navigate(url('/page'));
				for (const path of asked) await browser.evaluate(read(path));
			},
			wiretwin: async (session, { url }) => {
				await (await session.fetch(url('/page'))).text();
				for (const path of asked)
					await (await session.fetch(url(path), { kind: 'fetch', initiator: url('/page') })).text();
			},
		};
	}),
	{
		name: 'client hints that are critical',
		server,
		pages: {
			'/one': critical('sec-ch-ua-platform-version'),
			'/two': critical('sec-ch-ua-bitness'),
			'/three': critical('sec-ch-ua-model, sec-ch-ua'),
			'/moved': critical('sec-ch-ua-bitness', 'moved', { status: 302, location: '/end' }),
			'/end': html('end'),
			'/data': typed('application/json', '{}'),
		},
		browser: async (browser, { mirror: { port } }) => {
			await browser.navigate(at(port, 'critical.test', '/one'));
			await browser.navigate(at(port, 'critical.test', '/two'));
			await browser.navigate(at(port, 'critical-moved.test', '/moved'));
			await browser.navigate(at(port, 'www.mirror.test', '/three'));
		},
		wiretwin: async (session, { mirror: { port } }) => {
			await (await session.fetch(at(port, 'critical.test', '/one'))).text();
			await (await session.fetch(at(port, 'critical.test', '/two'))).text();
			await (await session.fetch(at(port, 'critical-moved.test', '/moved'))).text();
			await (await session.fetch(at(port, 'www.mirror.test', '/three'))).text();
		},
	},
];

async function follow(browser: Parameters<Scenario['browser']>[0], to: string): Promise<void> {
	await browser.evaluate(`void (document.body.innerHTML = '<a id=go href="${to}">go</a>')`);
	await browser.follow('#go');
}
