import type { ConformanceDriver, Lack } from './driver.ts';

/** One behaviour. It starts its own servers through the driver it is given, and asserts. */
export type ConformanceCase = {
	/** A sentence. */
	name: string;
	/** Not asked of clients that lack one of these. */
	needs?: readonly Lack[];
	run(driver: ConformanceDriver): Promise<void>;
};
