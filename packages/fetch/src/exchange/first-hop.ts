import type { Profile, UrlRules } from '@wiretwin/profiles';
import type { RequestBody } from '../body/request-body.ts';
import { InvalidArgumentError } from '../errors/classes.ts';
import { type CallerHeaders, headerValue } from '../headers/caller-headers.ts';
import { askingFor } from '../initiator/asking-for.ts';
import { type Client, clientOfPage } from '../initiator/client.ts';
import { spellAsBrowser } from '../options/browser-url.ts';
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
	const { init, method } = call;
	const { urls } = profile.document.headers;
	const url = spellAsBrowser(call.url, urls);
	const kind = chooseKind(init, method, call.body);
	checkKind(kind, profile.document.headers.kinds);
	const referrer = namedReferrer(init.referrer, url, urls);
	const client = call.initiator
		? askingFor(call.initiator, kind, init.mode, profile, referrer)
		: askedByPage(referrer, headers, url, isTyped(kind, method));
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
		sync: init.sync === true,
		preflightFor: init.preflightFor,
		userActivation: init.userActivation,
		validators: call.validators,
		client,
		referrer: client?.referrer,
		sendReferrer: init.referrer !== '' && init.referrer !== 'no-referrer',
		referrerPolicy: init.referrerPolicy ?? '',
		site: siteRelation(undefined, client, url),
		originTainted: false,
		aside: undefined,
		leftOrigin: false,
		originAdded: false,
		internal: undefined,
		keepalive: init.keepalive === true,
		before: undefined,
		through: undefined,
		index: 0,
	};
}

/** The option `referrer`, if it names a page. */
function namedReferrer(referrer: string | undefined, url: URL, urls: UrlRules | undefined): URL | undefined {
	if (referrer === undefined || ['', 'no-referrer', 'about:client', 'client'].includes(referrer)) return undefined;
	const page = webPage(referrer, url);
	if (page) return spellAsBrowser(page, urls);
	throw new InvalidArgumentError('Option "referrer" must be an http or https URL.', 'ERR_INVALID_OPTION');
}

/**
 * The page that causes the request: `referrer`, else a `referer` header of the caller's. Without either, a navigation
 * counts as typed into the address bar, and everything else as coming from the target's own front page.
 */
function askedByPage(referrer: URL | undefined, headers: CallerHeaders, url: URL, typed: boolean): Client | undefined {
	if (referrer) return clientOfPage(referrer);
	const text = headerValue(headers.list, 'referer');
	const page = text === undefined ? undefined : webPage(text, url);
	if (page) return clientOfPage(page);
	return typed ? undefined : clientOfPage(new URL('/', url));
}
