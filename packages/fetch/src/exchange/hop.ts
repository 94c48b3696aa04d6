import type { CacheMode, LayoutRequest, RequestKind, SiteRelation } from '@wiretwin/profiles';
import type { RequestBody } from '../body/request-body.ts';
import type { CallerHeaders } from '../headers/caller-headers.ts';
import type { Client } from '../initiator/client.ts';
import type { CredentialsMode, PriorityHint, ReferrerPolicy, RequestMode } from '../types/fetch-terms.ts';

/** One request of a chain of redirects, everything decided but the field order. */
export type Hop = {
	readonly url: URL;
	readonly method: string;
	readonly headers: CallerHeaders;
	readonly body: RequestBody | null;
	readonly kind: RequestKind;
	readonly mode: RequestMode | undefined;
	readonly destination: string | undefined;
	readonly credentials: CredentialsMode | undefined;
	readonly cache: CacheMode | undefined;
	readonly fetchPriority: PriorityHint | undefined;
	readonly sync: boolean;
	readonly preflightFor: LayoutRequest['preflightFor'];
	readonly userActivation: boolean | undefined;
	/** Of a stored answer to the first request. */
	readonly validators: LayoutRequest['validators'];
	/** Who caused the request; `undefined` = typed address. */
	readonly client: Client | undefined;
	/** What `referer` is made of: the client's, after a redirect what was shown of it to the hop before (fetch: main fetch). */
	readonly referrer: URL | undefined;
	/** `false`: the caller asked for no `referer` although there is a page. */
	readonly sendReferrer: boolean;
	readonly referrerPolicy: ReferrerPolicy;
	readonly site: SiteRelation;
	readonly originTainted: boolean;
	/** The caller's method and fields before a redirect took the body and what is said of it; `undefined`: they are not to return. */
	readonly aside: { readonly method: string; readonly headers: CallerHeaders } | undefined;
	/** A redirect has led to another origin than it came from. */
	readonly leftOrigin: boolean;
	/** `origin` is not where the first request of the chain has it: that had none, or its method was changed. */
	readonly originAdded: boolean;
	readonly keepalive: boolean;
	/** Names, lower case, of the request that was redirected to this one, in order; `undefined`: a cache answered it. */
	readonly before: readonly string[] | undefined;
	/** No server has redirected to it: it is on its way to https, or sent again with hints that its answer called critical. */
	readonly internal: LayoutRequest['internal'];
	/** URLs whose servers have redirected to it, the first one's first. */
	readonly through: readonly URL[] | undefined;
	/** 0 for the first request, then the number of redirects so far. */
	readonly index: number;
};
