import type { Session } from 'wiretwin';
import { html, type Page, type Scenario, type ServerOptions, type Stage, typed } from '../scenario.ts';

const PAGE = '/page';
const DATA = '/data';
const BULK = 24 * 1024 * 1024;

/** A page and a `fetch()` of it, against another kind of server. */
function pageAndFetch(name: string, server: ServerOptions): Scenario {
	return {
		name,
		server,
		pages: { [PAGE]: html('page'), [DATA]: typed('application/json', '{}') },
		browser: async (browser, { url }) => {
			await browser.navigate(url(PAGE));
			await browser.evaluate(
				`fetch('${DATA}', { method: 'POST', headers: { 'X-Custom': '1' }, body: 'x' }).then((a) => a.text()).then(() => 1)`,
			);
		},
		wiretwin: async (session, { url }) => {
			await (await session.fetch(url(PAGE))).text();
			const init = {
				method: 'POST',
				headers: { 'X-Custom': '1' },
				body: 'x',
				kind: 'fetch',
				referrer: url(PAGE),
			} as const;
			await (await session.fetch(url(DATA), init)).text();
		},
	};
}

/** A page, and again after the peer cut every connection, so that tickets come to use. */
function resumption(name: string, server: ServerOptions): Scenario {
	const pages: Readonly<Record<string, Page>> = { [PAGE]: html('page') };
	const page = ({ mirror }: Stage) => mirror.urlFor(server.extraHosts?.[0] ?? 'www.mirror.test') + PAGE;
	return {
		name,
		server,
		pages,
		browser: async (browser, stage) => {
			await browser.navigate(page(stage));
			stage.mirror.destroyConnections();
			await browser.navigate(page(stage));
		},
		wiretwin: async (session, stage) => {
			await (await session.fetch(page(stage))).text();
			stage.mirror.destroyConnections();
			await untilClosed(session);
			await (await session.fetch(page(stage))).text();
		},
	};
}

/** 130 characters: from 105 on Firefox's GREASE ECH shows the length. Both browsers take `.localhost` for this machine. */
const LONG_HOST = `${'a'.repeat(60)}.${'b'.repeat(59)}.localhost`;

/** Connections and the protocols below requests. */
export const connectionScenarios: readonly Scenario[] = [
	resumption('resumption, TLS 1.3', {}),
	resumption('resumption, TLS 1.2', { tlsVersions: ['1.2', '1.2'] }),
	resumption('long host name', { extraHosts: [LONG_HOST] }),
	pageAndFetch('HelloRetryRequest', { groups: ['P-384'] }),
	pageAndFetch('TLS 1.2 only', { tlsVersions: ['1.2', '1.2'] }),
	pageAndFetch('HTTP/1.1 only', { protocols: ['http/1.1'] }),
	pageAndFetch('plain http', { tls: false }),
	{
		name: '24 MB download',
		bulk: true,
		pages: {
			[PAGE]: html('page'),
			[DATA]: () => ({ headers: [['content-type', 'application/octet-stream']], body: zeros(BULK) }),
		},
		browser: async (browser, { url }) => {
			await browser.navigate(url(PAGE));
			await browser.evaluate(`fetch('${DATA}').then((answer) => answer.arrayBuffer()).then((body) => body.byteLength)`);
		},
		wiretwin: async (session, { url }) => {
			await (await session.fetch(url(PAGE))).text();
			await (await session.fetch(url(DATA), { kind: 'fetch', referrer: url(PAGE) })).arrayBuffer();
		},
	},
];

async function* zeros(length: number): AsyncGenerator<Buffer> {
	const chunk = Buffer.alloc(64 * 1024);
	for (let left = length; left > 0; left -= chunk.length) yield chunk.subarray(0, Math.min(left, chunk.length));
}

/** Resolves when the session has noticed that its connections are gone. */
export async function untilClosed(session: Session): Promise<void> {
	while (session.transport.stats().connections > 0) await new Promise((resolve) => setImmediate(resolve));
}
