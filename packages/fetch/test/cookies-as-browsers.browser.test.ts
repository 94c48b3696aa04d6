import { type MirrorRequest, mirrorHosts, type Reply, startMirror } from '@wiretwin/mirror';
import { startChromium, startFirefox } from '@wiretwin/mirror/browsers';
import { expect, it } from 'vitest';
import { createSession } from '../src/index.ts';
import { type CookieStep, cookieCases } from './data/cookie-cases.ts';

const www = 'www.mirror.test';

/** `/step?<case>.<step>` answers as the case says; `/get?<case>` notes what came. */
async function startCases() {
	const seen = new Map<number, string>();
	const mirror = await startMirror({ handler: (request) => answer(request, seen) });
	const steps = cookieCases.map((each, index) =>
		each.map((step, number) => `${mirror.urlFor(hostOf(step))}/step?${index}.${number}`),
	);
	return { mirror, seen, steps, at: (path: string) => `${mirror.urlFor(www)}${path}` };
}

const hostOf = (step: CookieStep) => (typeof step === 'object' ? (step.at ?? www) : www);

function answer(request: MirrorRequest, seen: Map<number, string>): Reply {
	const [index = 0, number = 0] = request.url.search.slice(1).split('.').map(Number);
	if (request.url.pathname === '/get') {
		const cookies = request.record.headers
			.filter(([name]) => name.toLowerCase() === 'cookie')
			.map(([, value]) => value);
		seen.set(index, cookies.join('; '));
	}
	const headers: [string, string][] = [
		['content-type', 'text/html'],
		['cache-control', 'no-store'],
	];
	if (request.url.pathname !== '/step') return { headers, body: 'done' };
	const step = cookieCases[index]?.[number] ?? '';
	const fields = typeof step === 'string' ? [['set-cookie', step] as const] : step.fields;
	for (const [name, value] of fields) headers.push([name, value.replace('HOST', www).replace('SITE', 'mirror.test')]);
	return { status: typeof step === 'string' ? 200 : (step.status ?? 200), headers, body: '' };
}

const table = (seen: Map<number, string>) =>
	cookieCases.map((steps, index) => [
		steps.map((step) => (typeof step === 'string' ? step.slice(0, 60) : JSON.stringify(step))).join(' | '),
		seen.get(index),
	]);

it.each([
	['Chromium', startChromium, 'chromium_156'],
	['Firefox', startFirefox, 'firefox_153'],
] as const)('R05 cookies are kept and sent exactly as %s does', { timeout: 120_000 }, async (_, start, profile) => {
	const theirs = await startCases();
	const browser = await start({ caPem: theirs.mirror.caPem, hosts: mirrorHosts });
	try {
		await browser.navigate(theirs.at('/'));
		for (const [index, steps] of theirs.steps.entries()) {
			const urls = JSON.stringify([...steps, theirs.at(`/get?${index}`)]);
			await browser.evaluate(`(async () => {
				for (const url of ${urls}) await fetch(url, { mode: 'no-cors', credentials: 'include' }).then((r) => r.text());
				return true;
			})()`);
			await browser.forgetCookies();
		}
	} finally {
		await browser.close();
		await theirs.mirror.close();
	}
	const ours = await startCases();
	const resolve = Object.fromEntries(mirrorHosts.map((host) => [host, '127.0.0.1']));
	await using session = createSession({ browser: profile, ca: ours.mirror.caPem, resolve });
	for (const [index, steps] of ours.steps.entries()) {
		for (const url of [...steps, ours.at(`/get?${index}`)]) {
			await (await session.fetch(url, { mode: 'no-cors', credentials: 'include', referrer: ours.at('/') })).text();
		}
		session.clearCookies();
	}
	await ours.mirror.close();
	expect(theirs.seen.size).toBe(cookieCases.length);
	expect(table(ours.seen)).toEqual(table(theirs.seen));
});
