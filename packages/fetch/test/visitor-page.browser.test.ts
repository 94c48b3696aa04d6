import { mirrorHosts } from '@wiretwin/mirror';
import { startChromium, startFirefox } from '@wiretwin/mirror/browsers';
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
		const own = await page('?profile=chromium_156');
		expect(own).toMatchObject({ chosen: 'chromium_156', different: [] });
		expect(own.verdict).toMatch(/^all \d{2} equal$/);
		// The way here is the visitor's own: the button makes it a link from the same page, a reload a reload.
		await browser.follow('form button');
		expect(await look()).toMatchObject({ chosen: 'chromium_156', different: [] });
		await browser.reload();
		expect(await look()).toMatchObject({ different: [] });
		const other = await page('?profile=firefox_153');
		expect(other.different).toEqual(expect.arrayContaining(['TLS ciphers', 'HTTP/2 settings', 'Fields user-agent']));
		// An unknown name is not echoed but replaced.
		expect((await page('?profile=%3Cscript%3E')).chosen).toBe('chromium_156');
	} finally {
		await browser.close();
	}
});

it.each([
	['Chromium', startChromium, 'chromium_156'],
	['Firefox', startFirefox, 'firefox_153'],
] as const)('shows %s as its profile, without a sideways scroll', { timeout: 60_000 }, async (_, start, profile) => {
	await using mirror = await startVisitorMirror();
	const browser = await start({ caPem: mirror.caPem, hosts: mirrorHosts });
	try {
		await browser.navigate(`${mirror.urlFor('www.mirror.test')}/?profile=${profile}`);
		const different = `[...document.querySelectorAll('.beside > .other > span')].map((each) => each.textContent)`;
		expect(await browser.evaluate(different)).toEqual([]);
		// As wide as a desktop's window, and as a telephone; in a frame, because a window's size is the system's matter.
		const widths = await browser.evaluate<
			Array<[given: number, taken: number]>
		>(`Promise.all([1280, 500].map(async (width) => {
			const frame = Object.assign(document.createElement('iframe'), { src: location.href, width, height: 900 });
			await new Promise((loaded) => { frame.onload = loaded; document.body.append(frame); });
			const page = frame.contentDocument.documentElement;
			return [page.clientWidth, page.scrollWidth];
		}))`);
		for (const [given, taken] of widths) expect(taken).toBe(given);
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
