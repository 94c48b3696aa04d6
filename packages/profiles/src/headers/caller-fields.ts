/** The caller's header list, looked at once a request. */

export type CallerField = {
	/** Name as typed. */
	typed: string;
	value: string;
};

/** Lower-case name to field, in call order. Repeated names are joined as `Headers` joins them. */
export type CallerFields = ReadonlyMap<string, CallerField>;

/** Fields that describe the representation kept by the caller; a browser bypasses its own cache when it sees one. */
const CONDITIONAL = ['if-none-match', 'if-modified-since', 'if-match', 'if-unmodified-since', 'if-range'];

/**
 * Reads a flat name, value list.
 * @returns undefined for an empty list, so that the common request takes the short path
 * @throws RangeError when the list has an odd length
 */
export function readCallerFields(list: readonly string[] | undefined): CallerFields | undefined {
	if (list === undefined || list.length === 0) return undefined;
	if (list.length % 2 !== 0) throw new RangeError('A header list needs a value for every name');
	const fields = new Map<string, CallerField>();
	for (let index = 0; index < list.length; index += 2) {
		const typed = list[index] ?? '';
		const value = list[index + 1] ?? '';
		const lower = typed.toLowerCase();
		const earlier = fields.get(lower);
		if (earlier === undefined) fields.set(lower, { typed, value });
		else earlier.value += (lower === 'cookie' ? '; ' : ', ') + value;
	}
	return fields;
}

/** One range of bytes, which a browser's cache keeps apart and writes anew. */
export function isSingleRange(fields: CallerFields): boolean {
	return /^bytes=(?:[0-9]+-[0-9]*|-[0-9]+)$/.test(fields.get('range')?.value ?? '');
}

/** Whether a preflight asks leave for a condition. */
export function asksForConditions(requested: string | undefined): boolean {
	const names = requested?.toLowerCase().split(',') ?? [];
	return names.some((name) => CONDITIONAL.includes(name.trim()));
}

/** Whether the caller does his own cache validation. */
export function isConditional(fields: CallerFields): boolean {
	return CONDITIONAL.some((name) => fields.has(name));
}
