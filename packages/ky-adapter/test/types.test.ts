import type { KyInstance } from 'ky';
import ky from 'ky';
import type { KyInstance as Lowest1 } from 'ky-lowest-1';
import type { KyInstance as Lowest2 } from 'ky-lowest-2';
import type { KyInstance as KyInstance1 } from 'ky1';
import ky1 from 'ky1';
import { expectTypeOf, it } from 'vitest';
import type { PageClient, Session, Transport, WiretwinResponse } from 'wiretwin';
import { createKy, type WiretwinFetch, wiretwinFetch } from '../src/index.ts';

declare const session: Session;

it('has the types of ky', () => {
	expectTypeOf(createKy<KyInstance>).returns.toEqualTypeOf<KyInstance>();
	expectTypeOf(createKy<KyInstance1>).returns.toEqualTypeOf<KyInstance1>();
	expectTypeOf(createKy<Lowest1>).returns.toEqualTypeOf<Lowest1>();
	expectTypeOf(createKy<Lowest2>).returns.toEqualTypeOf<Lowest2>();
	expectTypeOf<WiretwinFetch>().returns.resolves.toEqualTypeOf<WiretwinResponse>();
	expectTypeOf(ky.create).toBeCallableWith({ fetch: {} as WiretwinFetch });
	expectTypeOf(ky1.create).toBeCallableWith({ fetch: {} as WiretwinFetch });
	expectTypeOf(wiretwinFetch).parameter(0).toEqualTypeOf<Session | PageClient>();
	const made = () => createKy(session, { transports: { other: {} as Transport } });
	expectTypeOf(made).returns.toEqualTypeOf<KyInstance>();
});
