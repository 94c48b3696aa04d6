/** What runs the script or holds the markup that asks for something. */
export type InitiatorClient = 'document' | 'worker' | 'shared-worker' | 'service-worker';

/**
 * Who causes a request: a page, a frame or a worker, and what is around it. It decides `sec-fetch-site`, `origin`,
 * `sec-fetch-storage-access`, which cookies go along, the connections that may be shared and, unless `referrer` says
 * otherwise, `referer`.
 */
export type Initiator = {
	/**
	 * Where the document or the worker's script comes from: `http:`, `https:`, `blob:` (its creator's origin), `data:` (an
	 * origin that is nobody's), or `about:srcdoc` and `about:blank`, which have what `parent` has.
	 */
	url: string | URL;
	/** What it is. @default 'document' */
	client?: InitiatorClient | undefined;
	/**
	 * The document around this frame, or the one that started this worker, with what is around that one. A URL stands for
	 * the page in the address bar.
	 * @default none: the document is the page in the address bar, the worker one of a page of its own origin
	 */
	parent?: string | URL | Initiator | undefined;
	/**
	 * Its origin is nobody's: a frame with `sandbox` and without `allow-same-origin`. What is inside of it is so too.
	 * @default false, `true` for `data:`
	 */
	opaque?: boolean | undefined;
	/** Style sheet of the document that names what is asked for (`@import`, `url()`, `@font-face`): the `referer` is its own. */
	styleSheet?: string | URL | undefined;
	/**
	 * For documents in frames (kinds `iframe`, `frame-form`): the frame of this document itself goes elsewhere, not one
	 * inside of it.
	 * @default false
	 */
	inPlace?: boolean | undefined;
	/**
	 * For documents in frames: the frame that is asked for has `sandbox` without `allow-same-origin`. It learns no client hints
	 * that the page's origin has asked for.
	 * @default false
	 */
	sandbox?: boolean | undefined;
};
