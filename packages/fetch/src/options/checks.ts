import { InvalidArgumentError } from '../errors/classes.ts';

/** Throws `ERR_INVALID_OPTION`: `name` must be `expected`. The value is not shown, it may be a secret. */
export function refuse(name: string, expected: string, cause?: unknown): never {
	throw new InvalidArgumentError(`Option "${name}" must be ${expected}.`, 'ERR_INVALID_OPTION', cause);
}

/** Text of anything that has one, as the standards convert; `ERR_INVALID_ARG` for what has none. A caller's own exception stays his. */
export function textOf(value: unknown, what: string): string {
	if (typeof value === 'string') return value;
	const convertible = typeof value !== 'object' || value === null || typeof value.toString === 'function';
	if (typeof value === 'symbol' || !convertible) throw new InvalidArgumentError(`${what} must be text.`);
	return String(value);
}

/** Refuses what is no request or has no handler, before either is looked into. */
export function checkExchange(request: unknown, handler: unknown): void {
	if (typeof request !== 'object' || request === null) throw new InvalidArgumentError('The request must be an object.');
	const { onHead, onError } = (handler ?? {}) as { onHead?: unknown; onError?: unknown };
	if (typeof onHead !== 'function' || typeof onError !== 'function') {
		throw new InvalidArgumentError('The handler must have the methods onHead and onError.');
	}
}

/** A boolean, or `fallback` when absent. */
export function booleanOption(value: unknown, name: string, fallback: boolean): boolean {
	if (value === undefined) return fallback;
	return typeof value === 'boolean' ? value : refuse(name, 'a boolean');
}

/** A string, or `undefined` when absent. */
export function stringOption(value: unknown, name: string): string | undefined {
	if (value === undefined || typeof value === 'string') return value;
	return refuse(name, 'a string');
}

/** A whole number from `least` upwards, or `undefined` when absent. */
export function countOption(value: unknown, name: string, least: number, most?: number): number | undefined {
	if (value === undefined) return undefined;
	const isCount = typeof value === 'number' && Number.isSafeInteger(value) && value >= least;
	if (isCount && (most === undefined || value <= most)) return value;
	return refuse(
		name,
		most === undefined ? `a whole number of at least ${least}` : `a whole number, ${least} to ${most}`,
	);
}

/** One of a fixed list, or `undefined` when absent. */
export function choiceOption<const T extends string>(
	value: unknown,
	name: string,
	choices: readonly T[],
): T | undefined {
	if (value === undefined) return undefined;
	const found = choices.find((choice) => choice === value);
	return found ?? refuse(name, `one of ${choices.map((choice) => `"${choice}"`).join(', ')}`);
}

/** An options object: not `null`, an array or a primitive. `expected` names the other kinds that the option may be of. */
export function objectOption(value: unknown, name: string, expected = 'an object'): Record<string, unknown> {
	if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
	return refuse(name, expected);
}
