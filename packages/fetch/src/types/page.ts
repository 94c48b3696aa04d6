import type { FetchInit } from './options.ts';

/** Options of a request that a page causes: those of `fetch`, but for who asks and for what, which the page knows. */
export type PageInit = Omit<FetchInit, 'initiator' | 'kind'>;

/** How a document is opened, and what of it cannot be read off its answer. */
export type OpenOptions = PageInit & {
	/** `false` sends nothing: the page is open already, its answer is not to be had. @default true */
	send?: boolean | undefined;
};

/** How a frame is put into a page. */
export type FrameOptions = OpenOptions & {
	/**
	 * The attribute `sandbox`: the tokens that it has. Without `allow-same-origin` the frame's origin is nobody else's. `true`
	 * stands for no tokens. @default no sandbox
	 */
	sandbox?: boolean | string | undefined;
	/** The element. @default 'iframe' */
	element?: 'iframe' | 'object' | 'embed' | undefined;
};

/** How a worker is started. */
export type WorkerOptions = PageInit & {
	/** What kind of worker. @default 'worker' */
	client?: 'worker' | 'shared-worker' | 'service-worker' | undefined;
	/** `false` sends nothing: the worker runs already. @default true */
	send?: boolean | undefined;
};

/** What something is that a page or worker loads, and who names it. */
export type LoadOptions = PageInit & {
	/** Style sheet of the page that names it, absolute or relative to the page. */
	styleSheet?: string | URL | undefined;
};

/** Where a link or form leads. */
export type TargetOptions = PageInit & {
	/**
	 * As in HTML: `_self` the document itself, `_top` and `_blank` the address bar, `_parent` what is around it, any other name
	 * a frame in this document. @default '_self'
	 */
	target?: string | undefined;
};

/** A form as a page would send it. */
export type PageForm = {
	/** Absolute or relative to the page. @default the page's own URL */
	action?: string | URL | undefined;
	/** How its fields travel. @default 'GET' */
	method?: 'GET' | 'POST' | 'get' | 'post' | undefined;
	/** Encoding of a POST. @default 'application/x-www-form-urlencoded' */
	enctype?: 'application/x-www-form-urlencoded' | 'multipart/form-data' | 'text/plain' | undefined;
	/** Names and values, in order. Files only with `multipart/form-data`. @default none */
	fields?:
		| Readonly<Record<string, string | Blob>>
		| Iterable<readonly [name: string, value: string | Blob]>
		| FormData
		| URLSearchParams
		| undefined;
};
