/**
 * Bytes of a body for one element of litter, which has eight: so young memory is used up, and looked through, before dead bodies
 * pile up outside of it (docs/internals/binding.md). Young memory has 1 to 2 MB at first, so that is every 4 to 8 MB of body. With
 * an eighth a download of 50 MB grew the process by 31 MB instead of 23, and took more CPU since it was written to memory that was new.
 */
const bodyForElement = 4 * 8;

/** Bytes of a body for one array of litter: 64 kB. Above some 128 kB V8 gives an array pages of its own, which costs more. */
const bodyAtOnce = 256 * 1024;

/** Short-lived garbage in proportion to bodies, whose own memory V8 does not see, and sees to too late. */
export class Litter {
	/** Kept until the next, or V8 would not make it. */
	latest: unknown;

	/** Of so many bytes of a body that were handed out. */
	of(bytes: number): void {
		for (let left = bytes; left > 0; left -= bodyAtOnce) {
			this.latest = new Array(Math.ceil(Math.min(left, bodyAtOnce) / bodyForElement));
		}
	}
}
