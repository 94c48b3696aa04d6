import type { Dispatcher as Dispatcher8 } from 'undici';
import * as undici8 from 'undici';
import type { Dispatcher as Lowest6 } from 'undici-lowest-6';
import type { Dispatcher as Lowest7 } from 'undici-lowest-7';
import type { Dispatcher as Lowest8 } from 'undici-lowest-8';
import type { Dispatcher as Dispatcher6 } from 'undici6';
import type { Dispatcher as Dispatcher7 } from 'undici7';
import { expectTypeOf, it } from 'vitest';
import type { PageClient, Session, Transport } from 'wiretwin';
import { type ComposedDispatcher, type WiretwinDispatcher, wiretwinDispatcher } from '../src/index.ts';

it('fits where undici 6, 7, 8 and Node want a dispatcher', () => {
	expectTypeOf(wiretwinDispatcher).parameter(0).toEqualTypeOf<Session | Transport | PageClient>();
	expectTypeOf(undici8.setGlobalDispatcher).toBeCallableWith({} as WiretwinDispatcher);
	expectTypeOf(undici8.fetch).toBeCallableWith('https://example.test/', { dispatcher: {} as WiretwinDispatcher });
	expectTypeOf(globalThis.fetch).toBeCallableWith('https://example.test/', { dispatcher: {} as WiretwinDispatcher });
	// Assignments: `toExtend` does not do what a call does with methods of both sides.
	const six: Dispatcher6 = {} as WiretwinDispatcher;
	const seven: Dispatcher7 = {} as WiretwinDispatcher;
	const eight: Dispatcher8 = {} as WiretwinDispatcher;
	const composed: Dispatcher8 = {} as ComposedDispatcher;
	const lowest6: Lowest6 = {} as WiretwinDispatcher;
	const lowest7: Lowest7 = {} as WiretwinDispatcher;
	const lowest8: Lowest8 = {} as WiretwinDispatcher;
	return [six, seven, eight, composed, lowest6, lowest7, lowest8];
});

it('takes the interceptors of undici', () => {
	expectTypeOf<WiretwinDispatcher['compose']>().toBeCallableWith(undici8.interceptors.retry(), [
		undici8.interceptors.redirect(),
	]);
});
