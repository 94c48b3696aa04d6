import { TimeoutError } from './classes.ts';
import type { ErrorPhase, RequestSummary } from './wiretwin-error.ts';

/** A limit of the caller's has passed where the engine does not watch it: said as the engine's own are. */
export function timedOut(
	phase: Extract<ErrorPhase, 'resolve' | 'total'>,
	limitMs: number,
	request: RequestSummary,
): TimeoutError {
	const code = `ERR_TIMEOUT_${phase.toUpperCase()}`;
	const message = `Gave up after ${limitMs} ms in phase "${phase}": ${request.method} ${request.url}`;
	return new TimeoutError(message, { code, phase, limitMs, request });
}
