import type { Handler, Reply } from '@wiretwin/mirror';
import { expect } from 'vitest';
import type { ConformanceCase } from '../case.ts';
import type { ConformanceDriver } from '../driver.ts';
import { bytesOf, textOf } from '../driver.ts';
import { lateJar } from '../late-jar.ts';
import { type Site, settled, startSite } from '../site.ts';

const www = 'www.mirror.test';
const protocols = ['h2', 'http/1.1'] as const;

/** A turn of the server's event loop: what is written after it comes in a read of its own, most of the time. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** The text in pieces, and how many turns pass before the end is said. */
async function* pieces(text: string, isSplit: boolean, turnsBeforeEnd: number): AsyncGenerator<Buffer> {
	if (isSplit) {
		yield Buffer.from(text.slice(0, 2));
		await turn();
		yield Buffer.from(text.slice(2));
	} else yield Buffer.from(text);
	for (let index = 0; index < turnsBeforeEnd; index++) await turn();
}

/** Answers of every shape: with and without a length, in one piece and in two, the end at once, soon and later. */
const shapes: ReadonlyArray<(text: string) => Reply> = [
	(text) => ({ body: text }),
	(text) => ({ body: pieces(text, false, 0) }),
	(text) => ({ body: pieces(text, false, 1) }),
	(text) => ({ body: pieces(text, false, 3) }),
	(text) => ({ body: pieces(text, true, 2) }),
	(text) => ({ body: pieces(text, false, 2), trailers: [['x-last', text]] }),
	(text) => ({ body: pieces(text, false, 1), headers: [['content-length', String(text.length)]] }),
	() => ({ body: pieces('', false, 1) }),
];

const textOfShape = (index: number) => (index % shapes.length === shapes.length - 1 ? '' : `body ${index}`);

/** `/late/<n>` has the shape n, and a cookie unless n is a multiple of 3 or the client cannot have one. */
function handlerFor(driver: ConformanceDriver): Handler {
	const cookies = !driver.lacks?.includes('cookie-stream');
	return ({ url }) => {
		const found = /^\/late\/(\d+)$/.exec(url.pathname);
		if (!found) return undefined;
		const index = Number(found[1]);
		const shape = shapes[index % shapes.length];
		const { headers = [], ...reply } = shape?.(`body ${index}`) ?? {};
		const cookie: [string, string] = ['set-cookie', `c${index % 5}=${index}; Path=/`];
		return { ...reply, headers: index % 3 === 0 || !cookies ? headers : [cookie, ...headers] };
	};
}

async function ask(site: Site, index: number): Promise<void> {
	const response = await site.client.request({ url: site.at(`/late/${index}`, www) });
	expect(await textOf(response)).toBe(textOfShape(index));
}

/** Requests that set no cookies, so a store that is to keep some may wait for them. */
async function roundTrips(site: Site): Promise<void> {
	for (let index = 0; index < 3; index++) await (await site.session.fetch(site.at('/bytes/1', www))).text();
}

const stores = ['synchronous', 'asynchronous'] as const;

function lateCase(protocol: (typeof protocols)[number], store: (typeof stores)[number]): ConformanceCase {
	return {
		name: `N08 late cookies (${store} store) and late ends over ${protocol}: each answer is whole, alone and 8 at a time`,
		run: async (driver) => {
			await using site = await startSite(driver, {
				handler: handlerFor(driver),
				mirror: { protocols: [protocol] },
				...(store === 'asynchronous' ? { session: { cookieJar: lateJar(turn) } } : {}),
			});
			for (let index = 0; index < 2 * shapes.length; index++) await ask(site, index);
			for (let round = 0; round < 25; round++) {
				await Promise.all(Array.from({ length: 8 }, (_, index) => ask(site, round * 8 + index)));
			}
		},
	};
}

const bodyless: ReadonlyArray<readonly [method: string, status: number]> = [
	['HEAD', 200],
	['GET', 204],
	['GET', 304],
];

export const latePartCases: readonly ConformanceCase[] = [
	...protocols.flatMap((protocol) => stores.map((store) => lateCase(protocol, store))),
	...protocols.map((protocol) => ({
		name: `N08 over ${protocol} an answer is whole when all of it was there before its cookies were stored`,
		needs: ['cookies', 'cookie-stream'] as const,
		run: async (driver: ConformanceDriver) => {
			let gate: () => Promise<void> = turn;
			await using site = await startSite(driver, {
				handler: handlerFor(driver),
				mirror: { protocols: [protocol] },
				session: { cookieJar: lateJar(() => gate()) },
			});
			// The answers to these come after the end of the one whose cookies wait.
			gate = () => roundTrips(site);
			for (let index = 0; index < 2 * shapes.length; index++) await ask(site, index);
		},
	})),
	{
		name: 'N08 an answer without a body whose stream ends in a frame of its own ends, and gives its stream back',
		run: async (driver) => {
			await using site = await startSite(driver, {
				handler: ({ method, url }) => {
					const status = /^\/empty\/(\d+)$/.exec(url.pathname)?.[1];
					if (status === undefined && method !== 'HEAD') return undefined;
					// A tunnel's head leaves the stream open.
					return { status: Number(status), tunnel: async () => turn().then(turn) };
				},
			});
			for (const [method, status] of bodyless) {
				const response = await site.client.request({ url: site.at(`/empty/${status}`), method });
				expect(response.status).toBe(status);
				expect(await bytesOf(response)).toHaveLength(0);
			}
			await settled(site);
		},
	},
];
