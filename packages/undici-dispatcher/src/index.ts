export type { ClientMethods, ComposedDispatcher, Interceptor } from './client-methods.ts';
export type {
	Dispatch,
	DispatchController,
	DispatchHandler,
	DispatchOptions,
	LegacyDispatchHandler,
} from './contract.ts';
export { type WiretwinDispatcher, type WiretwinDispatcherOptions, wiretwinDispatcher } from './dispatcher.ts';
