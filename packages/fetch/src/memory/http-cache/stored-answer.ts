import type { CacheRules } from '@wiretwin/profiles';
import { headerValue, headerValues } from '../../headers/caller-headers.ts';
import type { ConnectionInfo } from '../../types/response.ts';
import { lifespan } from './freshness.ts';

/** An answer that is kept. */
export type StoredAnswer = {
	readonly status: number;
	readonly reason: string;
	readonly httpVersion: ConnectionInfo['httpVersion'];
	/** name, value, ... as received, brought up to date by each 304. */
	readonly rawHeaders: readonly string[];
	/** Decoded. */
	readonly body: Uint8Array;
	/** Fields of the request that `Vary` names; `undefined`: none. */
	readonly varied: Varied | undefined;
	/** Milliseconds since 1970. */
	readonly freshUntil: number;
	/** Until when it may be shown while it is asked for again (RFC 5861 3). */
	readonly staleUntil: number;
};

/** Names in lower case, and a digest of what the request said: it may be a cookie or a password, which is nobody's to keep. */
export type Varied = { readonly names: readonly string[]; readonly digest: string };

/** What an answer takes in memory, bytes; the key and the fields' texts counted with what an object costs. */
export const sizeOf = (key: string, { rawHeaders, body }: StoredAnswer): number =>
	body.byteLength + rawHeaders.reduce((sum, text) => sum + text.length + 32, key.length + 512);

/** Fields of the request on which the answer depends. `sent`: name, value, ... */
export function variedBy(rawHeaders: readonly string[], sent: readonly string[]): Varied | undefined {
	const said = headerValues(rawHeaders, 'vary').flatMap((value) => value.split(','));
	const names = said.map((name) => name.trim().toLowerCase()).filter((name) => name !== '' && name !== '*');
	return names.length === 0 ? undefined : { names, digest: digestOf(names, sent) };
}

/** Whether a request is the same in all that the answer depends on. */
export function isSameVariant({ names, digest }: Varied, sent: readonly string[]): boolean {
	return digest === digestOf(names, sent);
}

function digestOf(names: readonly string[], sent: readonly string[]): string {
	const values = names.map((name) => headerValue(sent, name) ?? null);
	const { createHash } = process.getBuiltinModule('node:crypto');
	return createHash('sha256').update(JSON.stringify(values)).digest('base64');
}

/** An answer's fields without its cookies: they are in the jar, and Chromium 156 writes none of them down. */
export function withoutCookies(rawHeaders: readonly string[]): readonly string[] {
	if (headerValue(rawHeaders, 'set-cookie') === undefined) return rawHeaders;
	return rawHeaders.filter((_, index) => rawHeaders[index - (index % 2)]?.toLowerCase() !== 'set-cookie');
}

/** Fields that a 304 does not change, besides those whose names begin with `content-` (both browsers; RFC 9111 3.2). */
const kept: ReadonlySet<string> = new Set([
	...['connection', 'proxy-connection', 'keep-alive', 'www-authenticate', 'proxy-authenticate', 'te', 'trailer'],
	...['transfer-encoding', 'upgrade', 'etag', 'x-frame-options', 'x-xss-protection', 'set-cookie'],
]);

/** The answer after a 304 to a request with the fields `sent` (RFC 9111 4.3.4). */
export function refreshed(
	answer: StoredAnswer,
	newFields: readonly string[],
	sent: readonly string[],
	receivedMs: number,
	rules: CacheRules,
): StoredAnswer {
	const changes: string[] = [];
	const names = new Set<string>();
	for (let index = 0; index + 1 < newFields.length; index += 2) {
		const name = (newFields[index] as string).toLowerCase();
		if (kept.has(name) || name.startsWith('content-')) continue;
		names.add(name);
		changes.push(newFields[index] as string, newFields[index + 1] as string);
	}
	const rawHeaders: string[] = [];
	for (let index = 0; index + 1 < answer.rawHeaders.length; index += 2) {
		const name = answer.rawHeaders[index] as string;
		if (!names.has(name.toLowerCase())) rawHeaders.push(name, answer.rawHeaders[index + 1] as string);
	}
	rawHeaders.push(...changes);
	const span = lifespan(answer.status, rawHeaders, receivedMs, rules);
	return { ...answer, rawHeaders, varied: variedBy(rawHeaders, sent), ...span };
}
