/** What checks accept, as JSON Schema for editors. It is what they say of themselves, so the two cannot part. */
import type { Check } from './checks.ts';

export type JsonSchema = { readonly [keyword: string]: unknown };

const schemas = new WeakMap<Check, JsonSchema>();

/** A check that says what it accepts; what only code can tell (references, reserved names) is left out. */
export function described(schema: JsonSchema, check: Check): Check {
	schemas.set(check, schema);
	return check;
}

/** What a check accepts; anything, if it does not say. */
export function schemaOf(check: Check): JsonSchema {
	return schemas.get(check) ?? {};
}

/** The same with nothing required. */
export function partial(schema: JsonSchema): JsonSchema {
	const { required: _, ...rest } = schema;
	const { properties } = rest as { properties?: { readonly [key: string]: JsonSchema } };
	if (properties === undefined) return rest;
	const loose = Object.entries(properties).map(([key, value]) => [key, partial(value)]);
	return { ...rest, properties: Object.fromEntries(loose) };
}
