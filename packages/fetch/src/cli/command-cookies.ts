import { readFile } from 'node:fs/promises';
import { formatCookiesTxt, parseCookiesTxt } from '../cookies/cookies-txt.ts';
import type { Session } from '../session.ts';
import type { CookieInput, CookieRecord } from '../types/cookies.ts';
import type { CliCommand } from './arguments.ts';
import { replaceFile } from './replace-file.ts';

/** Cookies of this command line alone: sent, but not written to the jar file, as with curl. */
type OwnCookies = ReadonlyArray<CookieInput & { domain: string }>;

/** `-b`: puts the cookies of files and pairs into the session's jar. A missing file is an empty one, as for curl. */
export async function loadCookies(command: CliCommand, session: Session): Promise<OwnCookies> {
	const own: Array<CookieInput & { domain: string }> = [];
	for (const value of command.values('cookie')) {
		if (!value.includes('=')) {
			if (value !== '') for (const cookie of parseCookiesTxt(await readIfThere(value))) setIfValid(session, cookie);
			continue;
		}
		const domains = new Set(command.urls.map((url) => new URL(url).hostname));
		for (const pair of value.split(';')) {
			const [, name = '', text = ''] = /^([^=]*)=(.*)$/s.exec(pair.trim()) ?? [undefined, '', pair.trim()];
			if (name === '' && text === '') continue;
			for (const domain of domains) {
				const cookie = { name: name.trim(), value: text.trim(), domain };
				session.setCookies([cookie]);
				own.push(cookie);
			}
		}
	}
	return own;
}

/** `-c`: writes what is in the jar in the end, a new file readable by its owner only. */
export async function saveCookies(command: CliCommand, session: Session, own: OwnCookies): Promise<void> {
	const file = command.value('cookie-jar');
	if (file === undefined) return;
	const isOwn = (record: CookieRecord) =>
		own.some(({ name, value, domain }) => name === record.name && value === record.value && domain === record.domain);
	const text = formatCookiesTxt(session.getAllCookies().filter((record) => !isOwn(record)));
	if (file === '-') {
		process.stdout.write(text);
		return;
	}
	await replaceFile(file, text, { mode: 0o600 });
}

/** Lines of a file that no browser could have written are skipped, as by curl. */
function setIfValid(session: Session, cookie: CookieInput): void {
	try {
		session.setCookies([cookie]);
	} catch {
		// not a cookie
	}
}

async function readIfThere(file: string): Promise<string> {
	try {
		return await readFile(file, 'utf8');
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
		throw error;
	}
}
