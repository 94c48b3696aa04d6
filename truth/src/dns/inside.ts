/**
 * Runs in a network of its own (`run-names.ts` makes it): a name server at port 53, web servers at 80, 443 and 8443, and both sides
 * visit each case. Prints what became of them.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
	type AskedQuery,
	type MirrorRequest,
	type NameServer,
	recordTypes,
	sharedAuthority,
	startMirror,
	startNameServer,
	type Zone,
} from '@wiretwin/mirror';
import { type BrowserName, startChromium, startFirefox } from '@wiretwin/mirror/browsers';
import { getProfile, type Profile } from '@wiretwin/profiles';
import { createSession, type SessionOptions } from 'wiretwin';
import { cases, domain, type NameCase } from './cases.ts';
import { nameErrors, withError } from './deliberate-errors.ts';
import { addressOf, markupOf, pageDomains, partitions, requestsOf } from './partitions.ts';
import type { Inside, NameTexts } from './run-names.ts';

const everywhere = '0.0.0.0';
/** What times are counted from, here and in the name server. */
let began = 0;
const starters = { chromium: startChromium, firefox: startFirefox };
const kinds = ['plain', 'doh'] as const;
type Kind = (typeof kinds)[number];
/** Time in which a page of a case comes, or never: some are late by 1500 ms, and servers that fail are asked several times. */
const visitMs = 4000;

const hostOf = (each: { name: string; domain?: string }) => `${each.name}.${each.domain ?? domain}`;
const urlOf = (each: NameCase) => (each.url ?? 'https://{host}/').replace('{host}', hostOf(each));

/** Whether a name is the host's, or one of a port of its (`_8443._https.`). */
const isOf = (name: string, host: string) => name.toLowerCase() === host || name.toLowerCase().endsWith(`.${host}`);

const zone: Zone = ({ name, type }) => {
	const isPage = pageDomains.some((each) => isOf(name, each)) || partitions.some((each) => isOf(name, hostOf(each)));
	const ofPage: Omit<NameCase, 'name'> | undefined = isPage ? {} : undefined;
	const asked = cases.find((each) => isOf(name, hostOf(each))) ?? ofPage;
	if (!asked) return { code: 3 };
	const isAddress = type === recordTypes.A || type === recordTypes.AAAA;
	if (!isAddress && type !== recordTypes.HTTPS) return {};
	// Records come first, so that no browser's wait is too short on a busy machine.
	const ofAddress = asked.addresses ?? { records: [{ type: 'A', address: '127.0.0.1' }], delayMs: 250 };
	const said = isAddress ? ofAddress : (asked.records ?? {});
	if (said === 'silence') return undefined;
	return type === recordTypes.AAAA ? { ...said, records: [] } : said;
};

type Arrival = { host: string; url: string; ms: number };

async function startWeb(names: NameServer) {
	const arrived: Arrival[] = [];
	const serve = (tls: boolean, port: number) => {
		const handler = async (request: MirrorRequest) => {
			const answered = await names.handler(request);
			if (answered) return answered;
			const { url } = request;
			const scheme = tls ? 'https' : 'http';
			arrived.push({ host: url.hostname, url: `${scheme} ${port}`, ms: performance.now() - began });
			// No connection is shared by hosts of one certificate and address: each case shows where its own goes.
			request.control.goAway();
			return {
				headers: [['content-type', 'text/html']] as Array<[string, string]>,
				body: `<link rel=icon href=data:,>${markupOf(url)}`,
			};
		};
		const extraHosts = [domain, ...pageDomains].map((each) => `*.${each}`);
		return startMirror({ tls, port, handler, listenAddress: everywhere, extraHosts: [...extraHosts, '127.0.0.1'] });
	};
	const mirrors = await Promise.all([serve(true, 443), serve(true, 8443), serve(false, 80)]);
	return { arrived, close: () => Promise.all(mirrors.map((mirror) => mirror.close())) };
}

/** What was asked for a host, as text. */
function askedFor(host: string, queries: readonly AskedQuery[]): string {
	const own = queries.filter(({ name }) => isOf(name, host));
	const asked = own.map(({ name, type }) => `${type}${name.startsWith('_') ? ` ${name.split('.')[0]}` : ''}`);
	return [...new Set(asked)].sort().join(', ') || 'nothing';
}

/** What was asked for a host, and where its first request came, as text. */
function describe(host: string, queries: readonly AskedQuery[], arrived: readonly Arrival[]): string {
	const own = queries.filter(({ name }) => isOf(name, host));
	const first = arrived.find((one) => one.host === host);
	const from = Math.min(...own.map(({ ms }) => ms));
	const late = first && first.ms - from > 1000 ? ', late' : '';
	return `asks ${askedFor(host, queries)}; ${first ? first.url + late : 'nothing comes'}`;
}

async function visitAll(
	visit: (url: string) => Promise<unknown>,
	names: NameServer,
	arrived: Arrival[],
	visited = cases,
): Promise<NameTexts> {
	const texts: Record<string, string> = {};
	for (const each of visited) {
		names.queries.length = 0;
		arrived.length = 0;
		await Promise.race([visit(urlOf(each)).catch(() => undefined), pause(visitMs)]);
		texts[each.name] = describe(hostOf(each), names.queries, arrived);
	}
	return texts;
}

/** Makes the two visits of each case, and says what was asked for at each. */
async function visitPartitions(
	visit: (each: (typeof partitions)[number]['first'], host: string) => Promise<unknown>,
	names: NameServer,
): Promise<NameTexts> {
	const texts: Record<string, string> = {};
	for (const each of partitions) {
		const host = hostOf(each);
		const asked: string[] = [];
		for (const step of [each.first, each.second]) {
			names.queries.length = 0;
			await visit(step, host);
			asked.push(askedFor(host, names.queries));
		}
		texts[`known: ${each.name}`] = `asks ${asked[0]}; then ${asked[1]}`;
	}
	return texts;
}

/** The same by wiretwin, request by request. */
async function askAsPages(browser: Profile, trust: SessionOptions, names: NameServer): Promise<NameTexts> {
	await using session = createSession({ browser, ...trust, timeout: visitMs });
	return await visitPartitions(async (each, host) => {
		for (const [url, init] of requestsOf(each, host)) await (await session.fetch(url, init)).text();
	}, names);
}

function prepareNetwork(): void {
	try {
		execFileSync('ip', ['link', 'set', 'lo', 'up'], { stdio: 'ignore' });
	} catch {
		// SIOCSIFFLAGS with IFF_UP and IFF_RUNNING, where there is no iproute2.
		const up = "import fcntl,socket,struct; fcntl.ioctl(socket.socket(), 0x8914, struct.pack('16sh', b'lo', 0x41))";
		execFileSync('python3', ['-c', up]);
	}
	const file = join(process.env.WIRETWIN_NAMES ?? '/nowhere', 'resolv.conf');
	writeFileSync(file, 'nameserver 127.0.0.1\n');
	execFileSync('mount', ['--bind', file, '/etc/resolv.conf']);
}

async function main(browser: BrowserName, profile: string): Promise<void> {
	prepareNetwork();
	began = performance.now();
	const names = await startNameServer(zone, { port: 53 });
	const web = await startWeb(names);
	const result: Record<keyof Inside, Record<string, string>> = { theirs: {}, ours: {}, wrong: {} };
	const { caPem } = sharedAuthority();
	const add = (to: Record<string, string>, kind: Kind, texts: NameTexts) => {
		for (const [name, text] of Object.entries(texts)) to[`${kind}: ${name}`] = text;
	};
	for (const kind of kinds) {
		const doh = 'https://127.0.0.1/dns-query';
		const running = await starters[browser]({
			caPem,
			hosts: [],
			...(kind === 'doh' ? { dohUrl: doh } : { asksSystem: true }),
		});
		try {
			add(result.theirs, kind, await visitAll((url) => running.navigate(url), names, web.arrived));
			add(result.theirs, kind, await visitPartitions((each, host) => running.navigate(addressOf(each, host)), names));
		} finally {
			await running.close();
		}
		const trust = { ca: caPem, trustStore: 'none', dns: kind === 'doh' ? { doh } : 'system' } as const;
		const visitAs = async (browser: Profile, visited = cases) => {
			await using session = createSession({ browser, ...trust, timeout: visitMs });
			return await visitAll((url) => session.fetch(url, { kind: 'navigate' }), names, web.arrived, visited);
		};
		add(result.ours, kind, await visitAs(getProfile(profile)));
		add(result.ours, kind, await askAsPages(getProfile(profile), trust, names));
		for (const error of nameErrors.filter((each) => each.kind === kind)) {
			const [shown] = cases.filter(({ name }) => name === error.shownBy);
			if (!shown) throw new Error(`no case ${error.shownBy}`);
			const texts = await visitAs(withError(getProfile(profile), error), [shown]);
			result.wrong[error.name] = texts[error.shownBy] ?? '';
		}
	}
	await web.close();
	await names.close();
	process.stdout.write(JSON.stringify(result));
}

const [browser, profile] = process.argv.slice(2);
await main(browser as BrowserName, profile ?? '');
process.exit(0);
