import { readFileSync } from 'node:fs';
import { code, generatedPage, table } from './markdown.ts';
import { SourceTypes } from './types-of-source.ts';

const native = new URL('../../packages/core-native/', import.meta.url);
const packageFolder = new URL('../../packages/profiles/', import.meta.url);

type Schema = {
	type?: string;
	enum?: unknown[];
	anyOf?: Schema[];
	properties?: Record<string, Schema>;
	required?: string[];
	items?: Schema;
	minimum?: number;
	maximum?: number;
	additionalProperties?: boolean | Schema;
};

/** The profile document: every key, with what the schema allows and what the types say of it. */
export function profilePage(): string {
	const file = new URL('generated/profile.schema.json', packageFolder);
	const whole = (JSON.parse(readFileSync(file, 'utf8')) as Schema).anyOf?.[0] as Schema;
	const types = new SourceTypes(new URL('src/types.ts', packageFolder).pathname);
	const texts = (name: string) => new Map(types.options(name).map((option) => [option.name, option]));
	const keys = (schema: Schema | undefined, described = new Map<string, { text: string; byDefault: string }>()) =>
		table(
			['key', 'value', ''],
			Object.entries(schema?.properties ?? {}).map(([name, value]) => {
				const { text = '', byDefault = '' } = described.get(name) ?? {};
				const needed = schema?.required?.includes(name) ? '' : 'May be absent.';
				return [
					code(name),
					code(shape(value)),
					[text, byDefault && `Default: ${byDefault}.`, needed].filter(Boolean).join(' '),
				];
			}),
		);
	const { headers, tls, http2, http1, dns } = whole.properties as Record<string, Schema>;
	const kind = headers?.properties?.kinds?.additionalProperties;
	return [
		generatedPage('Profile document', 'the JSON Schema and the types of packages/profiles'),
		'What a browser is, in one JSON file: what `wiretwin capture` writes, `defineProfile` reads and `packages/profiles/data` holds. [A browser',
		'of your own](../guide/sessions.md#a-browser-of-your-own) shows how to use one. Editors help with a file whose `"$schema"` is',
		'`node_modules/@wiretwin/profiles/generated/profile.schema.json`',
		'([the schema](../../packages/profiles/generated/profile.schema.json), exported as `@wiretwin/profiles/profile.schema.json`).\n',
		'A document is either whole, or names what it `extends` and says only what is different: objects are merged, lists and values',
		'replace. Unknown keys, impossible values and more than 1 MiB are refused by name.\n',
		'## The document\n',
		keys(
			{ ...whole, properties: without(whole, ['tls', 'http2', 'http1', 'dns', 'headers']) },
			texts('ProfileDocument'),
		),
		'## tls\n',
		'Numbers are those of the wire. [Seams](../internals/seams.md) has an example; why each is there: [TLS](../internals/tls.md).\n',
		keys(tls, textsOfRust('engine/src/profile/tls.rs')),
		'## http2\n',
		'Measured values: [HTTP/2](../internals/http2.md); an example: [seams](../internals/seams.md).\n',
		keys(http2, textsOfRust('wire/src/http2/policy.rs')),
		'## http1\n',
		"[HTTP/1.1](../internals/http1.md) has the browsers' values and why.\n",
		keys(http1, textsOfRust('wire/src/http1/policy.rs')),
		'## dns\n',
		'What browsers ask name servers, and how long they wait: [name servers](../internals/dns.md).\n',
		keys(dns, textsOfRust('engine/src/profile/dns.rs')),
		'## headers\n',
		'Which fields, with which values, in which order: [headers](../internals/headers.md).\n',
		keys(headers, texts('HeadersSection')),
		'### One of headers.kinds\n',
		keys(typeof kind === 'object' ? kind : undefined, texts('KindRecord')),
	].join('\n');
}

function without(schema: Schema, names: readonly string[]): Record<string, Schema> {
	return Object.fromEntries(Object.entries(schema.properties ?? {}).filter(([name]) => !names.includes(name)));
}

/** A value in a few words. */
function shape(schema: Schema): string {
	if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
	if (schema.anyOf) return [...new Set(schema.anyOf.map(shape))].join(' | ');
	if (schema.type === 'array') return `[${shape(schema.items ?? {})}, ...]`;
	if (schema.type === 'object') {
		const names = Object.keys(schema.properties ?? {});
		return names.length === 0 ? '{ ... }' : `{ ${names.slice(0, 6).join(', ')}${names.length > 6 ? ', ...' : ''} }`;
	}
	if (schema.type === 'integer' && schema.maximum !== undefined && schema.minimum !== undefined)
		return `${schema.minimum} to ${schema.maximum}`;
	return schema.type ?? 'any';
}

/** What the engine's own documentation says of the fields of a file, by their names in JSON. The first of a name counts. */
function textsOfRust(file: string): Map<string, { text: string; byDefault: string }> {
	const texts = new Map<string, { text: string; byDefault: string }>();
	const field = /((?:^ *\/\/\/.*\n)+)(?:^ *#\[.*\]\n)*^ *(?:pub(?:\(\w+\))? )?(\w+):/gm;
	for (const [, comment = '', name = ''] of readFileSync(new URL(file, native), 'utf8').matchAll(field)) {
		const text = comment
			.replaceAll(/^ *\/\/\/ ?/gm, '')
			.replaceAll('\n', ' ')
			.trim()
			.replaceAll(/\[(`[^`]+`)\]/g, '$1');
		const key = name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
		if (!texts.has(key)) texts.set(key, { text, byDefault: '' });
	}
	return texts;
}
