import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const program = fileURLToPath(new URL('support/crawls.ts', import.meta.url));

/** Runs one of the crawls of `support/crawls.ts`. */
async function crawl(name: string): Promise<Record<string, unknown>> {
	const args = ['--conditions=wiretwin-source', '--disable-warning=ExperimentalWarning', program, name];
	const { stdout } = await promisify(execFile)(process.execPath, args, { env: { ...process.env, NODE_OPTIONS: '' } });
	return JSON.parse(stdout) as Record<string, unknown>;
}

it('CheerioCrawler follows links and redirects, as a browser that navigates', async () => {
	const result = await crawl('links');
	expect(result).toMatchObject({
		requestsFailed: 0,
		titles: { '/': 'front', '/a': '/a', '/b': '/b' },
		protocol: 'h2',
	});
	expect(result.crawled).toEqual(result.own);
});

it('keeps the cookies of a Crawlee session, through redirects', async () => {
	expect(await crawl('cookies')).toEqual({ requestsFailed: 0, cookies: ['user=1', 'user=1'] });
});

it('sendRequest from a handler, with JSON', async () => {
	expect(await crawl('sendRequest')).toEqual({ requestsFailed: 0, got: [200, '{"a":1}'], dest: 'empty' });
});

it('retries what fails, and reports what goes on failing', async () => {
	expect(await crawl('retries')).toEqual({ requestsFinished: 1, requestsFailed: 1, failed: ['/bad'] });
});
