/** Native transport of wiretwin: one exchange at a time, byte for byte as a browser sends it. */
export { about, type NativeAbout } from './about.ts';
export { isNativeError, NativeError } from './native-error.ts';
export { createNativeTransport } from './native-transport.ts';
export type {
	NativeAcquired,
	NativeDictionary,
	NativeExchange,
	NativeExchangeHandler,
	NativeIdentity,
	NativePhaseEvent,
	NativePriority,
	NativeProxy,
	NativeRequest,
	NativeResponseHead,
	NativeTimeouts,
	NativeTimings,
	NativeTlsInfo,
	NativeTransport,
	NativeTransportOptions,
	Phase,
} from './types.ts';
