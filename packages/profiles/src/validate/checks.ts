/** Small checkers that name the offending key. Each throws `ERR_PROFILE_INVALID` or returns. */
import { ProfileError } from '../errors.ts';
import { described, type JsonSchema, schemaOf } from './json-schema.ts';

/** Checks one value; `path` is where it stands, such as `http2.settings[0]`. */
export type Check = (value: unknown, path: string) => void;

/** No list or map in a profile is longer; bounds the work a hostile file can cause. */
const MAX_ENTRIES = 4096;
/** Longest text: a `trust_anchors` body in hexadecimal is the longest real one, below 2 kB. */
const MAX_TEXT = 65_536;

export function invalid(path: string, problem: string): ProfileError {
	return new ProfileError('ERR_PROFILE_INVALID', `${path}: ${problem}`);
}

export function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function text(pattern?: RegExp): Check {
	const schema = { type: 'string', maxLength: MAX_TEXT, ...(pattern ? { pattern: pattern.source } : {}) };
	return described(schema, (value, path) => {
		if (typeof value !== 'string') throw invalid(path, 'must be a text');
		if (value.length > MAX_TEXT) throw invalid(path, 'is too long');
		if (pattern && !pattern.test(value)) throw invalid(path, `does not match ${pattern.source}`);
	});
}

/** Field names in lower case, optionally with a `:variant` as templates use. */
export const fieldName = text(/^[a-z0-9!#$%&'*+.^_`|~-]+(?::[a-z]+)?$/);

/** Fields that frame a message or concern one connection: a request has them only from the engine (N07). */
const engineFields: ReadonlySet<string> = new Set([
	'content-length',
	'transfer-encoding',
	'te',
	'trailer',
	'upgrade',
	'keep-alive',
	'expect',
	'http2-settings',
	'proxy-authorization',
	'proxy-connection',
	'connection',
	'host',
]);
/** Those of them that layouts have places for; what stands there the engine decides. */
const placedFields: ReadonlySet<string> = new Set(['host', 'connection', 'content-length', 'te', 'upgrade']);

/** Whether nobody but the engine may give this field a value. In any case. */
export function isEngineField(name: string): boolean {
	return engineFields.has(name.toLowerCase());
}

/** A field that a profile gives a value to. */
export const valuedName = described(schemaOf(fieldName), (value, path) => {
	fieldName(value, path);
	if (isEngineField(value as string)) throw invalid(path, 'is written by the engine alone');
});

/** A field that a profile gives a place to. */
export const placedName = described(schemaOf(fieldName), (value, path) => {
	fieldName(value, path);
	const [name = ''] = (value as string).split(':');
	if (isEngineField(name) && !placedFields.has(name)) throw invalid(path, 'is written by the engine alone');
});

/** Something that may be sent as a field value: printable, no line break. */
export const fieldValue = text(/^[\t\x20-\x7e\x80-\xff]*$/);

export function integer(minimum: number, maximum: number): Check {
	return described({ type: 'integer', minimum, maximum }, (value, path) => {
		if (!Number.isInteger(value)) throw invalid(path, 'must be a whole number');
		const number = value as number;
		if (number < minimum || number > maximum) throw invalid(path, `must be between ${minimum} and ${maximum}`);
	});
}

export const boolean = described({ type: 'boolean' }, (value, path) => {
	if (typeof value !== 'boolean') throw invalid(path, 'must be true or false');
});

export function oneOf(...choices: ReadonlyArray<string | number | boolean>): Check {
	return described({ enum: choices }, (value, path) => {
		if (!choices.includes(value as string)) throw invalid(path, `must be one of ${choices.join(', ')}`);
	});
}

export function nullable(check: Check): Check {
	return described({ anyOf: [{ type: 'null' }, schemaOf(check)] }, (value, path) => {
		if (value !== null) check(value, path);
	});
}

export function list(check: Check, minimum = 0): Check {
	const schema = { type: 'array', items: schemaOf(check), minItems: minimum, maxItems: MAX_ENTRIES };
	return described(schema, (value, path) => {
		if (!Array.isArray(value)) throw invalid(path, 'must be a list');
		if (value.length < minimum) throw invalid(path, `needs at least ${minimum} entries`);
		if (value.length > MAX_ENTRIES) throw invalid(path, 'has too many entries');
		value.forEach((entry, index) => {
			check(entry, `${path}[${index}]`);
		});
	});
}

export function pair(first: Check, second: Check): Check {
	const prefixItems = [schemaOf(first), schemaOf(second)];
	return described({ type: 'array', prefixItems, minItems: 2, maxItems: 2 }, (value, path) => {
		if (!Array.isArray(value) || value.length !== 2) throw invalid(path, 'must be a pair');
		first(value[0], `${path}[0]`);
		second(value[1], `${path}[1]`);
	});
}

/** A map with free keys. */
export function map(key: Check, check: Check): Check {
	const schema = { type: 'object', propertyNames: schemaOf(key), additionalProperties: schemaOf(check) };
	return described(schema, (value, path) => {
		if (!isRecord(value)) throw invalid(path || 'profile', 'must be an object');
		const entries = Object.entries(value);
		if (entries.length > MAX_ENTRIES) throw invalid(path, 'has too many entries');
		for (const [name, entry] of entries) {
			key(name, `${path} key ${JSON.stringify(name.slice(0, 40))}`);
			check(entry, `${path}.${name}`);
		}
	});
}

/** An object with known keys only; those in `optional` may be absent. */
export function object(required: Record<string, Check>, optional: Record<string, Check> = {}): Check {
	return described(objectSchema(required, optional), (value, path) => {
		if (!isRecord(value)) throw invalid(path || 'profile', 'must be an object');
		for (const key of Object.keys(value)) {
			const check = Object.hasOwn(required, key)
				? required[key]
				: Object.hasOwn(optional, key)
					? optional[key]
					: undefined;
			if (check === undefined) throw invalid(join(path, key.slice(0, 60)), 'unknown key');
			check(value[key], join(path, key));
		}
		for (const key of Object.keys(required)) {
			if (!Object.hasOwn(value, key)) throw invalid(join(path, key), 'is missing');
		}
	});
}

function objectSchema(required: Record<string, Check>, optional: Record<string, Check>): JsonSchema {
	const all = Object.entries({ ...required, ...optional });
	const properties = Object.fromEntries(all.map(([key, check]) => [key, schemaOf(check)]));
	return { type: 'object', properties, required: Object.keys(required), additionalProperties: false };
}

function join(path: string, key: string): string {
	return path === '' ? key : `${path}.${key}`;
}
