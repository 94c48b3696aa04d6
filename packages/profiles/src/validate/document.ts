/** Shape of a whole profile file. */
import type { ProfileDocument } from '../types.ts';
import { type Check, invalid, list, object, oneOf, text } from './checks.ts';
import { engineSections } from './engine-sections.ts';
import { headersSection } from './headers-section.ts';
import { type JsonSchema, partial, schemaOf } from './json-schema.ts';

let made: Check | undefined;

function shape(): Check {
	made ??= makeShape();
	return made;
}

function makeShape(): Check {
	const system = oneOf('windows', 'macos', 'linux', 'android', 'ios');
	const { tlsSection, http2Section, http1Section, dnsSection } = engineSections();
	return object(
		{
			schema: oneOf(1),
			name: text(/^[a-z0-9][a-z0-9_.]{0,63}$/),
			browser: text(/^[a-z0-9_-]{1,32}$/),
			version: text(/^[0-9A-Za-z.]{1,32}$/),
			os: list(system, 1),
			verified: oneOf('live', 'public-capture', 'derived'),
			provenance: list(object({ facts: text(), source: text() }, { build: text(), date: text() })),
			tls: tlsSection,
			http2: http2Section,
			http1: http1Section,
			headers: headersSection(),
		},
		{ dns: dnsSection, verifiedOs: system, $schema: text() },
	);
}

/** JSON Schema of a profile file: a whole one, or one that extends another. */
export function documentSchema(): JsonSchema {
	const whole = schemaOf(shape());
	const { properties, ...rest } = partial(whole) as { properties: object };
	const changes = { ...rest, properties: { ...properties, extends: { type: 'string' } }, required: ['extends'] };
	return {
		$schema: 'https://json-schema.org/draft/2020-12/schema',
		title: 'Profile of wiretwin',
		anyOf: [whole, changes],
	};
}

/**
 * Checks a parsed profile file.
 * @throws ProfileError `ERR_PROFILE_INVALID` naming the first offending key
 */
export function validateDocument(value: unknown): asserts value is ProfileDocument {
	shape()(value, '');
	const document = value as ProfileDocument;
	const { verifiedOs } = document;
	if (verifiedOs !== undefined && !document.os.includes(verifiedOs)) throw invalid('verifiedOs', 'is none of os');
	for (const os of document.os) {
		if (document.headers.platforms[os] === undefined) throw invalid(`headers.platforms.${os}`, 'is missing');
	}
}
