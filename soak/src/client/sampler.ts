import { readdirSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Sample } from '../plan.ts';
import { allocator } from './allocator.ts';

/** Of the event-loop delay, milliseconds. */
const RESOLUTION_MS = 10;
/** Between two of them, milliseconds. */
const COLLECT_MS = 50;
/** Collections before a look at rest: what one frees lets registries of forgotten things free more. */
const COLLECTIONS = 4;

type Counts = Pick<Sample, 'connections' | 'exchanges' | 'inFlight' | 'done'>;

/** Looks at this process. */
export class Sampler {
	readonly #start = performance.now();
	readonly #delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
	readonly #counts: () => Counts;
	readonly #allocator = allocator();

	constructor(counts: () => Counts) {
		this.#counts = counts;
		this.#delay.enable();
	}

	get now(): number {
		return Math.round(performance.now() - this.#start);
	}

	underLoad(): Sample {
		return this.#look(false);
	}

	async collect(): Promise<void> {
		globalThis.gc?.();
		await new Promise((resolve) => setTimeout(resolve, COLLECT_MS));
	}

	/** To be called when everything has ended. */
	async atRest(): Promise<Sample> {
		for (let round = 0; round < COLLECTIONS; round++) await this.collect();
		const sample = this.#look(true);
		if (this.#allocator) {
			globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
			sample.allocated = this.#allocator.inUse();
			this.#allocator.giveBack();
			sample.settled = process.memoryUsage.rss();
		}
		return sample;
	}

	#look(atRest: boolean): Sample {
		const { rss: resident, heapUsed: heap, external } = process.memoryUsage();
		const milliseconds = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
		const sample: Sample = {
			at: this.now,
			atRest,
			resident,
			...(this.#allocator ? { allocated: this.#allocator.inUse() } : {}),
			heap,
			external,
			descriptors: descriptors(),
			handles: process.getActiveResourcesInfo().length,
			...this.#counts(),
			delayMedian: milliseconds(this.#delay.percentile(50)),
			delayHigh: milliseconds(this.#delay.percentile(99)),
		};
		this.#delay.reset();
		return sample;
	}
}

/** Open descriptors of this process; 0 where the system does not tell. */
function descriptors(): number {
	try {
		return readdirSync('/proc/self/fd').length;
	} catch {
		return 0;
	}
}
