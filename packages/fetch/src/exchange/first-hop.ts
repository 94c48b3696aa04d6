import type { Profile } from '@wiretwin/profiles';
import type { RequestBody } from '../body/request-body.ts';
import { InvalidArgumentError } from '../errors/classes.ts';
import { type CallerHeaders, headerValue } from '../headers/caller-headers.ts';
import { checkKind, type NormalizedCall } from '../options/fetch-init.ts';
import { siteRelation } from '../redirect/site-relation.ts';
import type { Hop } from './hop.ts';
import { chooseKind } from './kinds.ts';
import { isTyped, webPage } from './page-facts.ts';

/** Makes the first request of a call from its checked arguments. `headers` are the session's and the call's, merged. */
export function firstHop(
	call: NormalizedCall,
	headers: CallerHeaders,
	body: RequestBody | null,
	profile: Profile,
): Hop {
	const { init, url, method } = call;
	const kind = chooseKind(init, method, call.body);
	checkKind(kind, profile.document.headers.kinds);
	const page = pageOf(init.referrer, headers, url, isTyped(kind, method));
	return {
		url,
		method,
		headers,
		body,
		kind,
		mode: init.mode,
		destination: init.destination === '' ? undefined : init.destination,
		credentials: init.credentials,
		cache: init.cache,
		fetchPriority: init.priority,
		userActivation: init.userActivation,
		initiator: page,
		sendReferrer: init.referrer !== '' && init.referrer !== 'no-referrer',
		referrerPolicy: init.referrerPolicy ?? '',
		site: siteRelation(undefined, page, url),
		originTainted: false,
		index: 0,
	};
}

/**
 * The page that causes the request: `referrer`, else a `referer` header of the caller's. Without either, a navigation
 * counts as typed into the address bar, and everything else as coming from the target's own front page.
 */
function pageOf(referrer: string | undefined, headers: CallerHeaders, url: URL, typed: boolean): URL | undefined {
	const named = referrer !== undefined && !['', 'no-referrer', 'about:client', 'client'].includes(referrer);
	const text = named ? referrer : headerValue(headers.list, 'referer');
	if (text !== undefined) {
		const page = webPage(text, url);
		if (page) return page;
		if (named) throw new InvalidArgumentError('Option "referrer" must be an http or https URL.', 'ERR_INVALID_OPTION');
	}
	return typed ? undefined : new URL('/', url);
}
