import type { Mirror, MirrorOptions, MirrorRequest, Reply } from '@wiretwin/mirror';
import type { Browser, BrowserName } from '@wiretwin/mirror/browsers';
import type { ExchangeRequest, Session } from 'wiretwin';

/** How the peer behaves in a scenario; all else is the mirror's default (TLS 1.2/1.3, HTTP/2). */
export type ServerOptions = Pick<
	MirrorOptions,
	'tls' | 'protocols' | 'tlsVersions' | 'groups' | 'http2' | 'extraHosts'
>;

/** What both sides of a scenario work with. Both talk to the same port, so that every authority has the same bytes. */
export type Stage = {
	mirror: Mirror;
	/** Absolute URL on one of the mirror's hosts. @default host: `www.mirror.test` */
	url(path: string, host?: Host): string;
	/** Waits until the peer has the `count`th request of this path, with its body. @default count: 1 */
	seen(path: string, count?: number): Promise<void>;
};

export type Host = 'www.mirror.test' | 'api.mirror.test' | 'other.example';

export type Page = (request: MirrorRequest) => Reply | Promise<Reply>;

/** One thing that a user or a page does, done by a browser and by wiretwin. */
export type Scenario = {
	/** Unique, shown in the report. */
	name: string;
	server?: ServerOptions;
	/** Answers by path; other paths get the mirror's own routes. */
	pages?: Readonly<Record<string, Page>>;
	/** What the browser is made to do, from a blank tab. */
	browser(browser: Browser, stage: Stage): Promise<void>;
	/** The same with the public API of `wiretwin`, from a new session. */
	wiretwin(session: Session, stage: Stage): Promise<void>;
	/** Only this browser does it. */
	only?: BrowserName;
	/**
	 * The browser gives up a redirect that has ended already and that its cache may store. Whether RST_STREAM still leaves
	 * is a race inside Chromium (docs/internals/truth.md). On such streams it is left out on both sides.
	 */
	cancelRace?: boolean;
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
