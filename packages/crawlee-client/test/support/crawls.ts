/**
 * Crawls with the real Crawlee, each run as a program of its own (`node crawls.ts <package> <name>`) that prints its
 * result as JSON: Crawlee's CommonJS packages cannot be loaded under the module conditions with which vitest starts its
 * workers. The package is one of the versions of Crawlee that are installed.
 */
import type { Handler, RequestRecord } from '@wiretwin/mirror';
import { createSession } from 'wiretwin';
import { field, last, start } from './site.ts';

const [, , crawlee = '', name = ''] = process.argv;
const { CheerioCrawler, Configuration, HttpCrawler, log } = (await import(
	crawlee
)) as typeof import('@crawlee/cheerio');

log.setLevel(log.LEVELS.OFF);

/** Nothing of a crawl is kept on disk. */
const inMemory = () => new Configuration({ persistStorage: false, purgeOnStart: false });

const page = (title: string, links: readonly string[] = []): ReturnType<Handler> => ({
	headers: [['content-type', 'text/html; charset=utf-8']],
	body: `<title>${title}</title>${links.map((link) => `<a href="${link}">x</a>`).join('')}`,
});

const regular = (record: RequestRecord | undefined) => record?.headers.filter(([name]) => name !== ':path');

const crawls = {
	async links() {
		await using site = await start(({ url }) => {
			if (url.pathname === '/') return page('front', ['/a', '/moved']);
			if (url.pathname === '/moved') return { status: 302, headers: [['location', '/b']] };
			return page(url.pathname);
		});
		const titles: Record<string, string> = {};
		const crawler = new CheerioCrawler(
			{
				httpClient: site.client,
				async requestHandler({ request, $, enqueueLinks }) {
					titles[new URL(request.loadedUrl).pathname] = $('title').text();
					await enqueueLinks();
				},
			},
			inMemory(),
		);
		const { requestsFailed } = await crawler.run([site.at('/')]);
		await using session = createSession(site.trust);
		await (await session.fetch(site.at('/own'))).text();
		const [crawled, own] = [last(site.mirror, '/'), last(site.mirror, '/own')];
		return { requestsFailed, titles, protocol: crawled?.protocol, crawled: regular(crawled), own: regular(own) };
	},

	async cookies() {
		await using site = await start(({ url }) => {
			const headers: [string, string][] = [
				['location', '/home'],
				['set-cookie', 'user=1; Path=/'],
			];
			if (url.pathname === '/login') return { status: 302, headers };
			return page(url.pathname, url.pathname === '/home' ? ['/next'] : []);
		});
		const crawler = new CheerioCrawler(
			{
				httpClient: site.client,
				sessionPoolOptions: { maxPoolSize: 1 },
				async requestHandler({ enqueueLinks }) {
					await enqueueLinks();
				},
			},
			inMemory(),
		);
		const { requestsFailed } = await crawler.run([site.at('/login')]);
		return { requestsFailed, cookies: ['/home', '/next'].map((path) => field(last(site.mirror, path), 'cookie')) };
	},

	async sendRequest() {
		await using site = await start(({ url }) => (url.pathname === '/' ? page('x') : undefined));
		const got: unknown[] = [];
		const crawler = new HttpCrawler(
			{
				httpClient: site.client,
				async requestHandler({ sendRequest }) {
					const { body, statusCode } = await sendRequest({
						url: site.at('/echo'),
						method: 'POST',
						json: { a: 1 },
						responseType: 'json',
						headers: { accept: 'application/json' },
					} as object);
					got.push(statusCode, (body as unknown as { body: string }).body);
				},
			},
			inMemory(),
		);
		const { requestsFailed } = await crawler.run([site.at('/')]);
		return { requestsFailed, got, dest: field(last(site.mirror, '/echo'), 'sec-fetch-dest') };
	},

	async many() {
		await using site = await start(({ url }) => page(url.pathname));
		const crawler = new HttpCrawler(
			{
				httpClient: site.client,
				minConcurrency: 50,
				sessionPoolOptions: { maxPoolSize: 5 },
				requestHandler: async () => undefined,
			},
			inMemory(),
		);
		const urls = Array.from({ length: 300 }, (_, index) => site.at(`/${index}`));
		const { requestsFinished, requestsFailed } = await crawler.run(urls);
		const { exchanges, transports } = site.client.stats();
		// A visitor with several requests at once begins as many connections; HTTP/2 needs one of them.
		const connections = site.mirror.connections.filter(({ requests }) => requests.length > 0).length;
		return { requestsFinished, requestsFailed, exchanges, transports, connections };
	},

	async retries() {
		let calls = 0;
		await using site = await start(({ url }) => {
			if (url.pathname === '/bad') return { status: 500 };
			return ++calls === 1 ? { status: 503 } : page('ok');
		});
		const failed: string[] = [];
		const crawler = new CheerioCrawler(
			{
				httpClient: site.client,
				maxRequestRetries: 1,
				requestHandler: async () => undefined,
				failedRequestHandler: async ({ request }) => void failed.push(new URL(request.url).pathname),
			},
			inMemory(),
		);
		const { requestsFinished, requestsFailed } = await crawler.run([site.at('/good'), site.at('/bad')]);
		return { requestsFinished, requestsFailed, failed };
	},
};

console.log(JSON.stringify(await crawls[name as keyof typeof crawls]()));
process.exit(0); // Crawlee leaves timers behind
