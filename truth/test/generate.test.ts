import { describe, expect, it } from 'vitest';
import { composePlan } from '../src/generate/compose.ts';
import { deliberateErrors } from '../src/generate/deliberate-errors.ts';
import { kindsOf } from '../src/generate/kinds.ts';
import { explain } from '../src/generate/known.ts';
import { drawPlan, measurePlan, type Sides } from '../src/generate/measure.ts';
import type { Plan } from '../src/generate/plan.ts';
import { Random, seedOf } from '../src/generate/random.ts';
import { runGenerate } from '../src/generate/run-generate.ts';
import { shrinkPlan } from '../src/generate/shrink.ts';
import { perturbations } from '../src/perturbations.ts';
import { chooseProfile } from '../src/profile-choice.ts';

const right = chooseProfile({ name: 'chromium', version: '156.0.0.0' }).profile;
const wrong = perturbations.find(({ name }) => name === 'another HEADERS weight')?.apply(right) ?? right;

/** wiretwin in the place of the browser too: what is tested is the way from a plan to a verdict. */
function sides(profile: typeof right): Sides {
	return {
		name: 'chromium',
		browser: (run) => run.observeWiretwin(right),
		wiretwin: (run) => run.observeWiretwin(profile),
	};
}

const plans = Array.from({ length: 40 }, (_, index) => composePlan(new Random(seedOf(5, index)), 'chromium'));

describe('generated situations', () => {
	it('are the same for the same seed, and plain data', () => {
		const again = plans.map((_plan, index) => composePlan(new Random(seedOf(5, index)), 'chromium'));
		expect(again).toEqual(plans);
		expect(JSON.parse(JSON.stringify(plans))).toEqual(plans);
		expect(composePlan(new Random(seedOf(6, 0)), 'chromium')).not.toEqual(plans[0]);
	});

	it('show no difference between wiretwin and itself', async () => {
		// What leaves at once arrives in this order or that, on whichever connection.
		const isSteady = ({ steps }: Plan): boolean => !steps.some((step) => step.do === 'together' || step.do === 'sheet');
		for (const plan of plans.filter(isSteady)) {
			const first = await drawPlan(plan, sides(right));
			const { steady } = await measurePlan(plan, sides(right), first);
			expect({ plan, steady }).toEqual({ plan, steady: [] });
		}
	});

	it('find what is wrong and shrink the plan to it', async () => {
		const plan: Plan = {
			server: { settings: [] },
			page: { cookies: ['a=1'], policy: 'origin' },
			steps: [
				{ do: 'fetch', to: { tail: '/x', redirects: [{ status: 302 }] }, method: 'POST', body: `'text'` },
				{ do: 'link', to: { host: 'other.example' } },
			],
		};
		const findings = await drawPlan(plan, sides(wrong));
		const [kind = ''] = kindsOf(findings, plan);
		expect(kind).toContain('priority HEADERS');
		const smallest = await shrinkPlan(plan, kind, sides(wrong), Number.POSITIVE_INFINITY);
		expect(smallest).toEqual({ page: {}, steps: expect.any(Array) });
		expect(smallest.steps).toHaveLength(1);
	});

	it('are counted by kind of difference', async () => {
		const result = await runGenerate([sides(wrong), sides(wrong)], { seed: 5, seconds: 3600, limit: 3 });
		expect(result.situations).toBe(
			result.equal + result.unsteady + result.explained + result.different + result.broken.length,
		);
		expect(result.found.map(({ kind }) => kind)).toContain('page: priority HEADERS');
	});

	it('are explained by a known cause only as far as it goes', () => {
		const { steps } = {
			steps: [
				{ do: 'fetch', to: {} },
				{ do: 'load', what: 'image', to: {} },
			],
		} as const;
		const apart: Plan = { page: {}, steps };
		const together: Plan = { page: {}, steps: [{ do: 'together', steps }] };
		const order = { layer: 'order', label: 'order', offset: 0, hex: false } as const;
		const swapped = { ...order, browser: 'GET /page, GET /2, GET /1', wiretwin: 'GET /page, GET /1, GET /2' };
		expect(explain([swapped], together, 'chromium').rest).toEqual([]);
		expect(explain([swapped], apart, 'chromium').rest).toEqual([swapped]);
		const late = { ...order, browser: 'GET /1, GET /page, GET /2', wiretwin: 'GET /page, GET /1, GET /2' };
		expect(explain([late], together, 'chromium').rest).toEqual([late]);
	});

	it.each(['chromium', 'firefox'] as const)('have deliberate errors that %s can have', (name) => {
		const version = name === 'chromium' ? '156.0.0.0' : '153.0';
		const { profile } = chooseProfile({ name, version });
		const concerned = deliberateErrors.filter(({ only = name }) => only === name);
		expect(concerned.length).toBeGreaterThan(20);
		for (const { apply } of concerned) expect(apply?.(profile).document).not.toEqual(profile.document);
	});
});
