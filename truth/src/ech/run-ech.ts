import { setTimeout } from 'node:timers/promises';
import { recordTypes, sharedAuthority, startMirror, startNameServer, type Zone } from '@wiretwin/mirror';
import type { Browser, BrowserName, BrowserOptions } from '@wiretwin/mirror/browsers';
import type { Profile } from '@wiretwin/profiles';
import { createSession, type Session } from 'wiretwin';
import type { AnswersResult } from '../answers/compare-answers.ts';
import { edited } from '../perturbations.ts';
import { type EchServers, startEchServers } from './ech-servers.ts';
import { factsOf, hasTicket, type Reading } from './facts.ts';

const HOST = 'www.mirror.test';
/** Where the page is visited until a ticket is used. */
const RESUMED = 'resumed';
/** Where wiretwin is different, and why. */
const known: ReadonlyMap<string, string> = new Map([
	[
		'firefox stranger',
		'Firefox asks the stranger once more, with the hello of a repetition, before it shows its error; nothing else is shown',
	],
]);
/** What is told the other way round, and the situation that has to show it. */
const deliberateErrors: ReadonlyArray<readonly [flag: string, name: string]> = [
	['allCiphers', 'good'],
	['innerFirst', 'good'],
	['shortPadding', 'good'],
	['outerPsk', RESUMED],
];
/** Spare connections that a browser may have, and two more. */
const VISITS_MAX = 6;
/** Longer than a line takes from a server to us. */
const SETTLING_MS = 300;

/**
 * Encrypted ClientHello: a browser that learns the configurations from HTTPS records over DoH, and wiretwin that is given them,
 * visit the same servers. Compared is whether the page was shown, each outer hello and, where the server could read it, the inner one.
 */
export async function runEch(
	start: (options: BrowserOptions) => Promise<Browser>,
	profile: Profile,
): Promise<AnswersResult> {
	const identity = sharedAuthority().serverIdentity('trusted');
	await using started = new AsyncDisposableStack();
	const servers = started.adopt(await startEchServers(identity), (running) => running.close());
	const names = started.use(await startNameServer(zone(servers)));
	const doh = started.adopt(await startMirror({ handler: names.handler }), (running) => running.close());
	const dohUrl = `${doh.urlFor('127.0.0.1')}/dns-query`;
	const browser = started.adopt(await start({ caPem: sharedAuthority().caPem, hosts: [HOST], dohUrl }), (running) =>
		running.close(),
	);
	const isChromium = browser.name === ('chromium' satisfies BrowserName);
	const reading: Reading = { isShuffled: isChromium, drawsLengths: isChromium };
	const differences: AnswersResult['differences'] = [];
	const outdated: string[] = [];
	const told = new Map<string, string>();
	for (const [name, { port }] of servers.servers) {
		const url = `https://${HOST}:${port}/`;
		const theirs = await watch(servers, name, reading, () => visitByBrowser(browser, url));
		const ours = await watchWiretwin(servers, name, reading, profile);
		told.set(name, theirs);
		const reason = known.get(`${browser.name} ${name}`);
		if (theirs !== ours) differences.push({ name, browser: theirs, wiretwin: ours, reason });
		else if (reason !== undefined) outdated.push(name);
	}
	for (const [flag, name] of deliberateErrors) {
		// Among three that are shuffled it is the first by chance, too.
		if (flag === 'innerFirst' && reading.isShuffled) continue;
		const ours = await watchWiretwin(servers, name, reading, withOther(profile, flag));
		const missed = { name: `deliberate error: ${flag}`, browser: 'differs', wiretwin: 'equal', reason: undefined };
		if (ours === told.get(name)) differences.push(missed);
	}
	return { asked: servers.servers.size, differences, outdated };
}

/** Says the opposite of what a profile says of one thing. */
function withOther(profile: Profile, flag: string): Profile {
	return edited(profile, ({ tls }) => {
		const { real } = tls.ech as { real: Record<string, boolean> };
		real[flag] = !real[flag];
	});
}

async function watchWiretwin(servers: EchServers, name: string, reading: Reading, profile: Profile): Promise<string> {
	const { port = 0, list = new Uint8Array() } = servers.servers.get(name) ?? {};
	await using session = createSession({
		browser: profile,
		ca: sharedAuthority().caPem,
		resolve: { [HOST]: '127.0.0.1' },
		ech: { configs: { [HOST]: list } },
	});
	return await watch(servers, name, reading, () => visitByWiretwin(session, `https://${HOST}:${port}/`));
}

/** The host, and an HTTPS record for each port of it. */
function zone({ servers }: EchServers): Zone {
	const lists = new Map([...servers.values()].map(({ port, list }) => [`_${port}._https.${HOST}`, list]));
	return ({ name, type }) => {
		const ech = lists.get(name.toLowerCase());
		// Without a target of its own the name with the port would be meant, and Chromium leaves such a record alone. With http/1.1
		// beside h2 Firefox opens another connection, as if it repeated something.
		if (type === recordTypes.HTTPS && ech) {
			return { records: [{ type: 'HTTPS', priority: 1, target: HOST, alpn: ['h2'], ech }] };
		}
		return { records: type === recordTypes.A ? [{ type: 'A', address: '127.0.0.1' }] : [] };
	};
}

async function watch(
	{ connections }: EchServers,
	name: string,
	reading: Reading,
	visit: () => Promise<string>,
): Promise<string> {
	const before = connections.length;
	const seen = () => connections.slice(before).filter(({ situation }) => situation === name);
	let shown = await visit();
	// A spare connection of the first visit may serve the second one.
	for (let visits = 1; name === RESUMED && visits < VISITS_MAX && !seen().some(hasTicket); visits++)
		shown = await visit();
	// A refusal ends the visit before the server has told of the connection.
	await setTimeout(SETTLING_MS);
	return [shown, ...factsOf(seen(), reading, name === RESUMED)].join('\n');
}

async function visitByBrowser(browser: Browser, url: string): Promise<string> {
	// Firefox fails where Chromium shows a page of its own.
	await browser.navigate(url).catch(() => {});
	const text = await browser.evaluate<string>('document.body?.textContent ?? ""').catch(() => '');
	return text === 'shown' ? 'shown' : 'refused';
}

async function visitByWiretwin(session: Session, url: string): Promise<string> {
	const text = await session.fetch(url).then(
		(response) => response.text(),
		() => '',
	);
	return text.endsWith('shown') ? 'shown' : 'refused';
}
