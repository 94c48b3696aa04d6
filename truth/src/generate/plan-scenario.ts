import { IDN_ASCII, type Scenario, type ServerOptions } from '../scenario.ts';
import { answerOf } from './answers.ts';
import { runInBrowser } from './browser-side.ts';
import type { Plan, PlanServer } from './plan.ts';
import { type Alter, runInWiretwin } from './wiretwin-side.ts';

/** A plan as a scenario: what `make truth GENERATE=` runs, and what the suite can keep of it. */
export function planScenario(name: string, plan: Plan, alter?: Alter): Scenario {
	return {
		name,
		server: { extraHosts: [IDN_ASCII], morePorts: 1, ...serverOptions(plan.server ?? {}) },
		...(plan.page.early ? { optional: true } : {}),
		answer: answerOf(plan),
		browser: (browser, stage) => runInBrowser(plan, browser, stage),
		wiretwin: (session, stage) => runInWiretwin(plan, session, stage, alter),
	};
}

function serverOptions({ protocol, tls, settings }: PlanServer): ServerOptions {
	return {
		...(protocol ? { protocols: [protocol] } : {}),
		...(tls === 'none' ? { tls: false } : tls ? { tlsVersions: ['1.2', '1.2'] as const } : {}),
		...(settings ? { http2: { settings } } : {}),
	};
}
