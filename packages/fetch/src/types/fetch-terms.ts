// The fetch standard's word lists, spelled out: the types of Node do not export them.

/** What happens on a redirect. `manual` gives the 3xx response itself, readable, as Node's fetch does. */
export type RedirectMode = 'follow' | 'error' | 'manual';

/** Referrer Policy. */
export type ReferrerPolicy =
	| ''
	| 'no-referrer'
	| 'no-referrer-when-downgrade'
	| 'origin'
	| 'origin-when-cross-origin'
	| 'same-origin'
	| 'strict-origin'
	| 'strict-origin-when-cross-origin'
	| 'unsafe-url';

export type RequestMode = 'navigate' | 'cors' | 'no-cors' | 'same-origin';
export type CredentialsMode = 'include' | 'same-origin' | 'omit';
export type PriorityHint = 'high' | 'low' | 'auto';
export type ResponseKind = 'basic' | 'cors' | 'default' | 'error' | 'opaque' | 'opaqueredirect';

/** `Request.destination`. */
export type Destination =
	| ''
	| 'audio'
	| 'document'
	| 'embed'
	| 'font'
	| 'frame'
	| 'iframe'
	| 'image'
	| 'json'
	| 'manifest'
	| 'object'
	| 'script'
	| 'serviceworker'
	| 'sharedworker'
	| 'style'
	| 'track'
	| 'video'
	| 'worker';
