import type { Got } from 'got';
import type lowest14 from 'got-lowest-14';
import type got14 from 'got14';
import { expectTypeOf, test } from 'vitest';
import type { Session } from 'wiretwin';
import { createGot } from '../src/index.ts';

test('createGot gives back the kind of got it was given', () => {
	const make = (session: Session, other: typeof got14, lowest: typeof lowest14) => ({
		own: createGot(session),
		other: createGot(session, other),
		lowest: createGot(session, lowest),
	});
	expectTypeOf<ReturnType<typeof make>['own']>().toEqualTypeOf<Got>();
	expectTypeOf<ReturnType<typeof make>['other']>().toEqualTypeOf<typeof got14>();
	expectTypeOf<ReturnType<typeof make>['lowest']>().toEqualTypeOf<typeof lowest14>();
});
