import { isIP } from 'node:net';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isAddress } from '../src/cookies/site.ts';

const part = fc.oneof(
	fc.integer({ min: -1, max: 300 }).map(String),
	fc.constantFrom('', '00', '01', '1e1', '0x1', ' 1', '1 ', '+1', '2.5', '１', 'a', 'NaN'),
);

it('takes for an address what Node takes for one', () => {
	const names = fc.oneof(
		fc.array(part, { minLength: 3, maxLength: 5 }).map((parts) => parts.join('.')),
		fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255)).map((parts) => parts.join('.')),
		fc.ipV4(),
		fc.domain(),
	);
	fc.assert(
		fc.property(names, (name) => {
			expect(isAddress(name)).toBe(isIP(name) === 4);
		}),
		{ numRuns: 2000 },
	);
});
