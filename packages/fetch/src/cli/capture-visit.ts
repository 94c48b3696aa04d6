import { isIP } from 'node:net';
import type { ConnectionRecord } from '@wiretwin/mirror';
import type { Browser } from '@wiretwin/mirror/browsers';
import type { Visit, VisitOptions, VisitRecord } from '@wiretwin/mirror/visit';
import type { ProfileOs } from '@wiretwin/profiles';
import type { Recording } from '@wiretwin/profiles/draft';
import { UsageError } from './arguments.ts';
import { loadBrowsers, loadMirror, loadVisit } from './load-mirror.ts';

/** Who came, and what the visit left. */
export type Visitor = {
	/** Family that the newest profile is looked for in. */
	family: string;
	os: ProfileOs;
	recording: Recording;
	missing: VisitRecord['missing'];
};

type OnStep = NonNullable<VisitOptions['onStep']>;

/** Starts a program in a temporary profile that trusts the mirror's CA, and leads it through the visit. */
export async function visitWithProgram(program: string, onStep: OnStep): Promise<Visitor> {
	const [{ startBrowser }, { mirrorHosts }, { startVisit }] = await Promise.all([
		loadBrowsers(),
		loadMirror(),
		loadVisit(),
	]);
	const hosts = { own: 'www.mirror.test', sibling: 'api.mirror.test', stranger: 'other.example' };
	const silence = new Silence();
	const visit = await startVisit({
		hosts,
		onStep(step) {
			silence.broken(step.name);
			onStep(step);
		},
	});
	let started: Browser | undefined;
	try {
		const browser = await startBrowser(program, {
			caPem: visit.caPem,
			certificatePem: visit.certificatePem,
			hosts: mirrorHosts,
		});
		started = browser;
		silence.begin();
		const led = browser.navigate(visit.url).then(() => browser.follow('#start'));
		led.catch(() => undefined); // heard below, unless the visit ends first
		const [record] = await Promise.race([Promise.all([visit.done, led]), silence.tooLong]);
		return visitor(record, browser.version);
	} finally {
		silence.end();
		try {
			await started?.close();
		} finally {
			await visit.close();
		}
	}
}

/** A browser that we drive does a step in well under a second; one that does none for so long has stopped, milliseconds. */
const SILENCE_LIMIT = 45_000;

/** Rejects when nothing is heard for {@link SILENCE_LIMIT} since it began. */
class Silence {
	readonly #outcome = Promise.withResolvers<never>();
	#timer: NodeJS.Timeout | undefined;
	#last = 'its start';

	get tooLong(): Promise<never> {
		return this.#outcome.promise;
	}

	begin(): void {
		this.#timer = setTimeout(() => this.#fail(), SILENCE_LIMIT);
	}

	broken(step: string): void {
		this.#last = `"${step}"`;
		this.#timer?.refresh();
	}

	end(): void {
		clearTimeout(this.#timer);
	}

	#fail(): void {
		this.#outcome.reject(new Error(`the browser did nothing for ${SILENCE_LIMIT / 1000} s after ${this.#last}`));
	}
}

export type WaitOptions = {
	port: number;
	/** Name under which the visitor reaches this machine. Absent: the visitor is on this machine. */
	host?: string;
	onStep: OnStep;
	/** The servers run; the visitor may come. */
	onReady(visit: Visit): Promise<void>;
};

/** Both browsers lead `.localhost` to this machine, so sub-domains of it give a site with a sibling, and another one. */
const LOCAL = { own: 'www.capture.localhost', sibling: 'api.capture.localhost', stranger: 'other-capture.localhost' };

/** Waits for whoever comes and starts the visit. */
export async function waitForVisitor({ port, host, onStep, onReady }: WaitOptions): Promise<Visitor> {
	// Without a name there is no server_name in the hello, and no ticket either.
	if (host !== undefined && isIP(host) !== 0)
		throw new UsageError('--host takes a name that leads to this machine (such as desk.local), not an address');
	const { startVisit } = await loadVisit();
	const hosts = host === undefined ? LOCAL : { own: host };
	const listenAddress = host === undefined ? '127.0.0.1' : '0.0.0.0';
	const visit = await startVisit({ hosts, port, listenAddress, onStep });
	try {
		await onReady(visit);
		return visitor(await visit.done, undefined);
	} finally {
		await visit.close();
	}
}

/** Products by the token that only they have; whoever has none of them is built like Safari. */
const FAMILIES = [
	['Firefox/', 'firefox'],
	['Edg/', 'edge'],
	['OPR/', 'opera'],
	['Chrome/', 'chrome'],
] as const;

type Fields = ReadonlyArray<readonly [name: string, value: string]>;

function fieldOf(fields: Fields, wanted: string): string {
	return fields.find(([name]) => name.toLowerCase() === wanted)?.[1] ?? '';
}

/** Browser of a request's fields, as profiles are called. On a desktop, Chrome without Google's brand is Chromium. */
export function familyOf(fields: Fields): string {
	const userAgent = fieldOf(fields, 'user-agent');
	const family = FAMILIES.find(([token]) => userAgent.includes(token))?.[1] ?? 'safari';
	const brands = fieldOf(fields, 'sec-ch-ua');
	const isUnbranded = brands !== '' && !brands.includes('"Google Chrome"') && systemOf(userAgent) !== 'android';
	return family === 'chrome' && isUnbranded ? 'chromium' : family;
}

/** @param version the browser's own word for it; else its user agent's, which may be shortened */
function visitor(
	{ connections, requests, usedConnections, missing }: VisitRecord,
	version: string | undefined,
): Visitor {
	const userAgent = fieldOf(requests[0]?.record.headers ?? [], 'user-agent');
	// The user agent may be shortened (`156.0.0.0`); the hint is not.
	const hint = requests
		.flatMap(({ record }) => record.headers)
		.find(([name]) => name === 'sec-ch-ua-full-version')?.[1];
	const stated = hint?.replaceAll('"', '') ?? /(?:Firefox|Edg|OPR|Chrome|Version)\/(\d[\d.]*)/.exec(userAgent)?.[1];
	const overHttp2 = (list: readonly ConnectionRecord[]) => list.filter(({ protocol }) => protocol === 'h2');
	const main = overHttp2(connections.main).sort((left, right) => right.requests.length - left.requests.length);
	const websocket = connections.main.find(({ clientHello }) => clientHello && !clientHello.alpn.includes('h2'));
	const [download] = connections.download;
	const used = (step: string) => usedConnections.get(step) ?? [];
	const page = main[0]?.id;
	const [socket] = overHttp2(connections.websocket);
	const [socketFirst] = connections['websocket-first'];
	return {
		family: familyOf(requests[0]?.record.headers ?? []),
		os: systemOf(userAgent),
		missing,
		recording: {
			connections: [...main, ...overHttp2(connections.fresh), ...overHttp2(connections.websocket)],
			requests,
			tls13: connections.resumption,
			tls12: connections.tls12,
			...(websocket ? { websocket } : {}),
			...(download ? { download } : {}),
			sharing: {
				...(page === undefined ? {} : { page }),
				sibling: used('sibling-credentials'),
				anonymous: used('anonymous'),
				thirdParty: used('stranger-credentials'),
				otherSite: used('other-site'),
				misdirected: used('misdirected'),
				misdirectedConnections: connections.misdirected,
				...(socket ? { socket } : {}),
				...(socketFirst ? { socketFirst } : {}),
				socketsAtOnce: used('websocket-at-once').length > 0,
			},
			version: version ?? stated ?? '0',
			date: new Date().toISOString().slice(0, 10),
		},
	};
}

/** System that a user agent names. */
export function systemOf(userAgent: string): ProfileOs {
	if (/Android/.test(userAgent)) return 'android';
	if (/iPhone|iPad|iPod/.test(userAgent)) return 'ios';
	if (/Windows/.test(userAgent)) return 'windows';
	return /Macintosh/.test(userAgent) ? 'macos' : 'linux';
}
