/** `Symbol.toStringTag` of built-in and web classes, the same in every realm. */
export function tagOf(value: unknown): string {
	return Object.prototype.toString.call(value).slice(8, -1);
}
