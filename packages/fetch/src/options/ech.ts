import type { NativeTransportOptions } from '@wiretwin/core-native';
import { objectOption, refuse } from './checks.ts';
import { refuseUnknown } from './near-match.ts';

/** Its own length field and what that can say (RFC 9849 section 4). */
const longestList = 2 + 65_535;
const known: ReadonlySet<string> = new Set(['configs']);

/** Checks `ech` of a transport. */
export function normalizeEch(value: unknown): NonNullable<NativeTransportOptions['ech']> | undefined {
	if (value === undefined || value === 'auto') return undefined;
	if (value === 'grease') return { onlyGrease: true };
	const given = objectOption(value, 'ech', `'auto', 'grease' or an object, as { configs: { 'example.org': bytes } }`);
	refuseUnknown(given, known, 'ech');
	const configs = Object.entries(objectOption(given.configs, 'ech.configs'));
	const lists = configs.map(([host, list]): [string, Uint8Array] => {
		const isList = list instanceof Uint8Array && list.length <= longestList;
		return [host.toLowerCase(), isList ? list : refuse(`ech.configs.${host}`, `at most ${longestList} bytes`)];
	});
	return { configs: Object.fromEntries(lists) };
}
