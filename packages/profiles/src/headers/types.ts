import type { PriorityLevel } from '../types.ts';

/** What the request is for; decides template, `accept`, `sec-fetch-*` and priority. */
export type RequestKind =
	| 'navigate'
	| 'reload'
	| 'form'
	| 'fetch'
	| 'xhr'
	/** Blocking, in the head. */
	| 'script'
	/** Blocking, in the body: the page is already being shown. */
	| 'script-body'
	| 'script-async'
	| 'script-defer'
	| 'module'
	/** `import ... with { type: 'json' }` */
	| 'module-json'
	/** `import ... with { type: 'css' }` */
	| 'module-style'
	| 'modulepreload'
	| 'style'
	| 'image'
	/** In view of the page while it is loading (Chromium's first large ones). */
	| 'image-visible'
	/** Known to be in view when it is asked for. */
	| 'image-in-view'
	| 'image-lazy'
	| 'image-background'
	| 'font'
	| 'iframe'
	/** A form that is sent into a frame. */
	| 'frame-form'
	/** A link with the attribute `download`. */
	| 'download'
	| 'object'
	| 'embed'
	| 'video'
	| 'audio'
	| 'track'
	| 'manifest'
	| 'favicon'
	| 'worker'
	| 'sharedworker'
	| 'serviceworker'
	/** `importScripts()` of a worker. */
	| 'import-scripts'
	/** `import` at the head of a module worker or of what it imports. */
	| 'worker-import'
	| 'preload-script'
	| 'preload-style'
	| 'preload-font'
	| 'preload-image'
	| 'preload-fetch'
	| 'prefetch'
	/** `<link rel=compression-dictionary>`. */
	| 'compression-dictionary'
	/** Named by `Link` in a 103 answer, before the page is there. */
	| 'early-script'
	| 'early-style'
	| 'early-image'
	| 'early-font'
	| 'early-module'
	| 'early-fetch'
	/** Speculation rules, for pages of the same site. */
	| 'speculation-prefetch'
	| 'speculation-prerender'
	/** Of a violated Content-Security-Policy. */
	| 'report'
	| 'beacon'
	| 'eventsource'
	| 'preflight'
	| 'websocket'
	| 'websocket-h2';

/** Relation of the initiator to the target, as `sec-fetch-site` says it. */
export type SiteRelation = 'none' | 'same-origin' | 'same-site' | 'cross-site';

/** Cache mode of the Fetch standard. */
export type CacheMode = 'default' | 'no-store' | 'reload' | 'no-cache' | 'force-cache' | 'only-if-cached';

/** One request, ready to be laid out. Everything the caller left out is what the browser would do. */
export type LayoutRequest = {
	kind: RequestKind;
	/** @default 'GET' (`form`: 'POST', `preflight`: 'OPTIONS') */
	method?: string;
	/** Scheme of the target. @default 'https' */
	scheme?: 'https' | 'http';
	/** Plain-text target that counts as secure (loopback), so hints and `sec-*` are sent. @default false */
	trustworthy?: boolean;
	/** @default 'none' for navigations, else 'same-origin' */
	site?: SiteRelation;
	/** What runs the script or holds the markup that asks. @default 'document' */
	client?: 'document' | 'worker' | 'shared-worker' | 'service-worker';
	/**
	 * Whose cookies the target's are for the asker; decides `sec-fetch-storage-access`. `apart`: those of the page's own site,
	 * asked for by a frame of another site or of an origin that is nobody else's. @default `third` across sites, else `first`
	 */
	party?: 'first' | 'third' | 'apart';
	/** A user's gesture started the navigation (`sec-fetch-user`). @default true for `navigate` and `form`, false for `reload` */
	userActivation?: boolean;
	/** `sec-fetch-mode`. @default the kind's */
	mode?: 'navigate' | 'cors' | 'no-cors' | 'same-origin' | 'websocket';
	/** `sec-fetch-dest`. @default the kind's */
	dest?: string;
	/** This hop follows a redirect. @default false */
	redirected?: boolean;
	/**
	 * Names, lower case, of the request that was redirected to this one, in order: what went through a hash table then does not
	 * again, whatever has been taken out since. @default unknown: the order is that of a first request
	 */
	before?: readonly string[];
	/**
	 * No server has redirected to this hop: the browser took it to https (`hsts`), or sends it again with hints that its answer
	 * called critical. @default neither
	 */
	internal?: 'upgraded' | 'repeated';
	/** The request before this redirect had no `origin`, or has lost it with its method. @default false */
	originAdded?: boolean;
	/** Value of `referer`. */
	referer?: string;
	/** Referrer policy that the request or its page states. @default none */
	referrerPolicy?: string;
	/** The target is of another site than the document or style sheet that asks. @default by `party`, else by `site` */
	foreign?: boolean;
	/** A redirect has tainted the origin (fetch: redirect-tainted origin). @default false */
	originTainted?: boolean;
	/** The request may outlive its page. @default false */
	keepalive?: boolean;
	/** Origin of the initiator, sent where the browser sends one. `null` origins are the text `null`. */
	origin?: string;
	/** Cookie string, pairs in jar order. */
	cookie?: string;
	/** Body of the request. `contentLength` absent: length unknown. `null`: no body. */
	body?: { contentType?: string; contentLength?: number } | null;
	cache?: CacheMode;
	credentials?: 'include' | 'same-origin' | 'omit';
	/** The caller's fields: name, value, name, value, ... in call order, names as typed. */
	headers?: readonly string[];
	/** The caller's list is the whole order: his fields first as typed, the browser's missing ones are not added. @default false */
	verbatim?: boolean;
	/** Client hints this origin asked for with Accept-CH, lower case. */
	hints?: readonly string[];
	fetchPriority?: 'high' | 'low' | 'auto';
	/** A script waits for the answer: a synchronous XMLHttpRequest and its preflight. @default false */
	sync?: boolean;
	/** Validators of a stored response (`etag`, `lastModified`). */
	validators?: { etag?: string; lastModified?: string };
	/** A kept answer is shown meanwhile (`stale-while-revalidate`). @default false */
	background?: boolean;
	/** Value of `available-dictionary`: a dictionary of an earlier answer fits this request (RFC 9842). @default none */
	dictionary?: string;
	/** Value of `dictionary-id`. @default none */
	dictionaryId?: string;
	/** `range` a media element asks for. @default 'bytes=0-' for `video` and `audio` */
	range?: string;
	/** For `websocket`: the key (HTTP/1.1 only), and the joined protocol list. */
	websocket?: { key?: string; protocols?: string };
	/** For `preflight`: the kind of what asks leave. @default 'fetch'; with `sync` 'xhr' */
	preflightFor?: 'fetch' | 'xhr' | 'beacon';
	/** For `preflight`: what the real request will use; `headers` sorted, comma separated. */
	preflight?: { method: string; headers?: string };
};

/** Fields in wire order and the priority that belongs to them. */
export type HeaderLayout = {
	/** name, value, name, value, ... HTTP/2 order, HTTP/1.1 spelling; a name `connection` is only a place mark. */
	headers: string[];
	priority: PriorityLevel;
};

/** Makes layouts for one profile; cheap to call again and again. */
export interface HeaderEngine {
	layout(request: LayoutRequest): HeaderLayout;
}

export type HeaderEngineOptions = {
	/** Language tags, most wanted first: `de-DE` or `de-DE,de,en`. @default the profile's (en-US) */
	locale?: string;
};
