/** One step of a visit. */
import type { MirrorRequest, Reply } from '../servers/exchange.ts';
import type { VisitContext } from './context.ts';

/** Servers of a visit (servers.ts). */
export type VisitServer =
	| 'main'
	| 'http1'
	| 'tls12'
	/** Its connections are cut. */
	| 'resumption'
	| 'download'
	/** Asks for every client hint. */
	| 'hints'
	/** Answers 421 once. */
	| 'misdirected'
	/** Allows WebSocket over HTTP/2; the second one is asked for a WebSocket before anything else. */
	| 'websocket'
	| 'websocket-first';

/** Names under which the visitor reaches us; a sibling is of the same site, a stranger is not. */
export type VisitHost = 'own' | 'sibling' | 'stranger';

export type Step = {
	/** Path segment of its requests: `/r/<id>`. */
	id: string;
	/** For people. */
	name: string;
	/** Causes of its requests: `''` is `/r/<id>` itself, `hop` is `/r/<id>/hop`, `OPTIONS` its preflight. */
	requests: Readonly<Record<string, VisitContext>>;
	/** Markup of the page that asks, when it asks while it loads. */
	markup?: { head?: string; body?: string };
	/** Statement of a loaded page; calls `done`. `at(server, host)` is an origin, `path` the path of this step. */
	source?: string;
	/** Answers requests below `/r/<id>`; a page in the case of navigations. @default small JSON that any origin may read */
	answer?: (request: MirrorRequest) => Reply | Promise<Reply>;
	/** The step leaves the page: the answer is the next page. @default false */
	leaves?: boolean;
	/** Needs a host that not every visitor can reach. */
	needs?: VisitHost;
	/** A step without it leaves the profile incomplete; others are extras that not every browser has. @default true */
	required?: boolean;
};

/** Steps of one page, in order; `host` if the page is not under its own name. */
export type StepGroup = { server: 'main' | 'http1' | 'hints'; host?: 'stranger'; steps: readonly Step[] };
