import { expect } from 'vitest';
import { type FetchInit, isWiretwinError, type Session } from 'wiretwin';
import { canaries, secretHeaders } from './canaries.ts';
import type { Watched } from './world.ts';

/** What a request must come to. */
export type Expectation = {
	/** Status of the answer; absent if there is no answer. */
	status?: number;
	/** The whole body, or its length. */
	body?: string | number;
	/** Code and phase of the failure, of the call or (with a status) of the body. */
	code?: string;
	phase?: string;
	nodeCode?: string;
	proxyStatus?: number;
	/**
	 * What becomes of the connection. `kept`: the same request again uses it. `closed`: the client closes it and the same
	 * request again opens another. @default nothing is asked
	 */
	connection?: 'kept' | 'closed';
	/** How the request differs from a GET. */
	init?: FetchInit;
};

/** Answered with this body. */
export function answers(body: string | number, more: Partial<Expectation> = {}): Expectation {
	return { status: 200, body, ...more };
}

/** The call rejects. */
export function fails(code: string, phase: string, more: Partial<Expectation> = {}): Expectation {
	return { code, phase, ...more };
}

/** The head arrives, reading the body rejects. */
export function bodyFails(code: string, more: Partial<Expectation> = {}): Expectation {
	return { status: 200, code, phase: 'body', ...more };
}

/** The same expectation for many variants. */
export function each(variants: readonly string[], expectation: Expectation): Record<string, Expectation> {
	return Object.fromEntries(variants.map((variant) => [variant, expectation]));
}

/** What a request came to. */
export type Outcome = { status: number | undefined; body: string | undefined; error: unknown; reused: boolean };

/** Sends a request full of secrets and reads its answer. Never rejects. */
export async function attempt(session: Session, url: string, init: FetchInit = {}): Promise<Outcome> {
	const outcome: Outcome = { status: undefined, body: undefined, error: undefined, reused: false };
	try {
		const response = await session.fetch(`${url}#${canaries.fragment}`, { headers: secretHeaders, ...init });
		outcome.status = response.status;
		outcome.reused = response.connection.reused;
		outcome.body = Buffer.from(await response.bytes()).toString('latin1');
	} catch (error) {
		outcome.error = error;
	}
	return outcome;
}

/** Sends a request and compares; the error is kept for the search for secrets. */
export async function expectOutcome(watched: Watched, url: string, expectation: Expectation): Promise<Outcome> {
	const outcome = await attempt(watched.session, url, expectation.init);
	if (outcome.error !== undefined) watched.errors.push(outcome.error);
	expectLike(outcome, expectation);
	return outcome;
}

/** Compares an outcome with what is expected. */
export function expectLike(outcome: Outcome, expectation: Expectation): void {
	const { status, body, code, phase, nodeCode, proxyStatus } = expectation;
	if (code === undefined) expect(outcome.error).toBeUndefined();
	else expect(factsOf(outcome.error)).toMatchObject({ code, phase });
	expect(outcome.status).toBe(status);
	if (typeof body === 'number') expect(outcome.body?.length).toBe(body);
	else if (body !== undefined) expect(outcome.body).toBe(body);
	if (nodeCode !== undefined) expect(outcome.error).toMatchObject({ nodeCode, cause: { code: nodeCode } });
	if (proxyStatus !== undefined) expect(outcome.error).toMatchObject({ proxyStatus });
}

/** A failure with its facts spelled out, so that a wrong one is readable in the report. */
function factsOf(error: unknown): object {
	if (!isWiretwinError(error)) return { notOfWiretwin: error };
	const { code, phase, message } = error;
	expect(message).not.toMatch(/^ERR_/); // words first; the code follows in brackets
	return { code, phase, message };
}
