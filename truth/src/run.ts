import { type Mirror, type MirrorOptions, type MirrorRequest, startMirror } from '@wiretwin/mirror';
import type { Browser } from '@wiretwin/mirror/browsers';
import type { Profile } from '@wiretwin/profiles';
import { createSession } from 'wiretwin';
import { type Observation, observe } from './observation.ts';
import { type Host, originOf, type Scenario, type Stage } from './scenario.ts';

/** A scenario's peer, with both sides talking to the same port one after the other. */
export type Run = {
	/** Of the peer; which they are says nothing. */
	readonly ports: readonly number[];
	observeBrowser(browser: Browser): Promise<Observation>;
	observeWiretwin(profile: Profile): Promise<Observation>;
	close(): Promise<void>;
	[Symbol.asyncDispose](): Promise<void>;
};

/** A side that has not finished by then has failed, milliseconds. */
const SIDE_LIMIT = 20_000;

/** Starts the peer of a scenario. */
export async function startRun(scenario: Scenario): Promise<Run> {
	const mirror = await startOnNewPort({
		...scenario.server,
		handler: (request: MirrorRequest) => {
			const page = scenario.pages?.[request.url.pathname];
			return page ? page(request, countOf(request)) : scenario.answer?.(request, countOf(request), stage);
		},
	});
	const countOf = ({ record }: MirrorRequest): number =>
		mirror.requests.slice(0, mirror.requests.indexOf(record)).filter(({ path }) => path === record.path).length + 1;
	const stage = stageOf(mirror);
	return {
		ports: mirror.ports,
		async observeBrowser(browser) {
			const work = async (): Promise<void> => {
				await browser.navigate('about:blank');
				await browser.forgetCookies();
				mirror.reset();
				await scenario.browser(browser, stage);
			};
			await withLimit(work(), `${browser.name} in "${scenario.name}"`);
			return observe(mirror);
		},
		async observeWiretwin(profile) {
			mirror.reset();
			const resolve = Object.fromEntries(mirror.hosts.map((host) => [host, '127.0.0.1']));
			const trust = { ca: mirror.caPem, trustStore: 'none', resolve } as const;
			await using session = createSession({ browser: profile, ...trust, cache: scenario.cache === true });
			await withLimit(scenario.wiretwin(session, stage), `wiretwin in "${scenario.name}"`);
			return await observe(mirror);
		},
		close: () => mirror.close(),
		[Symbol.asyncDispose]: () => mirror.close(),
	};
}

/** Ports of all runs: a browser may still hold tickets and answers of an origin, and the system gives ports out again. */
const usedPorts = new Set<number>();

async function startOnNewPort(options: MirrorOptions): Promise<Mirror> {
	for (;;) {
		const mirror = await startMirror(options);
		if (!mirror.ports.some((port) => usedPorts.has(port))) {
			for (const port of mirror.ports) usedPorts.add(port);
			return mirror;
		}
		await mirror.close();
	}
}

function stageOf(mirror: Mirror): Stage {
	const scheme = new URL(mirror.url).protocol.slice(0, -1);
	return {
		mirror,
		url: (path: string, host: Host = 'www.mirror.test') => originOf(host, scheme, mirror.ports) + path,
		async seen(path, count = 1) {
			await mirror.waitForRequest((last) => {
				const same = mirror.requests.filter((request) => request.path === path && request.complete);
				return same.length >= count && same[count - 1] === last;
			});
		},
	};
}

async function withLimit(work: Promise<void>, what: string): Promise<void> {
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<never>((_resolve, reject) => {
		timer = setTimeout(() => reject(new Error(`${what}: not finished after ${SIDE_LIMIT} ms`)), SIDE_LIMIT);
	});
	try {
		await Promise.race([work, late]);
	} finally {
		clearTimeout(timer);
	}
}
