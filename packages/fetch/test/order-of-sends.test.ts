/** Requests of one turn leave in the order of the calls, whatever their bodies are made of. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Site, startSite } from './support/site.ts';

let site: Site;
beforeAll(async () => {
	site = await startSite(({ url }) => (url.pathname.startsWith('/turn') ? { body: 'x' } : undefined));
});
afterAll(() => site[Symbol.asyncDispose]());

const form = () => {
	const data = new FormData();
	data.set('file', new Blob(['file']));
	return data;
};
const stream = () => new Blob(['stream']).stream();

it('in one turn', async () => {
	await using session = site.session({ browser: 'firefox' });
	await (await session.fetch(site.at('/page'))).text(); // one connection, so that the order of arrival is that of sending
	const bodies = [
		'text',
		new Uint8Array(9),
		new Blob(['blob']),
		form(),
		'',
		stream(),
		'Request',
		'Request',
		new Blob(['b']),
	];
	const paths: string[] = [];
	const sent = bodies.flatMap((body, index) => {
		const [post, get] = [`/turn-${index}-post`, `/turn-${index}-get`];
		paths.push(post, get);
		const init = { method: 'POST', kind: 'fetch', referrer: site.at('/page') } as const;
		const request =
			body === 'Request'
				? session.fetch(new Request(site.at(post), { method: 'POST', body: 'made before' }), { kind: 'fetch' })
				: session.fetch(site.at(post), { ...init, body });
		return [request, session.fetch(site.at(get), { kind: 'fetch', referrer: site.at('/page') })];
	});
	await Promise.all(sent.map(async (response) => (await response).text()));
	expect(site.mirror.requests.map(({ path }) => path).filter((path) => path.startsWith('/turn'))).toEqual(paths);
});

it('a body that cannot be read keeps nobody back', async () => {
	await using session = site.session({ browser: 'firefox' });
	const used = new Request(site.at('/turn'), { method: 'POST', body: 'once' });
	await used.text();
	const refused = session.fetch(used, { kind: 'fetch' });
	const next = session.fetch(site.at('/turn'), { kind: 'fetch' });
	await expect(refused).rejects.toMatchObject({ code: 'ERR_BODY_USED' });
	expect(await (await next).text()).toBe('x');
});
