import type { HeadersSection, KindRecord } from '../types.ts';
import type { LayoutRequest } from './types.ts';

/** What differs between kinds of requests: workers send some otherwise. */
export function kindRecord(
	{ kinds, workerKinds }: HeadersSection,
	kind: string,
	client: LayoutRequest['client'],
): KindRecord | undefined {
	const ofWorker = workerKinds !== undefined && client !== undefined && client !== 'document';
	if (ofWorker && Object.hasOwn(workerKinds, kind)) return workerKinds[kind];
	return Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
}
