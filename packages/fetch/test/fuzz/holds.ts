import fc from 'fast-check';

/** Set by `make fuzz`: every property runs that long, with inputs that differ from run to run. */
const seconds = Number(process.env.WIRETWIN_FUZZ_SECONDS ?? 0);

const parameters = (runs: number) =>
	seconds > 0
		? {
				numRuns: Number.MAX_SAFE_INTEGER,
				interruptAfterTimeLimit: seconds * 1000,
				markInterruptAsFailure: false,
			}
		: { numRuns: runs, seed: 1 };

/** Vitest's limit for a property. */
export const limit = seconds > 0 ? seconds * 2000 + 60_000 : undefined;

/** The property holds for some hundred inputs, the same in every run. */
export function holds(property: fc.IProperty<never> | fc.IRawProperty<never, false>, runs = 500): void {
	fc.assert(property as fc.IProperty<never>, parameters(runs));
}

/** As `holds`, for a property that awaits. */
export function holdsLater(property: fc.IAsyncProperty<never>, runs = 100): Promise<void> {
	return fc.assert(property, parameters(runs));
}

/** Text as it comes from the wire: one byte a character. */
export const latin1 = (maxLength = 40) =>
	fc.uint8Array({ maxLength }).map((bytes) => Buffer.from(bytes).toString('latin1'));
