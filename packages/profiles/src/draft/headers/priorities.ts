/** Weights and `priority` fields of the kinds of requests, off their HEADERS frames. */
import type { PriorityLevel } from '../../types.ts';
import { settle, type Use } from './settle.ts';
import { type Fitting, kindOf, type Sight } from './sight.ts';

const same = (a: PriorityLevel, b: PriorityLevel): boolean =>
	a.weight === b.weight && a.exclusive === b.exclusive && a.field === b.field;

/** @param ranks whether a stream's parent follows from the rank: then equal weights are of one rank, higher ones before lower */
export function fitPriorities(headers: Fitting, sights: readonly Sight[], ranks: boolean): void {
	const uses = new Map<string, Use<PriorityLevel>>();
	for (const sight of sights) {
		const kind = kindOf(headers, sight);
		const block = sight.request.record.priority;
		if (!kind || sight.isHttp1 || sight.own.has('priority')) continue;
		const { fetchPriority } = sight.request.context;
		const slot =
			fetchPriority === 'high' ? 'priorityHigh' : fetchPriority === 'low' ? 'priorityLow' : ('priority' as const);
		const name = slot === 'priority' ? sight.kind : `${sight.kind}-${fetchPriority}`;
		const field = sight.values.get('priority');
		const current = headers.priorities[kind[slot] ?? kind.priority];
		const wanted: PriorityLevel = {
			weight: block?.weight ?? current?.weight ?? 16,
			exclusive: block ? block.exclusive === 1 : (current?.exclusive ?? false),
			rank: current?.rank ?? 0,
			...(field === undefined ? {} : { field }),
		};
		// The first request of a kind counts: later ones may have been raised while they waited.
		if (!uses.has(name)) {
			const point = (key: string): void => {
				kind[slot] = key;
			};
			uses.set(name, { name, key: kind[slot] ?? kind.priority, wanted, point });
		}
	}
	settle(headers.priorities, [...uses.values()], same);
	if (ranks) rankByWeight(headers);
}

/** The most urgent has rank 0. */
function rankByWeight({ priorities }: Fitting): void {
	const levels = Object.values(priorities);
	const weights = [...new Set(levels.map(({ weight }) => weight))].sort((left, right) => right - left);
	for (const level of levels) level.rank = weights.indexOf(level.weight);
}
