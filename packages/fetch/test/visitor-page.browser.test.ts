import { mirrorHosts } from '@wiretwin/mirror';
import { startChromium } from '@wiretwin/mirror/browsers';
import { expect, it } from 'vitest';
import { startVisitorMirror } from '../src/cli/mirror-command.ts';
import { createSession } from '../src/index.ts';

it('shows Chromium that it is its own profile, and what parts it from another', { timeout: 40_000 }, async () => {
	await using mirror = await startVisitorMirror();
	const browser = await startChromium({ caPem: mirror.caPem, hosts: mirrorHosts });
	try {
		const look = () =>
			browser.evaluate<{ verdict: string; different: string[]; chosen: string }>(`({
				verdict: document.querySelector('form strong').textContent,
				chosen: document.querySelector('select').value,
				different: [...document.querySelectorAll('.beside > .other > span')].map((each) => each.textContent),
			})`);
		const page = async (query: string) => {
			await browser.navigate(`${mirror.urlFor('www.mirror.test')}/${query}`);
			return look();
		};
		const own = await page('?profile=chrome_156');
		expect(own).toMatchObject({ chosen: 'chrome_156', different: [] });
		expect(own.verdict).toMatch(/^all \d{2} equal$/);
		// The way here is the visitor's own: the button makes it a link from the same page, a reload a reload.
		await browser.follow('form button');
		expect(await look()).toMatchObject({ chosen: 'chrome_156', different: [] });
		await browser.reload();
		expect(await look()).toMatchObject({ different: [] });
		const other = await page('?profile=firefox_153');
		expect(other.different).toEqual(expect.arrayContaining(['TLS ciphers', 'HTTP/2 settings', 'Fields user-agent']));
		// An unknown name is not echoed but replaced.
		expect((await page('?profile=%3Cscript%3E')).chosen).toBe('chrome_156');
	} finally {
		await browser.close();
	}
});

it('shows values of a peer as text', async () => {
	await using mirror = await startVisitorMirror();
	await using session = createSession({ ca: mirror.caPem, resolve: { localhost: '127.0.0.1' } });
	const headers = { 'x-mark': '<script>alert(1)</script>' };
	const text = await (await session.fetch(`${mirror.urlFor('localhost')}/?profile=<b>`, { headers })).text();
	expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
	expect(text).not.toMatch(/<script|<b>&lt;|profile=<b>/);
});
