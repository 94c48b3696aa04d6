/** Agents of a page show as much of it as its Referrer-Policy allows. */
import { request } from 'node:https';
import { mirrorHosts, startMirror } from '@wiretwin/mirror';
import { expect, test } from 'vitest';
import { createSession } from 'wiretwin';
import { wiretwinAgent } from '../src/index.ts';

test.each([
	['origin', 'https://www.mirror.test:PORT/'],
	['no-referrer', undefined],
	['unsafe-url', 'https://www.mirror.test:PORT/page'],
])('an agent of a page with the policy %s shows %s', async (policy, expected) => {
	await using mirror = await startMirror({
		handler: ({ url }) => (url.pathname === '/page' ? { headers: [['referrer-policy', policy]] } : undefined),
	});
	const resolve = Object.fromEntries(mirrorHosts.map((host) => [host, '127.0.0.1']));
	await using session = createSession({ browser: 'chromium', ca: mirror.caPem, trustStore: 'none', resolve });
	const page = await session.open(`${mirror.urlFor('www.mirror.test')}/page`);
	await page.response?.text();
	await new Promise<void>((done, failed) => {
		request(`${mirror.urlFor('other.example')}/echo`, { agent: wiretwinAgent(page) }, (answer) => {
			answer.on('end', done).resume();
		})
			.on('error', failed)
			.end();
	});
	const sent = new Map(mirror.requests.at(-1)?.headers).get('referer');
	expect(sent?.replace(String(mirror.port), 'PORT')).toBe(expected);
});
