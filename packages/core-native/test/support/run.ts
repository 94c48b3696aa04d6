import { expect } from 'vitest';
import { createNativeTransport } from '../../src/index.ts';
import type {
	NativeError,
	NativeExchange,
	NativePhaseEvent,
	NativeRequest,
	NativeResponseHead,
	NativeTimings,
	NativeTransport,
	NativeTransportOptions,
} from '../../src/types.ts';
import { caPem, chromeProfile } from './peers.ts';

/** A transport that trusts the peers of these tests. */
export function createTransport(options: Partial<NativeTransportOptions> = {}): NativeTransport {
	return createNativeTransport({ profile: chromeProfile, ca: [caPem], trustStore: 'none', ...options });
}

/** One exchange with everything its handler was told. */
export type Started = {
	exchange: NativeExchange;
	head: Promise<NativeResponseHead>;
	/** Resolves at `onEnd`, rejects at `onError`. */
	ended: Promise<{ trailers: string[]; timings: NativeTimings }>;
	informational: Array<{ status: number; rawHeaders: string[] }>;
	phases: NativePhaseEvent[];
	/** How often `onEnd` and `onError` were called together. */
	readonly finals: number;
};

/** Starts an exchange and records its events. */
export function start(transport: NativeTransport, request: NativeRequest): Started {
	const head = Promise.withResolvers<NativeResponseHead>();
	const ended = Promise.withResolvers<{ trailers: string[]; timings: NativeTimings }>();
	// Most tests wait for one of the two only.
	head.promise.catch(() => {});
	ended.promise.catch(() => {});
	let finals = 0;
	const informational: Started['informational'] = [];
	const phases: NativePhaseEvent[] = [];
	const exchange = transport.exchange(request, {
		onPhase: (event) => phases.push(event),
		onInformational: (status, rawHeaders) => informational.push({ status, rawHeaders }),
		onHead: head.resolve,
		onEnd: (trailers, timings) => {
			finals++;
			ended.resolve({ trailers, timings });
		},
		onError: (error) => {
			finals++;
			head.reject(error);
			ended.reject(error);
		},
	});
	return {
		exchange,
		head: head.promise,
		ended: ended.promise,
		informational,
		phases,
		get finals() {
			return finals;
		},
	};
}

/** Runs one exchange to its end. */
export async function run(
	transport: NativeTransport,
	request: NativeRequest,
): Promise<{ head: NativeResponseHead; body: Buffer; trailers: string[]; timings: NativeTimings; started: Started }> {
	const started = start(transport, request);
	const head = await started.head;
	const body = Buffer.from(await started.exchange.readAll());
	const { trailers, timings } = await started.ended;
	return { head, body, trailers, timings, started };
}

/** The error that a promise rejects with. */
export async function failureOf(promise: Promise<unknown>): Promise<NativeError> {
	const outcome = await promise.then(
		() => undefined,
		(error: NativeError) => error,
	);
	expect(outcome, 'the promise should have rejected').toBeDefined();
	return outcome as NativeError;
}

/** Waits for a condition that only the I/O thread can bring about; the test's own time limit bounds it. */
export async function until(condition: () => boolean): Promise<void> {
	while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
