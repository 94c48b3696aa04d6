import { countOption, objectOption, refuse } from './checks.ts';
import { refuseUnknown } from './near-match.ts';

const parts = ['total', 'queue', 'resolve', 'connect', 'proxy', 'tls', 'send', 'head', 'idle'] as const;
const known: ReadonlySet<string> = new Set(parts);

/** Limits in milliseconds; absent = unlimited. */
export type NormalizedTimeouts = { [part in (typeof parts)[number]]?: number };

/** Reads `timeout`: a number is the total limit; 0 and `Infinity` are no limit, in every place. */
export function normalizeTimeouts(value: unknown): NormalizedTimeouts {
	if (value === undefined) return {};
	if (typeof value === 'number') return only('total', checked(value, 'timeout'));
	const object = objectOption(value, 'timeout', 'a number of milliseconds or an object of limits');
	refuseUnknown(object, known, 'timeout');
	const timeouts: NormalizedTimeouts = {};
	for (const part of parts) {
		if (object[part] !== undefined) Object.assign(timeouts, only(part, checked(object[part], `timeout.${part}`)));
	}
	return timeouts;
}

function only(part: (typeof parts)[number], limitMs: number | undefined): NormalizedTimeouts {
	return limitMs === undefined ? {} : { [part]: limitMs };
}

function checked(value: unknown, name: string): number | undefined {
	if (value === 0 || value === Number.POSITIVE_INFINITY) return undefined;
	if (typeof value === 'number' && value > 0) return countOption(Math.ceil(value), name, 1) as number;
	return refuse(name, 'a positive number of milliseconds, or 0 for no limit');
}
