import type { Finding, Tally } from '../plan.ts';
import type { Action, Scene } from './actions/action.ts';
import { described } from './failure.ts';

/** An action that has not ended by then hangs: each has limits of its own far below. */
const HANG_MS = 200_000;
/** Between two collections while everything ends, milliseconds. */
const COLLECT_MS = 500;
const COLLECT_SHARE = 10;
/** Slots to begin with; they grow while the event loop keeps up. */
const FIRST = 100;
const GROWTH = 1.1;
/** Above this median delay of the event loop the machine cannot carry more, milliseconds. */
const BUSY_MS = 100;
/** Above this it cannot carry what it has. */
const OVERLOADED_MS = 400;
const SHRINK = 0.8;

/** Keeps many actions under way, until it is told to rest. */
export class Crowd {
	readonly tally: Tally = {};
	done = 0;
	readonly #scene: Scene;
	readonly #actions: readonly Action[];
	readonly #weight: number;
	readonly #most: number;
	readonly #report: (action: string, what: string) => void;
	readonly #running = new Map<symbol, { name: string; since: number }>();
	#wanted: number;
	#resting = true;
	#idle: (() => void) | undefined;

	constructor(scene: Scene, actions: readonly Action[], most: number, report: Crowd['report']) {
		this.#scene = scene;
		this.#actions = actions;
		this.#weight = actions.reduce((sum, { weight }) => sum + weight, 0);
		this.#most = most;
		this.#wanted = Math.min(FIRST, most);
		this.#report = report;
	}

	get report(): (action: Finding['action'], what: Finding['what']) => void {
		return this.#report;
	}

	/** Actions under way. */
	get inFlight(): number {
		return this.#running.size;
	}

	/** Names of those under way for longer than this, milliseconds. */
	slow(milliseconds: number): string[] {
		const before = performance.now() - milliseconds;
		return [...this.#running.values()].filter(({ since }) => since < before).map(({ name }) => name);
	}

	/** Begins, or goes on after a rest. */
	go(): void {
		this.#resting = false;
		this.#fill();
	}

	/** Lets everything end. Resolves when nothing runs, or with the names of what hangs. */
	async rest(): Promise<string[]> {
		this.#resting = true;
		if (this.#running.size === 0) return [];
		// A body that was forgotten has its connection until it is collected, and others wait for that.
		const collecting = new AbortController();
		void this.#collect(collecting.signal);
		await new Promise<void>((resolve) => {
			const clock = setTimeout(resolve, HANG_MS);
			this.#idle = () => {
				clearTimeout(clock);
				resolve();
			};
		});
		this.#idle = undefined;
		collecting.abort();
		const hanging = [...this.#running.values()].map(({ name }) => name);
		this.#running.clear();
		return hanging;
	}

	/** Adapts to what the machine carries; `delay` is the median of the event loop's, milliseconds. */
	adapt(delay: number): void {
		if (delay > OVERLOADED_MS) this.#wanted = Math.max(Math.min(FIRST, this.#most), Math.floor(this.#wanted * SHRINK));
		else if (delay < BUSY_MS) this.#wanted = Math.min(this.#most, Math.ceil(this.#wanted * GROWTH));
		this.#fill();
	}

	/** On a busy machine a collection takes long: what waits for it gets most of the time. */
	async #collect(signal: AbortSignal): Promise<void> {
		while (!signal.aborted) {
			const start = performance.now();
			globalThis.gc?.();
			const took = performance.now() - start;
			await new Promise((resolve) => setTimeout(resolve, Math.max(COLLECT_MS, COLLECT_SHARE * took)));
		}
	}

	#fill(): void {
		while (!this.#resting && this.#running.size < this.#wanted) void this.#one();
	}

	async #one(): Promise<void> {
		const action = this.#choose();
		const key = Symbol(action.name);
		this.#running.set(key, { name: action.name, since: performance.now() });
		try {
			this.#count(action.name, await action.run(this.#scene));
		} catch (error) {
			this.#count(action.name, 'WRONG');
			this.#report(action.name, described(error));
		}
		this.done++;
		this.#running.delete(key);
		if (this.#resting && this.#running.size === 0) this.#idle?.();
		else this.#fill();
	}

	#choose(): Action {
		let at = this.#scene.random.next() * this.#weight;
		for (const action of this.#actions) {
			at -= action.weight;
			if (at < 0) return action;
		}
		return this.#actions[0] as Action;
	}

	#count(name: string, outcome: string): void {
		this.tally[name] ??= {};
		const outcomes = this.tally[name];
		outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
	}
}
