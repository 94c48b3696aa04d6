import type { BrowserName } from '@wiretwin/mirror/browsers';
import type { Finding } from './judge.ts';
import { kindOf } from './kinds.ts';
import type { Plan } from './plan.ts';

/** A difference that is understood and not mended. It does not fail a run; the report counts it apart. */
export type KnownKind = {
	/** Absent: both. */
	browser?: BrowserName;
	/** Of the kind of difference, as reports call it. */
	kind: RegExp;
	/** Plans that can show it. @default all */
	plan?: (plan: Plan) => boolean;
	/** Why, and what would mend it. */
	cause: string;
};

/** Whoever mends one takes its line out: the fixed seed of CI then shows whether it was all. */
export const knownKinds: readonly KnownKind[] = [];

/** What remains of findings without those that are known, and the causes of the latter. */
export function explain(
	findings: readonly Finding[],
	plan: Plan,
	browser: BrowserName,
	list: readonly KnownKind[] = knownKinds,
): { rest: Finding[]; known: string[] } {
	const causes = new Set<string>();
	const rest = findings.filter((finding) => {
		const kind = kindOf(finding, plan);
		const entry = list.find(
			(each) => (each.browser ?? browser) === browser && each.kind.test(kind) && (each.plan?.(plan) ?? true),
		);
		if (entry) causes.add(entry.cause);
		return entry === undefined;
	});
	// The bytes of a request that is known to differ differ too, and with them the tables of its connection.
	const told = causes.size > 0 ? rest.filter(({ layer }) => !BYTES.has(layer)) : rest;
	return { rest: told, known: [...causes] };
}

const BYTES: ReadonlySet<Finding['layer']> = new Set(['hpack', 'records', 'http1']);
