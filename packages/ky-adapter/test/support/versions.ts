import ky2 from 'ky';
import ky1 from 'ky1';

/** Both supported versions under the type of the newer one; tests use what they share. */
export const versions: readonly (readonly [name: string, ky: typeof ky2])[] = [
	['ky 1', ky1 as unknown as typeof ky2],
	['ky 2', ky2],
];
