/** Payload bytes of the largest frame before any SETTINGS (RFC 9113 4.2): increments exceed a threshold by less. */
const MAX_FRAME = 16_384;

/** Frames by which a browser that has much to do returns a window late, and still by the same rule. */
const LATE_FRAMES = 32;

/** Thresholds that are no part of the window are whole mebibytes in every browser that was captured. */
const MEBIBYTE = 1_048_576;

/**
 * The number of bytes above which a browser returns a window.
 * @param increments of its WINDOW_UPDATEs during a long download
 * @param known threshold of the base. It, half of the window and whole mebibytes are believed if the least increment or half of
 *   them lie right above: a browser that was busy never shows its threshold itself and may return megabytes more, and one
 *   whose window ran dry returns less
 * @param window size at first
 */
export function windowThreshold(increments: readonly number[], known: number, window: number): number {
	const isRightAbove = (increment: number, value: number, frames: number) =>
		increment > value && increment <= value + frames * MAX_FRAME;
	const explained = (value: number, frames: number) =>
		increments.filter((increment) => isRightAbove(increment, value, frames)).length;
	const sorted = [...increments].sort((left, right) => left - right);
	const [least = 1] = sorted;
	const whole = sorted.map((increment) => Math.floor(increment / MEBIBYTE) * MEBIBYTE - 1);
	const [best] = [known, Math.floor(window / 2), ...whole]
		.map((value) => ({ value, late: explained(value, LATE_FRAMES), onTime: explained(value, 1) }))
		.filter(({ value, late }) => {
			const isMany = late * 2 >= increments.length;
			return value > 0 && (isMany || isRightAbove(least, value, LATE_FRAMES));
		})
		.sort((left, right) => right.late - left.late || right.onTime - left.onTime);
	return best?.value ?? least - 1;
}
