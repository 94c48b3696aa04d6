/** As much of JSON Schema (2020-12) as that of profiles uses. */
type Schema = { readonly [keyword: string]: unknown };

/** Whether a value is what a schema describes. Throws for a keyword that is not known here. */
export function accepts(schema: Schema, value: unknown): boolean {
	return Object.entries(schema).every(([keyword, argument]) => {
		const check = keywords[keyword];
		if (check === undefined) throw new Error(`keyword ${keyword} is not known`);
		return check(value, argument, schema);
	});
}

const isObject = (value: unknown): value is Record<string, unknown> =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

const types: { readonly [type: string]: (value: unknown) => boolean } = {
	string: (value) => typeof value === 'string',
	boolean: (value) => typeof value === 'boolean',
	integer: Number.isInteger,
	array: Array.isArray,
	object: isObject,
	null: (value) => value === null,
};

// biome-ignore lint/suspicious/noExplicitAny: each keyword has arguments of its own
type Keyword = (value: unknown, argument: any, schema: Schema) => boolean;

const keywords: { readonly [keyword: string]: Keyword } = {
	$schema: () => true,
	title: () => true,
	type: (value, type: string) => types[type]?.(value) === true,
	enum: (value, choices: unknown[]) => choices.includes(value),
	anyOf: (value, schemas: Schema[]) => schemas.some((schema) => accepts(schema, value)),
	minimum: (value, limit: number) => typeof value !== 'number' || value >= limit,
	maximum: (value, limit: number) => typeof value !== 'number' || value <= limit,
	maxLength: (value, limit: number) => typeof value !== 'string' || value.length <= limit,
	pattern: (value, pattern: string) => typeof value !== 'string' || new RegExp(pattern, 'u').test(value),
	items: (value, schema: Schema) => !Array.isArray(value) || value.every((entry) => accepts(schema, entry)),
	prefixItems: (value, schemas: Schema[]) =>
		!Array.isArray(value) || schemas.every((schema, index) => index >= value.length || accepts(schema, value[index])),
	minItems: (value, limit: number) => !Array.isArray(value) || value.length >= limit,
	maxItems: (value, limit: number) => !Array.isArray(value) || value.length <= limit,
	propertyNames: (value, schema: Schema) =>
		!isObject(value) || Object.keys(value).every((name) => accepts(schema, name)),
	properties: (value, schemas: Record<string, Schema>) =>
		!isObject(value) ||
		Object.entries(schemas).every(([key, schema]) => !Object.hasOwn(value, key) || accepts(schema, value[key])),
	required: (value, names: string[]) => !isObject(value) || names.every((name) => Object.hasOwn(value, name)),
	additionalProperties: (value, rule: false | Schema, { properties = {} }) =>
		!isObject(value) ||
		Object.entries(value).every(
			([key, entry]) => Object.hasOwn(properties as object, key) || (rule !== false && accepts(rule, entry)),
		),
};
