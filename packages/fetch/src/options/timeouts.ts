import { countOption, objectOption, refuse } from './checks.ts';
import { refuseUnknown } from './near-match.ts';

const parts = ['total', 'queue', 'resolve', 'connect', 'proxy', 'tls', 'send', 'head', 'idle'] as const;
const known: ReadonlySet<string> = new Set(parts);

/** Limits in milliseconds; absent = unlimited. */
export type NormalizedTimeouts = { [part in (typeof parts)[number]]?: number };

/** Reads `timeout`: a number is the total limit. */
export function normalizeTimeouts(value: unknown): NormalizedTimeouts {
	if (value === undefined) return {};
	if (typeof value === 'number') return { total: checked(value, 'timeout') };
	const object = objectOption(value, 'timeout');
	refuseUnknown(object, known, 'timeout');
	const timeouts: NormalizedTimeouts = {};
	for (const part of parts) {
		if (object[part] !== undefined) timeouts[part] = checked(object[part], `timeout.${part}`);
	}
	return timeouts;
}

function checked(value: unknown, name: string): number {
	if (typeof value === 'number' && Number.isFinite(value)) return countOption(Math.ceil(value), name, 1) as number;
	return refuse(name, 'a positive number of milliseconds');
}
