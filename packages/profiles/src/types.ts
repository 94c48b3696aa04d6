/** What a browser profile is: the shape of `data/<browser>/<name>.json`. */

/** Operating systems a profile can have a variant for. */
export type ProfileOs = 'windows' | 'macos' | 'linux' | 'android' | 'ios';

/** Product name in `sec-ch-ua`. Chromium's own builds say `Chromium` only, Google's add `Google Chrome`. */
export type ProfileBrand = 'chromium' | 'google-chrome' | 'edge' | 'opera' | 'brave';

/**
 * How far the bytes are known. `live`: compared with a capture of that very browser; `public-capture`: put together from
 * captures others published; `derived`: computed from a neighbouring release and the release's source.
 */
export type ProfileVerification = 'live' | 'public-capture' | 'derived';

/** Where one group of facts comes from. */
export type ProfileProvenance = {
	/** Which facts: `tls`, `http2`, `headers`, ... */
	facts: string;
	/** What was looked at: a capture in this package, a source file, a published capture. */
	source: string;
	/** Build the facts belong to, e.g. `156.0.8078.79`. */
	build?: string;
	/** ISO date on which it was looked at. */
	date?: string;
};

/** A value as JSON has it. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** A part of the profile that only the native engine reads; its keys are checked by the engine. */
export type EngineSection = { readonly [key: string]: JsonValue };

/**
 * Cookies of other sites than the page's: `sent` as they are, `blocked` (only those marked `Partitioned` work), or
 * `partitioned` (each page's site has a jar of its own for them).
 */
export type ThirdPartyCookies = 'sent' | 'blocked' | 'partitioned';

/** Priority of a request on HTTP/2 and the `priority` field that goes with it. */
export type PriorityLevel = {
	/** RFC 7540 weight, 1..256. */
	weight: number;
	exclusive: boolean;
	/** Lower is more urgent; streams depend on the latest stream of the same or a lower rank. */
	rank: number;
	/** Value of the `priority` field (RFC 9218); absent: the field is not sent. */
	field?: string;
};

/** Order of the fields of one kind of request. A string names a field; objects are groups (see docs/internals/headers.md). */
export type TemplateSlot =
	| string
	/** Client hints the origin may see, in the profile's order, except those that this sort of request does not tell. */
	| { hints: true; except?: readonly string[] }
	/** The caller's fields in call order, except those that stay in their own slot. */
	| { caller: true; except: readonly string[] }
	/** Fields that went through Blink's header map: user agent, content type, the named ones, hints and the caller's. */
	| {
			table: readonly string[];
			/** More names, which the map gets after the hints. */
			late?: readonly string[];
			hints: boolean;
			except: readonly string[];
			/** Hash of the map's keys. Chromium replaced the older one in 129. */
			hash: 'rapid' | 'super-fast';
			/** How the caller's fields reach the map: from a sorted list (fetch) or from a map of their own (XHR). */
			from: 'list' | 'map';
	  };

/** Everything that differs between kinds of requests. */
export type KindRecord = {
	template: string;
	/** @default 'GET' */
	method?: string;
	/** Template of a hop that follows a redirect. @default `template` */
	redirected?: string;
	/** Template of a navigation that is repeated because its answer calls client hints critical. @default it is not repeated */
	repeated?: string;
	/** Template of a request behind the reader's back (`headers.background`). @default the usual one */
	background?: string;
	/** Template of a request that the browser itself took to https (`hsts`). @default that of a redirect */
	upgraded?: string;
	/** Template where a referrer policy is stated, by the request or its page. @default `template` */
	stated?: string;
	/** Template where the browser tightens a stated policy (`tightensReferrer`). @default `template` */
	tightened?: string;
	/** The same after a redirect. @default `redirected` */
	tightenedRedirected?: string;
	/** Hosts after one that was shown a tightened referrer see no more either; so it is with `keepalive`. @default false: as if it had not been */
	keepsTightened?: boolean;
	/** Template of a request that outlives its page. @default that of others */
	keepalive?: string;
	/** Template of such a request after a redirect. @default `redirected` */
	keepaliveRedirected?: string;
	/** Key of `accept`. Absent: no `accept` unless the caller sets one. */
	accept?: string;
	/** Default `sec-fetch-mode`. Absent: none of the `sec-fetch-*` fields. */
	mode?: string;
	dest?: string;
	/** Default credentials mode. @default 'include' */
	credentials?: 'include' | 'same-origin' | 'omit';
	/** `credentials` holds whatever is asked for. @default false */
	credentialsFixed?: boolean;
	/** Keys of `priorities`: the usual one, and those for `fetchPriority`. */
	priority: string;
	priorityHigh?: string;
	priorityLow?: string;
	/** Key of `priorities` where the script waits for the answer (a synchronous XMLHttpRequest). @default that of others */
	prioritySync?: string;
	/** Key of `priorities` for an answer that is kept and asked for again. @default as without one */
	priorityAgain?: string;
	/** The page itself keeps answers and asks for them again; the network's cache then takes no part. @default false */
	pageKeeps?: boolean;
	/** Key of `acceptEncoding`. @default 'secure' */
	acceptEncoding?: string;
	/** How the type that follows from a body (a text, `URLSearchParams`) spells its charset. @default 'UTF-8' */
	bodyCharset?: 'utf-8';
	/**
	 * A script's own type of a body that is a text gets the charset UTF-8 where it has another (XMLHttpRequest, send()): each value
	 * in its place, UTF-8 spelt otherwise too, or as the standard parses it and writes it anew, which a redirect takes back.
	 * @default it stays as it is
	 */
	statedCharset?: 'in-place' | 'parsed';
	/** Cache mode the browser itself chooses for this kind. */
	cache?: string;
	/** Values fixed for this kind, e.g. `sec-purpose: prefetch`. */
	fixed?: { readonly [name: string]: string };
	/** `sec-fetch-site`, whoever asks. */
	site?: 'none';
	/** Cache mode when a service worker asks. @default `cache` */
	serviceWorkerCache?: string;
	/**
	 * Tells the state of third-party storage (`sec-fetch-storage-access`); `unless-keepalive`: where it may not outlive its page.
	 * @default true
	 */
	storageAccess?: boolean | 'unless-keepalive';
	/** Default user activation; absent: `sec-fetch-user` is never sent. */
	user?: boolean;
	/** HTTP/1.1 spelling of the caller's names: as typed, or the browser's own for names it knows. @default 'own' */
	spelling?: 'typed' | 'own';
	/** Sends `origin` to the same origin too when the mode is `cors`. @default false */
	originAlways?: boolean;
	/** Sends `referer` for a document whose origin is nobody else's (sandbox) too. @default false */
	opaqueReferrer?: boolean;
	/** `sec-fetch-mode` is sent in plain text too, where the other fields of fetch metadata are not. @default false */
	modeInPlainText?: boolean;
	/** Instead of `conditionalCache` of all kinds; `null`: conditions of the caller's change nothing. */
	conditionalCache?: string | null;
	/** A preflight is as urgent as what it is for (`preflightFor`), whose levels stand for its own. @default false */
	asUrgentAsAsked?: boolean;
	/** Conditions that a preflight asks leave for switch the cache mode as they do in what it is for (`preflightFor`). @default false */
	conditionsAskedFor?: boolean;
	/**
	 * Referrer policy of what a worker asks for: that of its script, or that of the page where the script states none; that of the
	 * page whose worker it is, which a shared worker has none of; none at all. @default that of its script, as the standard
	 */
	workerPolicy?: 'own-else-page' | 'page' | 'none';
	/**
	 * What is said of a body is taken away with it by a redirect, and is back after the next one that would have left the first
	 * request its body: what the script has stated, or the type that follows from the body too. @default it stays away
	 */
	bodyFieldsReturn?: 'stated' | 'all';
	/** Client hints are not sent at all (workers, preflight). @default true */
	hints?: boolean;
};

/** One operating system's facts. */
export type PlatformRecord = {
	userAgent: string;
	/** Values of client hints that depend on the system, by field name. */
	hints?: { readonly [name: string]: string };
};

/** Client hints (Chromium). */
export type ClientHintsSection = {
	/** Sent without being asked, in this order. */
	default: readonly string[];
	/** Every known hint in the order in which they are added. */
	order: readonly string[];
	/** The order in which they enter the header map of a page's request once an origin has asked for more. */
	tableOrder: readonly string[];
	/** Values that depend on nothing else. */
	values: { readonly [name: string]: string };
	/** Brand lists: `sec-ch-ua` and `sec-ch-ua-full-version-list` by brand. */
	brands: {
		readonly [brand: string]: {
			short: string;
			full: string;
			/** Instead of `thirdPartyCookies.normally`: products differ in it. */
			thirdPartyCookies?: ThirdPartyCookies;
		};
	};
	/** Brand used unless the caller chooses one. */
	brand: string;
};

/** The separator of multipart bodies: a fixed beginning, and one of three kinds of random rest. */
export type FormBoundary = {
	prefix: string;
	/** So many, each drawn from `of`; one that stands there twice comes twice as often. */
	characters?: { of: string; count: number };
	/** Numbers of so many bits without leading zeros, so that the length varies. */
	numbers?: { count: number; bits: 32 | 64; radix: 10 | 16 };
	/** A random UUID (RFC 9562, version 4). */
	uuid?: true;
};

/** Rules for multipart form bodies. */
export type FormSection = {
	boundary: FormBoundary;
	/** Replacements in field and file names, applied in order. */
	escape: ReadonlyArray<readonly [from: string, to: string]>;
	/** Content-Type of an attached file without a known type. */
	defaultFileType: string;
};

/** The part of a profile that TypeScript reads: which fields, with which values, in which order. */
/** What browsers make of cookies, where they differ (docs/internals/cookies.md). */
export type CookieRules = {
	/** A Set-Cookie line without `=` is the value of a nameless cookie, or the name of an empty one; then none is nameless. */
	withoutEquals: 'value' | 'name';
	/** A tab inside name or value is kept; else the cookie is refused. */
	keepsTab: boolean;
	/** Values are UTF-8: other bytes are replaced by U+FFFD. */
	isUtf8: boolean;
	/** A cookie that gets another value keeps its place in the order on the wire. */
	keepsPlace: boolean;
	/** For `__Host-` the path that is `/` without a `Path` will do. */
	hostPrefixWithoutPath: boolean;
	/** What a cookie without SameSite counts as. */
	unstatedSameSite: 'lax' | 'none';
	/** `Clear-Site-Data: "cookies"` takes those of the whole site, or of this very host outside partitions. */
	clears: 'site' | 'host';
	/** What a redirect of another site leads to is cross-site for SameSite, as far as cookies are sent. @default false */
	redirectsCount?: boolean;
};

/** What a browser's HTTP cache makes of answers and requests, where they differ (docs/internals/memory.md). */
export type CacheRules = {
	/** Of `max-age` given twice the last one counts, else the first. */
	lastValueWins: boolean;
	/** `max-age = 100` is read. */
	blanksAboutSign: boolean;
	/** `no-cache="name"` counts as `no-cache`, else it is passed over. */
	fieldNoCache: boolean;
	/** A `max-age` beyond 2^31 is the longest there is, or none. */
	hugeMaxAge: 'longest' | 'none';
	/** An `Expires` that is no date is over, or not there. */
	wrongExpires: 'expired' | 'ignored';
	/** `must-revalidate` does not keep it from guessing how long an answer is fresh. */
	guessesBesideMustRevalidate: boolean;
	/** Statuses whose answers are fresh for a tenth of the time since their last change. */
	guessed: readonly number[];
	/** Statuses whose answers are fresh for good unless they say otherwise. */
	lasting: readonly number[];
	/** Statuses that are kept. @default all but 206 */
	keptStatuses?: readonly number[];
	/** Statuses of answers that are asked for with their validators. @default all */
	askedAgain?: readonly number[];
	/** HEAD is answered from what GET has brought. */
	headFromGet: boolean;
	/** A range is answered from what is kept of the whole. @default false: asked for, as if nothing were kept */
	rangesOfKept?: boolean;
	/** What was stale when it came may be shown as long as if it had just become so. @default false */
	staleFromArrival?: boolean;
	/** What the caller's own `cache-control: no-cache`, `no-store` and `pragma: no-cache` mean: a cache mode. */
	ownNoCache: 'reload' | 'no-cache';
	ownNoStore: 'no-store' | 'default';
	ownPragma: 'reload' | 'default';
	/** Requests without credentials have answers of their own. */
	anonymousApart: boolean;
	/**
	 * Who asks for what another is asking for waits for its whole body, whatever is kept of it, or for its head, and only for the body
	 * of what he can use. @default 'head'
	 */
	waitsFor?: 'head' | 'body';
	/** What a document or worker with an origin that is nobody else's (a sandbox) asks for is kept, too. @default false */
	keepsOpaque?: boolean;
};

export type HeadersSection = {
	platforms: { readonly [os in ProfileOs]?: PlatformRecord };
	/** HTTP/1.1 spelling: names kept in lower case, and names that are not Title-Case. */
	spelling: {
		lower: readonly string[];
		special: readonly string[];
		/** Names that are spelt the browser's way even when the caller typed them (unless the kind says `typed`). */
		own: readonly string[];
		/** Names that are spelt the browser's way in requests of scripts too, because it has set them before the script does. */
		ahead?: readonly string[];
	};
	accept: { readonly [key: string]: string };
	acceptEncoding: { readonly [key: string]: string };
	acceptLanguage: {
		default: string;
		quality: 'tenths' | 'even';
		/** Lists that the browser's build of a language is set to, by locale, where the rule gives another. @default none */
		lists?: { readonly [locale: string]: string };
		/** English follows the languages of a locale that has no list. @default true */
		english?: boolean;
	};
	/** Fields a cache mode adds. */
	cacheModes: { readonly [mode: string]: { readonly [name: string]: string } };
	/** Cache mode the browser switches to when the caller sets a conditional field. */
	conditionalCache: string | null;
	/**
	 * What becomes of cookies of other sites than the page's, unless the user has set it otherwise, and for each state that the
	 * browser can be in what `sec-fetch-storage-access` tells of it; `null`: the field is not sent.
	 */
	thirdPartyCookies: {
		normally: ThirdPartyCookies;
		storageAccess: { readonly [state in ThirdPartyCookies]?: string | null };
		/** The field ends with a redirect that taints the origin (fetch: redirect-tainted origin). @default false */
		endsWithTaint?: boolean;
		/** `origin` goes with the field `inactive` only where the field is sent, not over plain text. @default false */
		originOverTls?: boolean;
	};
	/** Requests without credentials have connections and tickets of their own (Chromium's privacy mode). */
	separateAnonymous: boolean;
	/** Pages of different top-level sites have connections and tickets of their own. */
	separateSites: boolean;
	/** Where third-party cookies are blocked, requests with credentials to other sites have connections and tickets of their own. */
	separateThirdParty: boolean;
	/**
	 * Which frames have connections and tickets of their own: `foreign` all that is asked for inside of a document of another
	 * site than the page's, or of an origin that is nobody else's; `apart` only what goes from there back to the page's own
	 * site. @default none
	 */
	separateFrames?: 'foreign' | 'apart';
	/**
	 * http and https of a host are one site for its cookies, for whose they are (`sec-fetch-storage-access`), and for how much of a page
	 * may be shown; not for `sec-fetch-site`, connections and what is remembered. @default false: as the standard
	 */
	schemelessSites?: boolean;
	/**
	 * What a style sheet names is asked for by the sheet, but for what needs CORS: `sec-fetch-site` is relative to it.
	 * @default false: by the document
	 */
	styleSheetsAsk?: boolean;
	/**
	 * Whatever policy a page states, another site sees no more of it than its origin; top-level navigations apart. See
	 * `keepsTightened` of kinds for what a redirect from there shows. @default false
	 */
	tightensReferrer?: boolean;
	/** What a referrer policy that hides the page makes `origin` of `null` for. @default everything outside of CORS, as the standard */
	policyHidesOrigin?: 'documents';
	/** Outside of CORS an `origin` becomes `null` with a redirect to another origin. @default false */
	redirectHidesOrigin?: boolean;
	/** A single range of bytes goes behind all other fields, spelt by the browser. @default where the caller's fields are */
	singleRange?: 'last';
	/**
	 * How long a WebSocket waits, milliseconds: for the answer to a close frame, once it is written, and for the end of the
	 * connection after the peer's close frame. @default Chromium's, 60,000 and 2,000
	 */
	webSocketClose?: { answerMs: number; endMs: number };
	/** Where the browser's cookies differ from Chromium's. @default Chromium's rules */
	cookies?: CookieRules;
	/**
	 * How the browser goes on to https where a host has asked for it (`Strict-Transport-Security`). `shows`: the plain request
	 * counts as a redirect for `sec-fetch-site` and `origin`, else only its `referer` stays. `apart`: what a page of another
	 * site has learnt of a host is known on pages of that site only. @default it remembers nothing
	 */
	hsts?: { shows: boolean; apart: boolean };
	/** Where the browser's HTTP cache differs from Chromium's. @default Chromium's rules */
	cache?: CacheRules;
	/**
	 * Content codings with a dictionary that an earlier answer has left (RFC 9842), as `accept-encoding` names them behind the
	 * others where there is one. @default none: it keeps no dictionaries
	 */
	dictionaries?: readonly ('dcb' | 'dcz')[];
	/**
	 * How a kept answer is asked for again behind the reader's back, who is shown it meanwhile (`stale-while-revalidate`): at
	 * this priority and with these fields of the cache. @default it is not shown
	 */
	background?: { priority: string; cache?: string };
	/** Value of `te` on HTTP/2. */
	te: string | null;
	clientHints: ClientHintsSection | null;
	priorities: { readonly [name: string]: PriorityLevel };
	templates: { readonly [name: string]: readonly TemplateSlot[] };
	kinds: { readonly [kind: string]: KindRecord };
	/** Kinds that are sent otherwise when a worker asks. */
	workerKinds?: { readonly [kind: string]: KindRecord };
	/** Where the browser reads URLs otherwise than the URL standard. @default as the standard */
	urls?: UrlRules;
	/** A worker at `blob:` shows its origin as `referer`. @default false: nothing */
	blobReferrers?: boolean;
	/** Going back to a page whose address was typed is the user's doing (`sec-fetch-user`), as typing it was. @default true */
	revisitUser?: boolean;
	form: FormSection;
};

/** What a browser makes of URLs, where it is not what the URL standard says. */
export type UrlRules = {
	/** `|` in a path is sent as `%7C`. @default false */
	escapesPipe?: boolean;
	/** A redirect whose Location is empty is shown as an answer. @default false: it leads to where it came from */
	showsEmptyLocation?: boolean;
	/** Control bytes of a Location are escaped before it is read. @default false: dropped at its ends, tabs everywhere */
	escapesControlsOfLocation?: boolean;
};

/** A whole profile file. */
export type ProfileDocument = {
	schema: 1;
	name: string;
	browser: string;
	version: string;
	/** Systems with a variant; the first is the default. */
	os: readonly ProfileOs[];
	/** How far the bytes are known on `verifiedOs`. */
	verified: ProfileVerification;
	/** System that `verified` is true of; on others the bytes are derived. @default the first of `os` */
	verifiedOs?: ProfileOs;
	provenance: readonly ProfileProvenance[];
	tls: EngineSection;
	http2: EngineSection;
	http1: EngineSection;
	/** Name servers: who is asked what, and how long that is waited for. @default asks for addresses only */
	dns?: EngineSection;
	headers: HeadersSection;
};

/** A profile made ready for one operating system. */
export type Profile = {
	readonly name: string;
	readonly browser: string;
	readonly version: string;
	readonly os: ProfileOs;
	readonly brand: string | undefined;
	/** What becomes of cookies of other sites than the page's. */
	readonly thirdPartyCookies: ThirdPartyCookies;
	/** What client hints say of the build; `undefined` for browsers without such hints. */
	readonly fullVersion: string | undefined;
	readonly verified: ProfileVerification;
	readonly provenance: readonly ProfileProvenance[];
	readonly document: ProfileDocument;
};

/**
 * A product that is another one under its own name: same file, other brand. What it does not state is that of `of`, whose
 * provenance follows its own.
 */
export type ProfileEdition = {
	name: string;
	browser: string;
	/** Profile whose file it shares. */
	of: string;
	brand: ProfileBrand;
	os: readonly ProfileOs[];
	verified: ProfileVerification;
	provenance: readonly ProfileProvenance[];
};

/** What `getProfiles()` lists; read from the index, no profile file is opened. */
export type ProfileSummary = {
	name: string;
	browser: string;
	version: string;
	/** Systems with a variant; the first is the default. */
	os: readonly ProfileOs[];
	verified: ProfileVerification;
	/** System that `verified` is true of; on others the bytes are derived. */
	verifiedOs: ProfileOs;
	provenance: readonly ProfileProvenance[];
	/** Profile that this one is but for its brand: `chrome_131` of `chromium_131`. */
	of?: string;
	/** Other names that resolve to this profile. */
	aliases: readonly string[];
};

export type ProfileOptions = {
	/** Operating system to speak for. @default that of most users: the first of the profile's `os` */
	os?: ProfileOs;
	/** Product name in `sec-ch-ua`. @default the profile's own */
	brand?: ProfileBrand;
	/** What becomes of cookies of other sites than the page's: a setting of the user's. @default the browser's own */
	thirdPartyCookies?: ThirdPartyCookies;
	/**
	 * Four numbers as in `sec-ch-ua-full-version`, of the profile's own major version: users of one release are on
	 * different patches of it. @default that of the build which the profile is of
	 */
	fullVersion?: string;
};
