import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Reply } from '@wiretwin/mirror';
import type { FetchInit } from 'wiretwin';
import type { Host, Scenario } from '../scenario.ts';

const SET = ['s=1; SameSite=Strict', 'l=1; SameSite=Lax', 'n=1; SameSite=None; Secure', 'u=1'].map(
	(value): [string, string] => ['set-cookie', value],
);

/** A page in plain http, on a port of its own that the comparison does not see. It is gone with its process. */
async function startPlainPage(): Promise<string> {
	const server = createServer((_request, response) => {
		response.setHeader('content-type', 'text/html');
		response.end('<!doctype html><title>plain</title><link rel=icon href=data:,><body>');
	});
	server.listen(0, '127.0.0.1').unref();
	await once(server, 'listening');
	return `http://www.mirror.test:${(server.address() as AddressInfo).port}/plain`;
}

const answer = (headers: readonly [string, string][]): Reply => ({
	headers: [['content-type', 'text/html'], ['cache-control', 'no-store'], ...headers],
	body: '<!doctype html><title>answer</title><link rel=icon href=data:,><body>',
});
/** An answer that its asker must not read is reset, in Chromium now and then before it has ended. */
const readableBy = (origin: string | null): [string, string][] =>
	origin === null
		? []
		: [
				['access-control-allow-origin', origin],
				['access-control-allow-credentials', 'true'],
			];

type Ask = {
	/** Expression of a promise; without one the page goes there itself. */
	source?: (url: string) => string;
	init: FetchInit;
};

const image = (policy: string): Ask => ({
	source: (url) => `new Promise((resolve) => {
		const image = new Image(); image.referrerPolicy = '${policy}'; image.onload = image.onerror = () => resolve(1); image.src = ${url};
	})`,
	init: { kind: 'image', ...(policy ? { referrerPolicy: policy as 'unsafe-url' } : {}) },
});
const asks: Readonly<Record<string, Ask>> = {
	'an image': image(''),
	'an image with a relaxed policy': image('unsafe-url'),
	'a call': {
		source: (url) =>
			`fetch(${url}, { method: 'POST', body: 'x', credentials: 'include' }).then((answer) => answer.text()).then(() => 1)`,
		init: { kind: 'fetch', method: 'POST', body: 'x', credentials: 'include' },
	},
	'a frame': {
		source: (url) => `new Promise((resolve) => {
			const frame = document.createElement('iframe'); frame.onload = () => resolve(1); frame.src = ${url}; document.body.append(frame);
		})`,
		init: { kind: 'iframe' },
	},
	'a link': { init: { kind: 'navigate', userActivation: false } },
};

function plainPage(what: string, { source, init }: Ask, host: Host): Scenario {
	let plain = '';
	return {
		name: `a page in plain http asks ${host} in https: ${what}`,
		pages: { '/start': () => answer(SET), '/end': (request) => answer(readableBy(request.header('origin'))) },
		browser: async (browser, { url, seen }) => {
			plain = await startPlainPage();
			const target = JSON.stringify(url('/end', host));
			await browser.navigate(url('/start', host));
			await browser.navigate(plain);
			if (source) await browser.evaluate(source(target));
			else await browser.leave(`location.href = ${target}`);
			await seen('/end');
		},
		wiretwin: async (session, { url }) => {
			await (await session.fetch(url('/start', host))).text();
			await (await session.fetch(url('/end', host), { ...init, referrer: plain })).text();
		},
	};
}
/** Sites of cookies, of storage and of policies, where only the scheme differs. */
export const plainPageScenarios: readonly Scenario[] = Object.entries(asks).map(([what, ask], at) =>
	plainPage(what, ask, at % 2 === 0 ? 'www.mirror.test' : 'api.mirror.test'),
);
