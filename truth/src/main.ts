import { mirrorHosts, sharedAuthority } from '@wiretwin/mirror';
import { getProfile } from '@wiretwin/profiles';
import type { Browser } from './browsers/browser.ts';
import { startChromium } from './browsers/chromium.ts';
import { startFirefox } from './browsers/firefox.ts';
import { compare } from './compare.ts';
import { browserRules, profileOf } from './rules.ts';
import { startRun } from './run.ts';
import { scenarios } from './scenarios/index.ts';

const only = process.argv[3];
const options = { caPem: sharedAuthority().caPem, hosts: mirrorHosts };
for (const start of process.argv[2] === 'c'
	? [startChromium]
	: process.argv[2] === 'f'
		? [startFirefox]
		: [startChromium, startFirefox]) {
	const browser: Browser = await start(options);
	console.log(browser.name, browser.version);
	const began = performance.now();
	for (const scenario of scenarios) {
		if (only && !scenario.name.includes(only)) continue;
		const run = await startRun(scenario);
		const t = performance.now();
		try {
			const left = await run.observeBrowser(browser);
			const t2 = performance.now();
			const right = await run.observeWiretwin(getProfile(profileOf[browser.name], { os: 'linux' }), browser.name);
			const cells = compare(left, right, { rules: browserRules[browser.name], scenario });
			console.log(
				scenario.name.padEnd(32),
				cells.map((c) => (c.state === 'equal' ? '=' : c.state === 'empty' ? '.' : 'X')).join(''),
				(t2 - t) | 0,
				(performance.now() - t2) | 0,
				'idle',
				left.idle,
				right.idle,
			);
			for (const c of cells)
				if (c.state === 'different')
					for (const d of c.differences.slice(0, only ? 99 : 3))
						console.log(
							`     ${c.layer} ${d.label} @${d.offset}\n        B ${cut(d.browser, d.offset)}\n        W ${cut(d.wiretwin, d.offset)}`,
						);
		} catch (error) {
			console.log(scenario.name, 'FAILED', error);
		}
		await run.close();
	}
	console.log('total', performance.now() - began);
	await browser.close();
}

function cut(v: string | null, at: number) {
	return v === null ? null : v.slice(Math.max(0, at - 60), at + 200);
}
