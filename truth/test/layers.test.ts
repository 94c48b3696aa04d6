import { getProfile } from '@wiretwin/profiles';
import { beforeAll, describe, expect, test } from 'vitest';
import { helloLayer } from '../src/layers/hello.ts';
import type { Fact } from '../src/layers/layer.ts';
import { bodyLayer, headersLayer } from '../src/layers/requests.ts';
import type { Observation } from '../src/observation.ts';
import { htmlReport } from '../src/report/html.ts';
import { excerpt } from '../src/report/result.ts';
import { textReport } from '../src/report/text.ts';
import { browserRules } from '../src/rules.ts';
import { startRun } from '../src/run.ts';
import { scenarios } from '../src/scenarios/index.ts';

const scenario = scenarios.find((each) => each.name === 'form POST, multipart');
if (!scenario) throw new Error('no multipart scenario');

const factValue = (facts: readonly Fact[], part: string) => facts.find((fact) => fact.label.includes(part))?.value;

describe('what is random is taken out, and nothing else', () => {
	const observations: Observation[] = [];
	beforeAll(async () => {
		const run = await startRun(scenario);
		for (const name of ['chromium_156', 'firefox_153']) {
			observations.push(await run.observeWiretwin(getProfile(name, { os: 'linux' })));
		}
		await run.close();
	});

	test('hello: GREASE by place, shuffled extensions as a set, drawn ECH values as members of their set', () => {
		const [chromium] = observations;
		const facts = helloLayer.facts(chromium as Observation, { rules: browserRules.chromium, scenario });
		expect(factValue(facts, 'ciphers')).toMatch(/^GREASE 1301 1302 1303 c02b/);
		expect(factValue(facts, ': extensions')).toMatch(/^GREASE \{ 0 5 10 .*65281 \} GREASE$/);
		expect(factValue(facts, 'encrypted_client_hello')).toBe(
			'kdf 1, aead one of 1, enc 32 bytes, payload one of 144 176 208 240 bytes',
		);
		// A value outside the set is shown as it is.
		const rules = { ...browserRules.chromium, ech: { aeads: [3], payloadLengths: [1] } };
		const strict = helloLayer.facts(chromium as Observation, { rules, scenario });
		expect(factValue(strict, 'encrypted_client_hello')).toMatch(/^kdf 1, aead 1, enc 32 bytes, payload \d{3} bytes$/);
	});

	test.each([
		['chromium', 0],
		['firefox', 1],
	] as const)('%s: the boundary is a mark in header and body, names and file stay', (browser, index) => {
		const context = { rules: browserRules[browser], scenario };
		const observation = observations[index] as Observation;
		const body = Buffer.from(factValue(bodyLayer.facts(observation, context), 'body') ?? '', 'hex').toString();
		expect(body).toMatch(/^--BOUNDARY\r\nContent-Disposition: form-data; name="user"\r\n\r\nada\r\n--BOUNDARY/);
		expect(body).toMatch(/filename="na%22me\.txt"[\s\S]*file text\r\n--BOUNDARY--\r\n$/);
		const headers = headersLayer.facts(observation, context);
		expect(factValue(headers, 'content-type')).toBe('multipart/form-data; boundary=BOUNDARY');
	});
});

test('the report escapes what came over the wire and shows where values part', () => {
	expect(excerpt(`${'a'.repeat(100)}X${'b'.repeat(300)}`, 100, false)).toBe(
		`...${'a'.repeat(40)}X${'b'.repeat(119)}...`,
	);
	expect(excerpt(null, 0, true)).toBe('(missing)');
	const difference = { label: 'request 1 (GET /<x>)', offset: 0, browser: '<script>', wiretwin: null, hex: false };
	const result = {
		browser: 'chromium',
		version: '157.0',
		profile: 'chromium_156',
		mismatch: 'chromium is 157.0',
		rows: [
			{
				scenario: 's<1>',
				cells: [{ layer: 'headers' as const, state: 'different' as const, differences: [difference] }],
				outdated: [],
				error: undefined,
				idle: 0,
			},
		],
		perturbations: [{ perturbation: 'p', expected: ['hello' as const], noticed: [] }],
		seconds: 1,
	};
	const page = htmlReport([result]);
	expect(page).toContain('&lt;script&gt;');
	expect(page).not.toContain('<script>');
	expect(page).toContain('chromium is 157.0');
	const text = textReport([result]);
	expect(text).toContain(
		'0 of 1 cells equal in 1 scenarios, 1 differ without and 0 with a known cause, 0 of 1 deliberate errors',
	);
	expect(text).toContain('NOT as expected (hello)');
});
