import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { copyVersion, describePeer } from '@wiretwin/adapter-conformance';
import { describe, expect, it } from 'vitest';

const program = fileURLToPath(new URL('support/crawls.ts', import.meta.url));

/** Runs one of the crawls of `support/crawls.ts` with one version of Crawlee. */
async function crawl(copy: string, name: string): Promise<Record<string, unknown>> {
	const args = ['--conditions=wiretwin-source', '--disable-warning=ExperimentalWarning', program, copy, name];
	const { stdout } = await promisify(execFile)(process.execPath, args, { env: { ...process.env, NODE_OPTIONS: '' } });
	return JSON.parse(stdout) as Record<string, unknown>;
}

const copies = ['@crawlee/cheerio', 'crawlee-cheerio-lowest'];
const versions = copies.map((copy) => [copyVersion(import.meta.dirname, copy), copy] as const);

describe.each(versions)('Crawlee %s', (_, copy) => {
	it('CheerioCrawler follows links and redirects, as a browser that navigates', async () => {
		const result = await crawl(copy, 'links');
		expect(result).toMatchObject({
			requestsFailed: 0,
			titles: { '/': 'front', '/a': '/a', '/b': '/b' },
			protocol: 'h2',
		});
		expect(result.crawled).toEqual(result.own);
	});

	it('keeps the cookies of a Crawlee session, through redirects', async () => {
		expect(await crawl(copy, 'cookies')).toEqual({ requestsFailed: 0, cookies: ['user=1', 'user=1'] });
	});

	it('sendRequest from a handler, with JSON', async () => {
		expect(await crawl(copy, 'sendRequest')).toEqual({ requestsFailed: 0, got: [200, '{"a":1}'], dest: 'empty' });
	});

	it('fifty at a time: a connection for each visitor, and nothing left behind', async () => {
		const { transports, connections, ...rest } = await crawl(copy, 'many');
		expect(rest).toEqual({ requestsFinished: 300, requestsFailed: 0, exchanges: 0 });
		expect(connections).toBe(transports); // Crawlee may make some more visitors than its pool keeps
		expect(connections).toBeLessThan(50);
	});

	it('retries what fails, and reports what goes on failing', async () => {
		expect(await crawl(copy, 'retries')).toEqual({ requestsFinished: 1, requestsFailed: 1, failed: ['/bad'] });
	});
});

describePeer(import.meta.dirname, { peer: '@crawlee/core', installed: '@crawlee/cheerio', copies });
