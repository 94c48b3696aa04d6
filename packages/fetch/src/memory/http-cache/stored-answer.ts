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
	/** Fields of the request that `Vary` names: name, value, ... `undefined` = was not sent. */
	readonly varied: ReadonlyArray<readonly [name: string, value: string | undefined]>;
	/** Milliseconds since 1970. */
	readonly freshUntil: number;
	/** Until when it may be shown while it is asked for again (RFC 5861 3). */
	readonly staleUntil: number;
};

/** What an answer takes in memory, bytes; the fields' texts counted with what an object costs. */
export const sizeOf = ({ rawHeaders, body }: StoredAnswer): number =>
	body.byteLength + rawHeaders.reduce((sum, text) => sum + text.length + 32, 512);

/** Fields of the request on which the answer depends. `sent`: name, value, ... */
export function variedBy(rawHeaders: readonly string[], sent: readonly string[]): StoredAnswer['varied'] {
	const names = headerValues(rawHeaders, 'vary').flatMap((value) => value.split(','));
	return names
		.map((name) => name.trim().toLowerCase())
		.filter((name) => name !== '' && name !== '*')
		.map((name) => [name, headerValue(sent, name)] as const);
}

/** Whether a request is the same in all that the answer depends on. */
export function isSameVariant({ varied }: StoredAnswer, sent: readonly string[]): boolean {
	return varied.every(([name, value]) => headerValue(sent, name) === value);
}

/** Fields that a 304 does not change, besides those whose names begin with `content-` (both browsers; RFC 9111 3.2). */
const kept: ReadonlySet<string> = new Set([
	...['connection', 'proxy-connection', 'keep-alive', 'www-authenticate', 'proxy-authenticate', 'te', 'trailer'],
	...['transfer-encoding', 'upgrade', 'etag', 'x-frame-options', 'x-xss-protection'],
]);

/** The answer after a 304 (RFC 9111 4.3.4). */
export function refreshed(
	answer: StoredAnswer,
	newFields: readonly string[],
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
	return { ...answer, rawHeaders, ...lifespan(answer.status, rawHeaders, receivedMs, rules) };
}
