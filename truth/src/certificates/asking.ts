import type { Browser } from '@wiretwin/mirror/browsers';
import type { Profile } from '@wiretwin/profiles';
import { createSession, isTlsError } from 'wiretwin';

/** What a client makes of a chain; `failed`: something else went wrong, so nothing is known. */
export type Verdict = 'accepted' | 'refused' | `failed: ${string}`;

/** Chains shown at once: browsers open connections of one page in turns, and a busy machine has its limits. */
const AT_ONCE = 16;

/** One page asks for all chains with `fetch()`. `urls[0]` shows a good chain: it is the page. */
export async function askBrowser(browser: Browser, urls: readonly string[]): Promise<Verdict[]> {
	const [page = ''] = urls;
	await browser.navigate(page);
	return browser.evaluate<Verdict[]>(`(async () => {
		const urls = ${JSON.stringify(urls)};
		const verdicts = [];
		let next = 0;
		const ask = async () => {
			while (next < urls.length) {
				const place = next++;
				verdicts[place] = await fetch(urls[place], { cache: 'no-store' }).then(
					async (response) => (await response.text()) === 'shown' ? 'accepted' : 'failed: another text',
					() => 'refused',
				);
			}
		};
		await Promise.all(Array.from({ length: ${AT_ONCE} }, ask));
		return verdicts;
	})()`);
}

/** The same by a session of wiretwin that trusts what the browser trusts. */
export async function askWiretwin(
	profile: Profile,
	urls: readonly string[],
	hosts: readonly string[],
	trusted: readonly string[],
): Promise<Verdict[]> {
	const resolve = Object.fromEntries(hosts.map((host) => [host, '127.0.0.1']));
	await using session = createSession({ browser: profile, ca: trusted, trustStore: 'none', resolve, timeout: 10_000 });
	return await Promise.all(
		urls.map(async (url): Promise<Verdict> => {
			try {
				const response = await session.fetch(url, { kind: 'fetch' });
				return (await response.text()) === 'shown' ? 'accepted' : 'failed: another text';
			} catch (error) {
				return isTlsError(error) ? 'refused' : `failed: ${error instanceof Error ? error.message : String(error)}`;
			}
		}),
	);
}
