import type { Host } from '../scenario.ts';

/**
 * A situation as plain data (JSON): what a page does, step by step. A browser gets it as pages and scripts
 * (browser-side.ts), wiretwin as the calls that a user would write (wiretwin-side.ts).
 */
export type Plan = {
	server?: PlanServer;
	page: PlanPage;
	steps: readonly Step[];
};

/** How the peer differs from the mirror's default (HTTP/2, TLS 1.3). */
export type PlanServer = {
	protocol?: 'http/1.1';
	/** Highest TLS version. */
	tls?: '1.2' | 'none';
	/** SETTINGS of the server. */
	settings?: readonly (readonly [id: number, value: number])[];
};

export type Policy =
	| 'no-referrer'
	| 'no-referrer-when-downgrade'
	| 'origin'
	| 'origin-when-cross-origin'
	| 'same-origin'
	| 'strict-origin'
	| 'strict-origin-when-cross-origin'
	| 'unsafe-url';

/** The page on `www.mirror.test` where everything begins. */
export type PlanPage = {
	/** Query and fragment. */
	tail?: string;
	/** Set-Cookie values. */
	cookies?: readonly string[];
	policy?: Policy;
	/** `policy` stands in the markup, not in a field of the answer. */
	policyIn?: 'meta';
	/** The origin asks for client hints. */
	hints?: true;
	/** What the markup itself asks for. */
	markup?: Load;
	/** What a 103 answer names while the page is on its way. */
	early?: Early;
};

export type EarlyKind = 'early-script' | 'early-style' | 'early-font' | 'early-image' | 'early-module' | 'early-fetch';

export type Early = {
	do: 'early';
	what: EarlyKind;
	to: Target;
	crossorigin?: 'anonymous' | 'use-credentials';
	priority?: 'high' | 'low';
};

/** Where a request goes, and what it meets there. */
export type Target = {
	/** @default the page's own host */
	host?: Host;
	/** What follows `/<step>` in the URL: path, query, fragment. */
	tail?: string;
	/** Redirects before the answer. */
	redirects?: readonly Hop[];
	/** Set-Cookie values of the answer. */
	cookies?: readonly string[];
	/** Status of the first answer: Misdirected Request, Request Timeout. The request that repeats it gets the usual one. */
	first?: 421 | 408;
};

export type Hop = {
	status: 301 | 302 | 303 | 307 | 308;
	/** Where to; the page's own host if absent. */
	host?: Host;
	/** Its answer may be kept in a cache. */
	kept?: true;
};

export type Caller = {
	method?: string;
	/** Fields of the caller, in this order and spelling. */
	headers?: readonly (readonly [name: string, value: string])[];
	/** Source text of the body: the same in a page and in Node. */
	body?: string;
};

export type FetchStep = Caller & {
	do: 'fetch';
	to: Target;
	mode?: 'no-cors' | 'same-origin';
	credentials?: 'include' | 'omit';
	cache?: 'no-store' | 'reload' | 'no-cache' | 'force-cache';
	priority?: 'high' | 'low';
	policy?: Policy;
	keepalive?: true;
	/** The answer is kept and asked for again, with what it said of itself. */
	stored?: true;
};

export type XhrStep = Caller & {
	do: 'xhr';
	to: Target;
	credentials?: true;
	/** The script waits for it. */
	sync?: true;
};

export type LoadKind =
	| 'script'
	| 'script-async'
	| 'script-defer'
	| 'script-body'
	| 'module'
	| 'modulepreload'
	| 'module-json'
	| 'module-style'
	| 'import-scripts'
	| 'style'
	| 'image'
	| 'font'
	| 'video'
	| 'audio'
	| 'track'
	| 'iframe'
	| 'object'
	| 'embed'
	| 'preload-script'
	| 'preload-style'
	| 'preload-image'
	| 'preload-font'
	| 'preload-fetch'
	| 'prefetch'
	| 'speculation'
	| 'worker'
	| 'sharedworker';

/** An element that loads something, or what a script does to the same end. */
export type Load = {
	do: 'load';
	what: LoadKind;
	to: Target;
	crossorigin?: 'anonymous' | 'use-credentials';
	policy?: Policy;
	priority?: 'high' | 'low';
};

/** What a script of the page starts. */
export type ScriptStep =
	| FetchStep
	| XhrStep
	| Load
	| { do: 'beacon'; to: Target; body?: string }
	/** Into a frame of its own. */
	| {
			do: 'frame-form';
			to: Target;
			method: 'get' | 'post';
			fields: readonly (readonly [name: string, value: string])[];
	  }
	| { do: 'events'; to: Target; credentials?: true }
	/** A WebSocket, which stays open. */
	| { do: 'socket'; to: Target; protocols?: readonly string[] };

/** What takes the tab to another page. */
export type Navigation =
	| { do: 'link'; to: Target; policy?: Policy; noreferrer?: true }
	| {
			do: 'form';
			to: Target;
			method: 'get' | 'post';
			enctype?: 'multipart/form-data' | 'text/plain';
			fields: readonly (readonly [name: string, value: string])[];
	  }
	/** By script, without a click. */
	| { do: 'assign'; to: Target }
	/** Typed into the address bar. */
	| { do: 'visit'; to: Target }
	| { do: 'reload' };

/** A document in a frame or a worker of the page, and what its own script does, one step after the other. */
export type ClientStep = {
	do: 'client';
	what: 'frame' | 'sandbox' | 'worker' | 'sharedworker' | 'serviceworker';
	to: Target;
	/** Of the frame's document. */
	policy?: Policy;
	steps: readonly ScriptStep[];
};

/** A style sheet and what it asks for. */
export type SheetStep = {
	do: 'sheet';
	to: Target;
	/** Of the sheet. */
	policy?: Policy;
	asks: readonly SheetAsk[];
};

export type SheetAsk = { do: 'ask'; what: 'import' | 'font' | 'image'; to: Target };

export type Step =
	| ScriptStep
	| Navigation
	| ClientStep
	| SheetStep
	/** Started in one turn of the page's script. */
	| { do: 'together'; steps: readonly ScriptStep[] };
