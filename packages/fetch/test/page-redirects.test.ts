/** What a page's requests say of it and carry, to other hosts and through redirects: as both browsers (truth: referrers, credentials). */
import type { Handler } from '@wiretwin/mirror';
import type { RequestKind } from '@wiretwin/profiles';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { api, other, type Site, startSite, www } from './support/site.ts';

let site: Site;
/** `/via?<host>,<host>,...` redirects through the hosts to `/echo`. */
const redirector: Handler = ({ url }) => {
	if (url.pathname !== '/via') return undefined;
	const [next = www, ...rest] = url.search.slice(1).split(',');
	const location =
		rest.length > 0 ? `https://${next}:${url.port}/via?${rest.join()}` : `https://${next}:${url.port}/echo`;
	return { status: 302, headers: [['location', location]] };
};
beforeAll(async () => {
	site = await startSite(redirector);
});
afterAll(() => site[Symbol.asyncDispose]());

type Seen = { headers: Array<[name: string, value: string]> };
async function seen(response: Promise<Response>): Promise<Map<string, string>> {
	return new Map(((await (await response).json()) as Seen).headers);
}

describe.each(['chromium', 'firefox'])('%s', (browser) => {
	const page = () => site.at('/page', www);
	const origin = () => new URL(page()).origin;

	it.each<[string, string, string, RequestKind]>([
		['another site and back', www, `${other},${www}`, 'fetch'],
		['a sibling host and back', www, `${api},${www}`, 'image'],
		['from another site', other, www, 'iframe'],
	])('shows no more than the origin after %s', async (_, first, hosts, kind) => {
		await using session = site.session({ browser });
		const headers = await seen(session.fetch(site.at(`/via?${hosts}`, first), { kind, referrer: page() }));
		expect(headers.get('referer')).toBe(`${origin()}/`);
		expect(headers.has('sec-fetch-storage-access')).toBe(false);
	});
	it('shows the page after redirects inside its origin', async () => {
		await using session = site.session({ browser });
		const headers = await seen(session.fetch(site.at(`/via?${www},${www}`, www), { kind: 'fetch', referrer: page() }));
		expect(headers.get('referer')).toBe(page());
	});
	it('shows nothing any more once a policy has hidden it', async () => {
		await using session = site.session({ browser });
		const init = { kind: 'fetch', referrer: page(), referrerPolicy: 'same-origin' } as const;
		const headers = await seen(session.fetch(site.at(`/via?${api},${www}`, www), init));
		expect(headers.has('referer')).toBe(false);
	});

	it.each<[RequestKind, 'cors' | undefined, boolean]>([
		['font', undefined, false],
		['module', undefined, false],
		['modulepreload', undefined, false],
		['preload-font', undefined, false],
		['image', 'cors', false],
		['image', undefined, true],
		['script', undefined, true],
	])('%s (mode %s) of a sibling host carries its cookies: %s', async (kind, mode, carries) => {
		await using session = site.session({ browser });
		session.setCookie('c', '1', site.at('/', api));
		const init = { kind, referrer: page(), ...(mode ? { mode } : {}) };
		const headers = await seen(session.fetch(site.at('/echo', api), init));
		expect(headers.has('cookie')).toBe(carries);
	});
});

it('Firefox follows a relaxed policy to its own site only', async () => {
	await using session = site.session({ browser: 'firefox' });
	const page = site.at('/page', www);
	const init = { kind: 'image', referrer: page, referrerPolicy: 'unsafe-url' } as const;
	expect((await seen(session.fetch(site.at('/echo', other), init))).get('referer')).toBe(`${new URL(page).origin}/`);
	expect((await seen(session.fetch(site.at('/echo', api), init))).get('referer')).toBe(page);
});
