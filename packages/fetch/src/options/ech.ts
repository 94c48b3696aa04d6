import type { NativeTransportOptions } from '@wiretwin/core-native';
import { objectOption, refuse } from './checks.ts';
import { hostKeys } from './host-key.ts';
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
	const lists: Record<string, Uint8Array> = Object.create(null);
	for (const [host, list] of Object.entries(objectOption(given.configs, 'ech.configs'))) {
		const keys = hostKeys(host);
		// One that no request is for would hide no name, and nobody would notice.
		if (keys.length === 0) refuse(`ech.configs.${host}`, 'named by a host, with or without a port');
		const isList = list instanceof Uint8Array && list.length <= longestList;
		if (!isList) refuse(`ech.configs.${host}`, `at most ${longestList} bytes`);
		for (const key of keys) lists[key] = list as Uint8Array;
	}
	return { configs: lists };
}
