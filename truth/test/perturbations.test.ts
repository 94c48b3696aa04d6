import type { BrowserName } from '@wiretwin/mirror/browsers';
import { getProfile } from '@wiretwin/profiles';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compare } from '../src/compare.ts';
import type { Observation } from '../src/observation.ts';
import { browserRules } from '../src/rules.ts';
import { type Run, startRun } from '../src/run.ts';
import { scenarios } from '../src/scenarios/index.ts';
import { byScenario } from '../src/suite.ts';

const profileNames: Readonly<Record<BrowserName, string>> = { chromium: 'chromium_156', firefox: 'firefox_153' };

function scenarioNamed(name: string) {
	const found = scenarios.find((scenario) => scenario.name === name);
	if (!found) throw new Error(`no scenario "${name}"`);
	return found;
}

// No browser here: the right profile stands in for it, so that this runs where no browser is installed.
const suites = (['chromium', 'firefox'] as const).flatMap((browser) =>
	[...byScenario(browser)].map(([name, perturbations]) => ({ browser, name, perturbations })),
);

describe.each(suites)('$browser, $name', ({ browser, name, perturbations }) => {
	const scenario = scenarioNamed(name);
	const profile = getProfile(profileNames[browser], { os: 'linux' });
	const context = { rules: browserRules[browser], scenario };
	let run: Run;
	let right: Observation;

	beforeAll(async () => {
		run = await startRun(scenario);
		right = await run.observeWiretwin(profile);
	});
	afterAll(() => run.close());

	test('the same profile is equal in every layer, although no two connections have the same bytes', async () => {
		const again = await run.observeWiretwin(profile);
		expect(again.connections[0]?.clientHello?.random).not.toBe(right.connections[0]?.clientHello?.random);
		expect(compare(right, again, context).filter((cell) => cell.state === 'different')).toEqual([]);
	});

	test.each(perturbations)('$name is noticed by $noticedBy and nothing else', async ({ apply, noticedBy }) => {
		const wrong = await run.observeWiretwin(apply(profile));
		const noticed = compare(right, wrong, context).filter((cell) => cell.state === 'different');
		expect(noticed.map((cell) => cell.layer).sort()).toEqual([...noticedBy].sort());
	});
});

test('a swapped body, a missing request and another method of sending are different cells', async () => {
	const scenario = scenarioNamed('fetch POST, text');
	const run = await startRun(scenario);
	try {
		const right = await run.observeWiretwin(getProfile('chromium_156', { os: 'linux' }));
		const context = { rules: browserRules.chromium, scenario };
		const different = (wrong: Observation) =>
			compare(right, wrong, context).flatMap((cell) => (cell.state === 'different' ? [cell.layer] : []));

		const otherBody = structuredClone(right);
		const request = otherBody.requests[1];
		if (!request) throw new Error('two requests were expected');
		request.body = Buffer.from('tExt');
		expect(compare(right, otherBody, context).find((cell) => cell.layer === 'body')).toMatchObject({
			differences: [{ offset: 1, hex: true, browser: '74657874', wiretwin: '74457874' }],
		});
		expect(different(otherBody)).toEqual(['body']);

		const oneLess = structuredClone(right);
		oneLess.requests.pop();
		expect(different(oneLess)).toEqual(['connections', 'hpack', 'headers', 'priority', 'body']);
	} finally {
		await run.close();
	}
});
