import { createHash } from 'node:crypto';
import type { ClientHello } from '../capture/client-hello.ts';
import { isGrease } from '../capture/tls-names.ts';

/** JA3 (Salesforce) and JA3n (extensions sorted), as text and MD5. GREASE is left out everywhere. */
export function ja3(hello: ClientHello): { ja3: string; ja3Hash: string; ja3n: string; ja3nHash: string } {
	const extensions = withoutGrease(hello.extensions.map((extension) => extension.id));
	const inOrder = ja3Text(hello, extensions);
	const sorted = ja3Text(
		hello,
		extensions.toSorted((a, b) => a - b),
	);
	return { ja3: inOrder, ja3Hash: md5(inOrder), ja3n: sorted, ja3nHash: md5(sorted) };
}

function ja3Text(hello: ClientHello, extensions: number[]): string {
	const lists = [
		withoutGrease(hello.cipherIds),
		extensions,
		withoutGrease(hello.supportedGroups),
		hello.ecPointFormats,
	];
	return [hello.legacyVersion, ...lists.map((list) => list.join('-'))].join(',');
}

function withoutGrease(values: number[]): number[] {
	return values.filter((value) => !isGrease(value));
}

function md5(text: string): string {
	return createHash('md5').update(text).digest('hex');
}
