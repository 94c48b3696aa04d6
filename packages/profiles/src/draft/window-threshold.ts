/** Payload bytes of the largest frame before any SETTINGS (RFC 9113 4.2): increments exceed a threshold by less. */
const MAX_FRAME = 16_384;

/** Frames by which a browser that has much to do returns a window late, and still by the same rule. */
const LATE_FRAMES = 8;

/** Thresholds that are no part of the window are whole mebibytes in every browser that was captured. */
const MEBIBYTE = 1_048_576;

/**
 * The number of bytes above which a browser returns a window.
 * @param increments of its WINDOW_UPDATEs during a long download
 * @param known threshold of the base; believed if it explains the increments, as is half of the window and a whole number
 *   of mebibytes: a browser that was busy all the time never shows the least increment itself
 * @param window size at first
 */
export function windowThreshold(increments: readonly number[], known: number, window: number): number {
	const sorted = [...increments].sort((left, right) => left - right);
	const [least = 1] = sorted;
	const typical = sorted[sorted.length >> 1] ?? 0;
	const explains = (value: number, frames: number) => typical > value && typical <= value + frames * MAX_FRAME;
	const candidates = [known, Math.floor(window / 2), Math.floor(least / MEBIBYTE) * MEBIBYTE - 1];
	return (
		candidates.find((value) => explains(value, 1)) ??
		candidates.find((value) => explains(value, LATE_FRAMES)) ??
		least - 1
	);
}
