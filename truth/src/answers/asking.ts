import { sharedAuthority } from '@wiretwin/mirror';
import type { Browser } from '@wiretwin/mirror/browsers';
import type { Profile } from '@wiretwin/profiles';
import { createSession, type Session } from 'wiretwin';
import { type AnswerServer, isAnswerPath } from './answer-server.ts';
import type { Answer } from './read-answers.ts';

/** What a client made of an answer. */
export type Verdict = {
	/** `refused`: no answer for the caller; `late`: nothing within the limit. */
	outcome: 'shown' | 'refused' | 'late';
	status?: number;
	reason?: string;
	/** `name: value` a line, without Set-Cookie, which no page sees. */
	fields?: string[];
	/** `null`: refused after the head. */
	body?: string | null;
	/** Targets of the requests that followed the first. */
	next?: string[];
	/** Cookies of a request to the same folder. */
	cookies?: string;
};

type Told = Pick<Verdict, 'outcome' | 'status' | 'reason' | 'fields' | 'body'>;

/** A client that says nothing by then, milliseconds. */
const LIMIT = 4000;

/** Asks for one answer, in a page: `fetch` and its members, nothing else. */
const ASK = `async (url) => {
	try {
		const answer = await fetch(url, { cache: 'no-store', signal: AbortSignal.timeout(${LIMIT}) });
		const told = { outcome: 'shown', status: answer.status, reason: answer.statusText };
		told.fields = [...answer.headers].map(([name, value]) => name + ': ' + value);
		try {
			const bytes = new Uint8Array(await answer.arrayBuffer());
			told.body = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
		} catch (error) {
			if (error.name === 'TimeoutError') return { outcome: 'late' };
			told.body = null;
		}
		return told;
	} catch (error) {
		return { outcome: error.name === 'TimeoutError' ? 'late' : 'refused' };
	}
}`;

/** How one of the three asks for a URL. */
export type Ask = (url: string, origin: string) => Promise<Told>;

export async function askBrowser(browser: Browser): Promise<Ask> {
	let at = '';
	return async (url, origin) => {
		if (at !== origin) await browser.navigate(`${origin}/`);
		at = origin;
		return await browser.evaluate<Told>(`(${ASK})(${JSON.stringify(url)})`);
	};
}

export function askWiretwin(profile: Profile): { ask: Ask; close(): Promise<void> } {
	const resolve = { 'www.mirror.test': '127.0.0.1' };
	const session = createSession({
		browser: profile,
		ca: sharedAuthority().caPem,
		trustStore: 'none',
		resolve,
	});
	return { ask: (url, origin) => askSession(session, url, origin), close: () => session.close() };
}

async function askSession(session: Session, url: string, origin: string): Promise<Told> {
	try {
		const answer = await session.fetch(url, {
			kind: 'fetch',
			referrer: `${origin}/`,
			signal: AbortSignal.timeout(LIMIT),
		});
		const told: Told = { outcome: 'shown', status: answer.status, reason: answer.statusText };
		told.fields = [...answer.headers]
			.filter(([name]) => name !== 'set-cookie')
			.map(([name, value]) => `${name}: ${value}`);
		try {
			told.body = Buffer.from(await answer.arrayBuffer()).toString('latin1');
		} catch (error) {
			if (isLate(error)) return { outcome: 'late' };
			told.body = null;
		}
		return told;
	} catch (error) {
		return { outcome: isLate(error) ? 'late' : 'refused' };
	}
}

const isLate = (error: unknown): boolean => error instanceof Error && error.name === 'TimeoutError';

/** Asks for all answers, one after the other: what follows an answer is told from the next. */
export async function askAll(answers: readonly Answer[], server: AnswerServer, ask: Ask): Promise<Verdict[]> {
	const verdicts: Verdict[] = [];
	for (const [index, answer] of answers.entries()) {
		const origin = answer.protocol === 'h2' ? server.h2 : server.http1;
		const folder = `${origin}/c/${index}`;
		// The page first, where that is another one.
		if (index === 0 || answers[index - 1]?.protocol !== answer.protocol) await ask(`${folder}/first`, origin);
		server.begin(answer);
		const told = await ask(answer.url === undefined ? `${folder}/answer` : `${origin}${answer.url}`, origin);
		const targets = server.seen.map(({ target }) => target);
		const isAsked = answer.url === undefined && isAnswerPath(targets[0] ?? '');
		const verdict: Verdict = { ...told, next: isAsked ? targets.slice(1) : targets };
		if (answer.name.startsWith('cookie')) {
			await ask(`${folder}/next`, origin);
			verdict.cookies = server.seen.at(-1)?.cookie ?? '';
		}
		verdicts.push(neutral(verdict, index));
	}
	return verdicts;
}

/** Without the number of the line, which moves when one is added. */
function neutral(verdict: Verdict, index: number): Verdict {
	const next = verdict.next?.map((target) => target.replace(`/c/${index}/`, '/c/N/'));
	return next && next.length > 0 ? { ...verdict, next } : (({ next: _, ...rest }) => rest)(verdict);
}
