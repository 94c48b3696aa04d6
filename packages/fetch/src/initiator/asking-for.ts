import type { HeadersSection, KindRecord, Profile, RequestKind } from '@wiretwin/profiles';
import type { RequestMode } from '../types/fetch-terms.ts';
import type { Client } from './client.ts';

/** The client as the browser sees it when it asks for this. `referrer`: what the caller names instead of it. */
export function askingFor(
	client: Client,
	kind: RequestKind,
	mode: RequestMode | undefined,
	profile: Profile | undefined,
	referrer: URL | undefined,
): Client {
	const headers = profile?.document.headers;
	const record = headers?.kinds[kind];
	const isCors = (mode ?? record?.mode) === 'cors';
	const { styleSheet } = client;
	const site = styleSheet && headers?.styleSheetsAsk && !isCors ? styleSheet : client.site;
	return {
		...client,
		site,
		referrer: referrer ?? styleSheet ?? shownBy(client, record, headers),
		isForeign: client.isForeign || (isWorker(client) && !client.origin && headers?.separateFrames === 'apart'),
	};
}

/** What a client without an origin or address of its own shows of itself differs. */
function shownBy(
	{ origin, referrer }: Client,
	kind: KindRecord | undefined,
	headers: HeadersSection | undefined,
): URL | undefined {
	if (!origin) return kind?.opaqueReferrer ? referrer : undefined;
	return referrer ?? (headers?.blobReferrers ? origin : undefined);
}

function isWorker({ type }: Client): boolean {
	return type !== 'document';
}
