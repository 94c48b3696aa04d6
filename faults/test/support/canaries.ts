import { inspect } from 'node:util';

/** Values that may go to the peer they are meant for and appear nowhere else. */
export const canaries = {
	authorization: 'canary-of-authorization',
	cookie: 'canary-of-cookie',
	jarCookie: 'canary-of-jar-cookie',
	apiKey: 'canary-of-api-key',
	proxyUser: 'canary-of-proxy-user',
	proxyPassword: 'canary-of-proxy-password',
	fragment: 'canary-of-fragment',
	body: 'canary-of-body',
} as const;

/** Base64 of the proxy credentials is as good as the credentials. */
const encoded = Buffer.from(`${canaries.proxyUser}:${canaries.proxyPassword}`).toString('base64');
const forbidden = [...Object.values(canaries), encoded];

/** Request headers that carry secrets. */
export const secretHeaders = {
	authorization: `Bearer ${canaries.authorization}`,
	cookie: `session=${canaries.cookie}`,
	'x-api-key': canaries.apiKey,
} as const;

/** Every way in which a value ends in a log. */
export function renderings(value: unknown): string[] {
	const error = value instanceof Error ? [value.message, value.stack ?? ''] : [];
	const everything = { depth: 10, showHidden: true, maxArrayLength: null, maxStringLength: null } as const;
	return [...error, String(value), inspect(value), inspect(value, everything), asJson(value)];
}

/** The canaries that a value shows. */
export function secretsShownBy(value: unknown): string[] {
	const texts = renderings(value);
	return forbidden.filter((secret) => texts.some((text) => text.includes(secret)));
}

/** The canaries in a text. */
export function secretsIn(text: string): string[] {
	return forbidden.filter((secret) => text.includes(secret));
}

function asJson(value: unknown): string {
	try {
		return JSON.stringify(value) ?? '';
	} catch {
		return ''; // circular: inspect has shown it
	}
}
