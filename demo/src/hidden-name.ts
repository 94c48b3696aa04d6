import { recordTypes, sharedAuthority, startMirror, startNameServer, type Zone } from '@wiretwin/mirror';
import { createSession } from 'wiretwin';
import { type EchConnection, startEchServers } from '../../truth/src/ech/ech-servers.ts';
import { hasTicket, sentHellos, understoodHello } from '../../truth/src/ech/facts.ts';
import { bold, dim, green, red } from './table.ts';

const HOST = 'www.mirror.test';
/** One that ends a connection behind its first answer, so that each visit has a hello of its own. */
const SITUATION = 'resumed';
const typeNames: ReadonlyMap<number, string> = new Map(Object.entries(recordTypes).map(([name, type]) => [type, name]));
const widths = [30, 21, 17, 20];

/**
 * Visits a server that reads Encrypted ClientHello twice, with what a name server of this machine says of it, and once without:
 * which name everybody on the way reads, and which one the server. Returns how many visits were not as they have to be.
 * @param builtWith what this checkout has built already
 */
export async function showHiddenName(
	write: (line: string) => void,
	builtWith: NonNullable<Parameters<typeof startEchServers>[1]>,
): Promise<number> {
	const authority = sharedAuthority();
	const servers = await startEchServers(authority.serverIdentity('trusted'), builtWith);
	const closing: Array<{ close(): unknown }> = [servers];
	const { port = 0, list: ech = new Uint8Array() } = servers.servers.get(SITUATION) ?? {};
	// Chromium waits for the record some milliseconds at most when it has addresses, Firefox in plain not at all (docs/internals/dns.md).
	let recordAsked = Promise.withResolvers<void>();
	const zone: Zone = async ({ name, type }, over) => {
		const isAsked = type === recordTypes.HTTPS && name.toLowerCase() === `_${port}._https.${HOST}`;
		if (isAsked) setImmediate(recordAsked.resolve);
		else if (over === 'udp') await recordAsked.promise;
		if (type === recordTypes.A) return { records: [{ type: 'A', address: '127.0.0.1' }] };
		return { records: isAsked ? [{ type: 'HTTPS', priority: 1, target: HOST, alpn: ['h2'], ech }] : [] };
	};
	const names = await startNameServer(zone);
	const overHttps = await startMirror({ handler: names.handler });
	closing.push(names, overHttps);
	const browsers = [
		{ browser: 'chromium_156', how: 'in plain', dns: { servers: [names.address] } },
		{ browser: 'firefox_153', how: 'over https', dns: { doh: `${overHttps.urlFor('127.0.0.1')}/dns-query` } },
	] as const;
	let wrong = 0;
	try {
		for (const { browser, how, dns } of browsers) {
			write(`\n${bold(`${browser}: a second visit with the name of the host hidden (Encrypted ClientHello)`)}`);
			write(dim(`  the name server, asked ${how}, has an HTTPS record for ${HOST} with a key to encrypt with`));
			write(dim(`  ${columns(['visit', 'name server was asked', 'name on the wire', 'name the server read'])} ECH`));
			const options = { browser, os: 'linux', ca: authority.caPem, dns } as const;
			const session = createSession(options);
			const plain = createSession({ ...options, ech: 'grease' });
			closing.push(session, plain);
			const visits = [
				['first', session],
				['second', session],
				["without (ech: 'grease')", plain],
			] as const;
			for (const [name, visitor] of visits) {
				recordAsked = Promise.withResolvers();
				const [asked, seen] = [names.queries.length, servers.connections.length];
				const response = await visitor.fetch(`https://${HOST}:${port}/`);
				await response.text();
				await servers.arrived(seen + 1);
				const connection = servers.connections[seen] as EchConnection;
				const outcome = response.connection.tls?.ech ?? 'none';
				const questions = names.queries.slice(asked).map(({ type }) => typeNames.get(type) ?? String(type));
				const isShown = Buffer.from(connection.sent, 'hex').includes(HOST);
				const isRight =
					visitor === plain
						? isShown && !connection.isHidden
						: !isShown && connection.isHidden && outcome === 'accepted';
				if (!isRight) wrong++;
				const outer = sentHellos(connection)[0]?.serverName ?? 'none';
				const inner = understoodHello(connection)?.serverName ?? 'none';
				const cells = [
					`${name}${hasTicket(connection) ? ', session resumed' : ''}`,
					questions.sort().join(', ') || 'nothing, it knows',
					outer,
					inner,
				];
				write(`  ${columns(cells)} ${isRight ? (connection.isHidden ? green(outcome) : outcome) : red(outcome)}`);
			}
		}
	} finally {
		for (const each of closing.reverse()) await each.close();
	}
	write(wrong === 0 ? '' : red(`\n${wrong} visits are not as they have to be`));
	return wrong;
}

const columns = (cells: readonly string[]): string =>
	cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join(' ');
