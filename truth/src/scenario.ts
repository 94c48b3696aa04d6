import { setTimeout } from 'node:timers/promises';
import { domainToASCII } from 'node:url';
import type { Mirror, MirrorOptions, MirrorRequest, Reply } from '@wiretwin/mirror';
import type { Browser, BrowserName } from '@wiretwin/mirror/browsers';
import type { ExchangeRequest, Session } from 'wiretwin';

/** How the peer behaves in a scenario; all else is the mirror's default (TLS 1.2/1.3, HTTP/2). */
export type ServerOptions = Pick<
	MirrorOptions,
	'tls' | 'protocols' | 'tlsVersions' | 'groups' | 'http2' | 'extraHosts' | 'morePorts'
>;

/** What both sides of a scenario work with. Both talk to the same port, so that every authority has the same bytes. */
export type Stage = {
	mirror: Mirror;
	/** Absolute URL on one of the mirror's hosts. @default host: `www.mirror.test` */
	url(path: string, host?: Host): string;
	/** Waits until the peer has the `count`th request of this path, with its body. @default count: 1 */
	seen(path: string, count?: number): Promise<void>;
};

export type Host = HostName | OtherPort;
type HostName = 'www.mirror.test' | 'api.mirror.test' | 'other.example' | typeof IDN_HOST;
/** The same host on the mirror's second port (`morePorts`): same site, another origin. */
export type OtherPort = `${'www.mirror.test' | 'other.example'}:2`;

/** As people write it; DNS, TLS and HTTP have it in ASCII. Not a name of every mirror: `extraHosts`. */
export const IDN_HOST = 'bücher.example';
export const IDN_ASCII = domainToASCII(IDN_HOST);

/** Scheme, host and port of one of the mirror's origins. */
export function originOf(host: Host, scheme: string, ports: readonly number[]): string {
	const [name, door] = host.split(':');
	return `${scheme}://${name}:${ports[door ? 1 : 0]}`;
}

/** @param count which request for this path it is on this side, from 1 */
export type Page = (request: MirrorRequest, count: number) => Reply | Promise<Reply>;

/** One thing that a user or a page does, done by a browser and by wiretwin. */
export type Scenario = {
	/** Unique, shown in the report. */
	name: string;
	server?: ServerOptions;
	/** Answers by path; other paths get the mirror's own routes. */
	pages?: Readonly<Record<string, Page>>;
	/** Answers what `pages` does not; `undefined` leaves it to the mirror's own routes. */
	answer?(request: MirrorRequest, count: number, stage: Stage): Reply | undefined | Promise<Reply | undefined>;
	/** What the browser is made to do, from a blank tab. */
	browser(browser: Browser, stage: Stage): Promise<void>;
	/** The same with the public API of `wiretwin`, from a new session. */
	wiretwin(session: Session, stage: Stage): Promise<void>;
	/**
	 * The browser need not do it: hints. Chromium on a busy machine passes over one 103 answer in 130; then the scenario is
	 * drawn again.
	 */
	optional?: boolean;
	/**
	 * Paths that the browser asks for at once over different connections, in the order in which they arrive unless the machine is
	 * busy; in another order the scenario is drawn again.
	 */
	inTurn?: readonly string[];
	/** wiretwin's session keeps answers, as the browser does. @default false: `validators` say what it would have kept */
	cache?: boolean;
	/** Only this browser does it. */
	only?: BrowserName;
	/** The amount of flow-control updates depends on how fast the reader is; see layers/flow.ts. */
	bulk?: boolean;
};

/** A page without a favicon request. `cache-control` keeps the browser from asking its cache instead of the peer. */
export function html(body: string, head = ''): Page {
	return () => ({
		headers: [
			['content-type', 'text/html'],
			['cache-control', 'no-store'],
		],
		body: `<!doctype html><title>truth</title>${head.includes('rel=icon') ? '' : '<link rel=icon href=data:,>'}${head}<body>${body}`,
	});
}

/** An answer with a type and a fixed text. */
export function typed(contentType: string, body: string | Uint8Array): Page {
	return () => ({
		headers: [
			['content-type', contentType],
			['cache-control', 'no-store'],
		],
		body,
	});
}

/** A way to the peer and back that no answer on loopback is faster than, milliseconds. */
const NETWORK_TIME = 20;

/**
 * The same answer after the time that a network takes. On loopback an answer can overtake what Chromium does between
 * sending a request and waiting for its head, and then it does not let go of the stream (docs/internals/truth.md).
 */
export function overNetwork(page: Page): Page {
	return async (request, count) => {
		await setTimeout(NETWORK_TIME);
		return page(request, count);
	};
}

/** Sends one request below `fetch` and reads its answer to the end: for what `fetch` has no words for. */
export function exchange(session: Session, request: ExchangeRequest): Promise<void> {
	return new Promise((resolve, reject) => {
		const running = session.exchange(request, {
			onHead: () => running.discard(Number.MAX_SAFE_INTEGER),
			onEnd: () => resolve(),
			onError: reject,
		});
	});
}
