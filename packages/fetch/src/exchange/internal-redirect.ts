import type { Profile } from '@wiretwin/profiles';
import { isSameOrigin } from '../cookies/site.ts';
import { summarize } from '../errors/wiretwin-error.ts';
import { headerValues } from '../headers/caller-headers.ts';
import type { ClientHintMemory } from '../memory/client-hints.ts';
import type { NormalizedCall } from '../options/fetch-init.ts';
import { nextHop } from '../redirect/next-hop.ts';
import { refusal } from '../redirect/redirect-target.ts';
import { siteRelation } from '../redirect/site-relation.ts';
import { WiretwinResponse } from '../response/wiretwin-response.ts';
import type { RedirectRecord } from '../types/response.ts';
import type { FollowContext } from './follow.ts';
import type { Hop } from './hop.ts';
import { isNavigation } from './kinds.ts';
import { noConnection } from './local.ts';
import { sentReferer } from './run-hop.ts';
import { overTls } from './upgraded-exchange.ts';

/** Who says that a host wants https: itself, or its HTTPS record. The browser's own words. */
export type UpgradeReason = 'HSTS' | 'DNS';

/** What a browser answers to itself. */
export type OwnAnswer = { url: string; location: string; reason: UpgradeReason };

/**
 * Goes on to https because the host has asked for it (RFC 6797 8.3) or has an HTTPS record (RFC 9460 9.5), as browsers do: without a byte in plain text, and as a
 * redirect 307 for those who forbid redirects or follow them themselves.
 * @param siteBefore `sec-fetch-site` of the hop before, `undefined` for the first one
 */
export function upgrade(
	hop: Hop,
	siteBefore: Hop['site'] | undefined,
	redirects: RedirectRecord[],
	call: NormalizedCall,
	{ session, transport, observer }: FollowContext,
	reason: UpgradeReason,
): Hop | OwnAnswer {
	const mode = call.redirect ?? session.redirect;
	const summary = summarize(hop.method, hop.url);
	const target = overTls(hop.url);
	const { href: location } = target;
	observer?.hop(hop, transport.profile).redirected(location, reason);
	if (mode === 'manual') return { url: summary.url, location, reason };
	if (mode === 'error')
		throw refusal('ERR_REDIRECT_FORBIDDEN', 'to https is not allowed by redirect: "error"', summary);
	if (redirects.length >= (call.maxRedirects ?? session.maxRedirects)) {
		throw refusal('ERR_REDIRECT_TOO_MANY', `is one more than the ${redirects.length} allowed`, summary);
	}
	redirects.push({ url: summary.url, status: 307, location, reason });
	return upgradedHop(hop, target, siteBefore, transport.profile);
}

/** Nothing has been sent, so fields and body of the caller's stay, whatever a redirect would take away. */
function upgradedHop(hop: Hop, target: URL, siteBefore: Hop['site'] | undefined, profile: Profile): Hop {
	const referer = sentReferer(hop, profile);
	if (profile.document.headers.hsts?.shows) {
		const headers = hasOrigin(hop) ? ['origin', ''] : [];
		const next = nextHop({ ...hop, body: null }, 307, [], target, summarize(hop.method, hop.url), { headers, referer });
		return { ...next, headers: hop.headers, body: hop.body, through: hop.through, internal: 'upgraded' };
	}
	return {
		...hop,
		url: target,
		index: hop.index + 1,
		internal: 'upgraded',
		referrer: referer === undefined ? undefined : new URL(referer),
		site: siteRelation(siteBefore, hop.client, target),
	};
}

/** Whether the plain request would have had `origin` (fetch: append a request Origin header). */
function hasOrigin({ method, kind, mode, client, url }: Hop): boolean {
	if (method !== 'GET' && method !== 'HEAD') return true;
	if (isNavigation(kind) || mode === 'no-cors' || client === undefined) return false;
	return client.origin === undefined || !isSameOrigin(client.origin, url);
}

/** The answer of the browser's own for those who follow redirects themselves, as its tools show it. */
export function answeredByBrowser(
	{ url, location, reason }: OwnAnswer,
	redirects: readonly RedirectRecord[],
	signal: AbortSignal | undefined,
): WiretwinResponse {
	const facts = {
		status: 307,
		statusText: 'Internal Redirect',
		url,
		rawHeaders: ['Location', location, 'Non-Authoritative-Reason', reason],
		connection: noConnection,
		redirects,
		timings: () => ({}),
		trailers: () => [],
		signal,
	};
	return new WiretwinResponse(facts, null);
}

/**
 * Whether an answer calls hints critical that its request had not (client hints reliability: Critical-CH). They count only if
 * `Accept-CH` asks for them, too. One repetition: what is remembered by then is sent.
 */
export function asksAgain(
	{ method, internal, url }: Hop,
	rawHeaders: readonly string[],
	sent: readonly string[] | undefined,
	hints: ClientHintMemory,
): boolean {
	if (internal === 'repeated' || (method !== 'GET' && method !== 'HEAD')) return false;
	const wanted = hints.wanted(url);
	if (wanted === undefined) return false;
	const critical = headerValues(rawHeaders, 'critical-ch').flatMap((value) => value.split(','));
	return critical.some((text) => {
		const name = text.trim().toLowerCase();
		return wanted.includes(name) && !sent?.includes(name) && !hints.isDefault(name);
	});
}
