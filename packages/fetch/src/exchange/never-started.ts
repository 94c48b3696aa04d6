import { NativeError, type NativeExchange, type NativeExchangeHandler } from '@wiretwin/core-native';

/**
 * Stands for an exchange whose signal had aborted before it began. The native half is not told of it: on an open
 * connection the request would be on the wire before the abort is. `onError` comes in the next microtask.
 */
export function neverStarted(handler: Pick<NativeExchangeHandler, 'onError'>): NativeExchange {
	const error = new NativeError({ code: 'ERR_ABORTED', phase: 'queue', replayable: true });
	const refuse = () => Promise.reject(error);
	queueMicrotask(() => handler.onError(error));
	return {
		read: refuse,
		readAll: refuse,
		write: refuse,
		drained: refuse,
		takeBufferedBody: () => undefined,
		takeBufferedAscii: () => undefined,
		discard: () => undefined,
		end: () => undefined,
		confirm: () => undefined,
		abort: () => undefined,
		complete: false,
		trailers: [],
		timings: {},
	};
}
