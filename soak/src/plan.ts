/** What a soak is to do. */
export type Plan = {
	/** How long the load lasts, milliseconds. */
	durationMs: number;
	/** Actions under way at the same time, at most; a machine that cannot carry them gets fewer. */
	inFlight: number;
	/** Between two rests, at which everything has to have ended, milliseconds. */
	roundMs: number;
	/** Of the numbers that choose. The order in which answers arrive is the machine's, so a seed is not a recording. */
	seed: number;
	/** Answers come so late on average, milliseconds: what is in flight costs no time of the processor. */
	waitMs: number;
};

/** Where the peers are. */
export type Peers = {
	ca: string;
	/** Servers that behave: every request to them has to be answered, with what was asked for. */
	steady: { h1: string; h2: string; plain: string };
	/** The same for requests that are given up: a server may take revenge for many resets. */
	abandoned: { h1: string; h2: string };
	/** Mirrors whose connections are cut from time to time. */
	chaos: { h1: string; h2: string };
	/** Mirrors that echo WebSocket messages. */
	sockets: { h1: string; h2: string };
	/** Nothing listens there. */
	nobody: string;
	/** Proxies whose connections die. */
	proxies: { http: string; socks: string };
	faults: FaultAddress[];
};

/** One scenario of the mirror; `isProxy` is to be gone through, not to be fetched. */
export type FaultAddress = { name: string; url: string; isProxy: boolean };

/** One look at the client's process. */
export type Sample = {
	/** Milliseconds since the start. */
	at: number;
	/** Taken when everything had ended and garbage was collected; otherwise under load. */
	atRest: boolean;
	/** Resident memory, bytes. */
	resident: number;
	/** At rest, after allocator and collector have given back what nobody uses, bytes. */
	settled?: number;
	/** What the C library's allocator has given out, bytes; where it tells. */
	allocated?: number;
	/** Heap of the main thread in use, and memory outside that it owns, bytes. */
	heap: number;
	external: number;
	descriptors: number;
	/** What keeps the event loop: sockets of libuv, timers and the like. */
	handles: number;
	/** Of sessions that are kept. */
	connections: number;
	exchanges: number;
	/** Actions under way. */
	inFlight: number;
	/** Actions that have ended since the start. */
	done: number;
	/** Event-loop delay since the sample before, milliseconds. */
	delayMedian: number;
	delayHigh: number;
};

/** Something that must not happen. */
export type Finding = { at: number; action: string; what: string };

/** How often each action ended in which way. */
export type Tally = Record<string, Record<string, number>>;

/** What the peers tell: where they are, and requests that no client may send. */
export type PeersMessage = { type: 'peers'; peers: Peers } | { type: 'bad request'; what: string };

/** What the client tells. */
export type ClientMessage =
	| { type: 'sample'; sample: Sample }
	| { type: 'finding'; finding: Finding }
	/** `left`: what keeps the event loop then; the channel to the parent is among it. */
	| { type: 'end'; tally: Tally; left: string[] };

/** A soak of so many minutes. */
export function planFor(minutes: number, seed: number): Plan {
	const durationMs = minutes * 60_000;
	return {
		durationMs,
		inFlight: 500,
		roundMs: Math.min(30_000, Math.max(5_000, durationMs / 40)),
		seed,
		waitMs: 1_500,
	};
}
