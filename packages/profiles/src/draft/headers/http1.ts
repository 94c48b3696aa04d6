/** What HTTP/1.1 heads add to the list of fields: names in front, names left out, spelling. */

import { createSpeller } from '../../headers/spelling.ts';
import type { EngineSection } from '../../types.ts';
import type { Fitting, Layout, Sight } from './sight.ts';

const LEADING: readonly string[] = ['host', 'connection', 'content-length'];

/** `http1` as the heads show it; without a head it is the base's. */
export function fitHttp1(
	base: EngineSection,
	sights: readonly Sight[],
	layout: (sight: Sight) => Layout,
): { section: EngineSection; seen: string[] } {
	const heads = sights.filter(({ isHttp1, kind }) => isHttp1 && kind !== 'websocket');
	if (heads.length === 0) return { section: base, seen: [] };
	const leading = LEADING.filter((name) => leads(name, heads));
	const sent = new Set(heads.flatMap(({ names }) => names));
	const expected = new Set(heads.flatMap((sight) => layout(sight).names));
	const drop = [...expected].filter((name) => !sent.has(name) && name !== 'connection');
	const [connection] = heads.flatMap(({ values }) => values.get('connection') ?? []);
	return {
		section: { ...base, leading, drop, connection: connection ?? null },
		seen: ['leading', 'drop', 'connection'],
	};
}

/** In front of everything but names that lead as well. */
function leads(name: string, heads: readonly Sight[]): boolean {
	const front = (sight: Sight): string[] => {
		const names = sight.request.record.headers.map(([each]) => each.toLowerCase());
		const end = names.findIndex((each) => !LEADING.includes(each));
		return names.slice(0, end < 0 ? names.length : end);
	};
	const having = heads.filter(({ names }) => name === 'host' || names.includes(name));
	return having.length > 0 && having.every((sight) => front(sight).includes(name));
}

/** Names that the browser does not spell as the profile says. */
export function fitSpelling(headers: Fitting, sights: readonly Sight[]): void {
	const { spelling } = headers;
	for (const { isHttp1, spelt, own } of sights) {
		if (!isHttp1) continue;
		for (const [name, seen] of spelt) {
			if (own.has(name) || createSpeller(spelling.lower, spelling.special)(name) === seen) continue;
			spelling.lower = spelling.lower.filter((each) => each !== name);
			spelling.special = spelling.special.filter((each) => each.toLowerCase() !== name);
			if (seen === name) spelling.lower.push(name);
			else spelling.special.push(seen);
		}
	}
}
