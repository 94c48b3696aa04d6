/** The servers of a visit: each another kind of peer, each an origin of its own. */
import type { ConnectionRecord } from '../capture/records.ts';
import { type Authority, sharedAuthority } from '../certs/authority.ts';
import type { Handler } from '../servers/exchange.ts';
import type { MirrorOptions } from '../servers/options.ts';
import { type Mirror, startMirror } from '../servers/start-mirror.ts';
import type { VisitHost, VisitServer } from './step.ts';

/**
 * Further origins: a browser has no ticket for them, so each makes a fresh hello. What is drawn for a hello must be seen: with
 * 48, one of four equally likely values stays away from one visit in 250,000 (with 12, from one in eight).
 */
export const FRESH_ORIGINS = 48;
/** Connections taken by each server; a visit makes five to the first one. */
const MAX_CONNECTIONS = 64;

/** SETTINGS of a peer that allows WebSocket in its streams (RFC 8441). */
const WITH_CONNECT: MirrorOptions = {
	http2: {
		settings: [
			[3, 128],
			[8, 1],
		],
	},
};

const kinds: Readonly<Record<VisitServer, MirrorOptions>> = {
	main: {},
	http1: { protocols: ['http/1.1'] },
	tls12: { tlsVersions: ['1.2', '1.2'] },
	resumption: {},
	download: {},
	hints: {},
	misdirected: {},
	websocket: WITH_CONNECT,
	'websocket-first': WITH_CONNECT,
};

export type VisitHosts = { readonly own: string; readonly sibling?: string; readonly stranger?: string };

export type ServerOptions = {
	hosts: VisitHosts;
	port?: number;
	listenAddress?: string;
	authority?: Authority;
	handler: Handler;
};

/** All servers of one visit. */
export class VisitServers {
	readonly #mirrors = new Map<string, Mirror>();
	readonly #hosts: VisitHosts;
	/** One for all of them: they have the same names. */
	readonly certificatePem: string;

	private constructor(hosts: VisitHosts, certificatePem: string) {
		this.#hosts = hosts;
		this.certificatePem = certificatePem;
	}

	static async start(options: ServerOptions): Promise<VisitServers> {
		const { hosts, port, listenAddress, authority = sharedAuthority(), handler } = options;
		const extraHosts = [hosts.own, hosts.sibling, hosts.stranger].filter((host) => host !== undefined);
		const { certificatePem } = authority.serverIdentity('trusted', 'ecdsa', extraHosts);
		const servers = new VisitServers(hosts, certificatePem);
		const common: MirrorOptions = {
			extraHosts,
			defaultRoutes: false,
			maxRecordedBody: 4096,
			maxConnections: MAX_CONNECTIONS,
			listenAddress,
			authority,
			handler,
		};
		for (const [name, own] of Object.entries(kinds))
			servers.#mirrors.set(name, await startMirror({ ...common, ...own, port: name === 'main' ? port : undefined }));
		for (let index = 0; index < FRESH_ORIGINS; index++)
			servers.#mirrors.set(`fresh-${index}`, await startMirror(common));
		return servers;
	}

	get caPem(): string {
		return this.#mirror('main').caPem;
	}

	/** `''` for a host that the visitor cannot reach. */
	origin(server: VisitServer, host: VisitHost): string {
		const name = this.#hosts[host];
		return name === undefined ? '' : this.#mirror(server).urlFor(name);
	}

	/** Every origin by server and host, `main/own`. */
	origins(): Record<string, string> {
		const origins: Record<string, string> = {};
		for (const server of Object.keys(kinds) as VisitServer[])
			for (const host of ['own', 'sibling', 'stranger'] as const)
				origins[`${server}/${host}`] = this.origin(server, host);
		return origins;
	}

	freshOrigins(): string[] {
		return Array.from({ length: FRESH_ORIGINS }, (_, index) => this.#mirror(`fresh-${index}`).urlFor(this.#hosts.own));
	}

	/** Kills the connections of a server. */
	cut(server: 'tls12' | 'resumption'): void {
		this.#mirror(server).destroyConnections();
	}

	/** Connections over which `isVisitor` holds for every request; those without one may be anybody's. */
	connections(
		isVisitor: (connection: ConnectionRecord) => boolean,
	): Record<VisitServer | 'fresh', readonly ConnectionRecord[]> {
		const of = (name: string) =>
			this.#mirror(name).connections.filter((each) => each.requests.length > 0 && isVisitor(each));
		// The first connection to each origin: later ones may hold its ticket.
		const fresh = Array.from({ length: FRESH_ORIGINS }, (_, index) => of(`fresh-${index}`).slice(0, 1)).flat();
		return {
			main: of('main'),
			http1: of('http1'),
			tls12: of('tls12'),
			resumption: of('resumption'),
			download: of('download'),
			hints: of('hints'),
			misdirected: of('misdirected'),
			websocket: of('websocket'),
			'websocket-first': of('websocket-first'),
			fresh,
		};
	}

	async close(): Promise<void> {
		for (const mirror of this.#mirrors.values()) await mirror.close();
	}

	#mirror(name: string): Mirror {
		const mirror = this.#mirrors.get(name);
		if (!mirror) throw new Error(`no server ${name}`);
		return mirror;
	}
}
