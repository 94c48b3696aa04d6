/** An option that must be a function where it is given. Throws `TypeError` with Node's code `ERR_INVALID_ARG_TYPE`. */
// biome-ignore lint/complexity/noBannedTypes: what it takes is for the caller to say
export function functionOption(name: string, value: unknown): Function | undefined {
	if (value === undefined || value === null) return undefined;
	if (typeof value === 'function') return value;
	const message = `The option "${name}" must be a function, not ${typeof value}.`;
	throw Object.assign(new TypeError(message), { code: 'ERR_INVALID_ARG_TYPE' });
}
