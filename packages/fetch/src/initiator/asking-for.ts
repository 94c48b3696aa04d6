import type { Profile, RequestKind } from '@wiretwin/profiles';
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
	return { ...client, site, referrer: referrer ?? styleSheet ?? ownReferrer(client, record?.opaqueReferrer) };
}

/** What a document whose origin is nobody else's shows of itself differs. */
function ownReferrer({ origin, referrer }: Client, ofOpaque = false): URL | undefined {
	return origin || ofOpaque ? referrer : undefined;
}
