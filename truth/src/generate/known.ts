import type { BrowserName } from '@wiretwin/mirror/browsers';
import { turnsOf } from './acts.ts';
import type { Finding } from './judge.ts';
import { kindOf } from './kinds.ts';
import type { Plan, Step } from './plan.ts';

/** A difference that is understood and not mended. It does not fail a run; the report counts it apart. */
export type KnownKind = {
	/** Absent: both. */
	browser?: BrowserName;
	/** Of the kind of difference, as reports call it. */
	kind: RegExp;
	/** Plans that can show it. @default all */
	plan?: (plan: Plan) => boolean;
	/** What is seen of it. @default anything of the kind */
	finding?: (finding: Finding) => boolean;
	/** Why, and what would mend it. */
	cause: string;
};

/** Whoever mends one takes its line out: the fixed seed of CI then shows whether it was all. */
export const knownKinds: readonly KnownKind[] = [
	{
		kind: /^connection: order/,
		plan: (plan) => plan.steps.some(startsUnlike),
		cause:
			'What one turn starts in different ways (elements, workers, calls) leaves when each of them is ready; wiretwin sends in the order of the calls.',
	},
	{
		browser: 'chromium',
		kind: /: priority HEADERS$/,
		plan: (plan) => plan.steps.some(({ do: what }) => what === 'together' || what === 'sheet'),
		finding: ({ browser, wiretwin }) => weightOf(browser) === weightOf(wiretwin),
		cause:
			'A stream depends on the latest that is still open, and whether an answer has ended is between browser and peer.',
	},
	{
		browser: 'firefox',
		kind: /: (connections (connection|number of connections))$/,
		plan: (plan) => hostsOf(plan).size > 1,
		cause: 'Which of several possible connections Firefox takes depends on which was ready first (truth.md, LIMIT).',
	},
	{
		browser: 'chromium',
		kind: /: (connections (connection|number of connections))$/,
		plan: ({ server }) => server?.protocol === 'http/1.1' || server?.tls === 'none',
		cause: 'Chromium opens a spare connection for a navigation over HTTP/1.1 (truth.md, LIMIT).',
	},
];

/** Steps of one turn that do not all go the way of a script's call. */
function startsUnlike(step: Step): boolean {
	if (step.do === 'sheet') return step.asks.length > 1;
	return (
		step.do === 'together' &&
		step.steps.some(({ do: what }) => what === 'load' || what === 'events' || what === 'frame-form')
	);
}

const weightOf = (value: string | null): string => value?.replace(/ on \d+$/, '') ?? '';

function hostsOf(plan: Plan): Set<string> {
	return new Set(turnsOf(plan).flatMap((turn) => turn.flatMap(({ url, end }) => [url.host, end.host])));
}

/** What remains of findings without those that are known, and the causes of the latter. */
export function explain(
	findings: readonly Finding[],
	plan: Plan,
	browser: BrowserName,
	list: readonly KnownKind[] = knownKinds,
): { rest: Finding[]; known: string[] } {
	const causes = new Set<string>();
	let moved = false;
	const rest = findings.filter((finding) => {
		const kind = kindOf(finding, plan);
		const entry = list.find(
			(each) =>
				(each.browser ?? browser) === browser &&
				each.kind.test(kind) &&
				(each.plan?.(plan) ?? true) &&
				(each.finding?.(finding) ?? true),
		);
		if (entry) {
			causes.add(entry.cause);
			moved ||= finding.layer === 'connections' || finding.layer === 'order';
		}
		return entry === undefined;
	});
	// The bytes of a request that is known to differ differ too, and with them the tables of its connection.
	const bytes = moved ? MOVED : BYTES;
	const told = causes.size > 0 ? rest.filter(({ layer }) => !bytes.has(layer)) : rest;
	return { rest: told, known: [...causes] };
}

const BYTES: ReadonlySet<Finding['layer']> = new Set(['hpack', 'records', 'http1']);
/** What another connection or another place on it changes. */
const MOVED: ReadonlySet<Finding['layer']> = new Set([...BYTES, 'connections', 'order', 'hello', 'frames']);
