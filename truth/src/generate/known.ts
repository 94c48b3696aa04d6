import type { BrowserName } from '@wiretwin/mirror/browsers';
import { type Finding, isMissingRequest } from './judge.ts';
import { kindOf } from './kinds.ts';
import { type KnownKind, knownKinds } from './known-kinds.ts';
import type { Plan } from './plan.ts';

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
				(typeof each.kind === 'string' ? each.kind === kind : each.kind.test(kind)) &&
				(each.plan?.(plan) ?? true) &&
				(each.finding?.(finding, plan) ?? true),
		);
		if (entry) {
			causes.add(entry.cause);
			moved ||= finding.layer === 'connections' || finding.layer === 'order' || isMissingRequest(finding);
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
