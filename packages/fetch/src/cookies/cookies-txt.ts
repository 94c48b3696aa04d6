import type { CookieInput, CookieRecord } from '../types/cookies.ts';

const httpOnlyMark = '#HttpOnly_';

/**
 * Cookies of a Netscape cookie file (`cookies.txt` of curl, wget, yt-dlp, browser extensions), for `session.setCookies`.
 * Lines that make no sense are skipped.
 */
export function parseCookiesTxt(text: string): CookieInput[] {
	return text.split(/\r?\n/).flatMap((line) => parseLine(line) ?? []);
}

/** The same format from `session.getAllCookies()`. What it has no place for is lost: SameSite and partitions. */
export function formatCookiesTxt(cookies: Iterable<CookieRecord>): string {
	return `# Netscape HTTP Cookie File\n\n${Array.from(cookies, formatLine).join('')}`;
}

function parseLine(line: string): CookieInput | undefined {
	const httpOnly = line.startsWith(httpOnlyMark);
	if (line.trim() === '' || (line.startsWith('#') && !httpOnly)) return undefined;
	const parts = (httpOnly ? line.slice(httpOnlyMark.length) : line).split('\t');
	if (parts.length === 6) parts.push(''); // an empty value at the end, as curl reads it
	if (parts.length !== 7) return undefined;
	const [domain = '', subdomains = '', path = '/', secure = '', expiry = '', name = '', value = ''] = parts;
	const seconds = Number(expiry);
	return {
		name,
		value,
		domain: domain.replace(/^\./, '').toLowerCase(),
		path,
		hostOnly: subdomains.toUpperCase() !== 'TRUE',
		secure: secure.toUpperCase() === 'TRUE',
		httpOnly,
		...(seconds > 0 ? { expiresAtMs: seconds * 1000 } : {}),
	};
}

function formatLine(cookie: CookieRecord): string {
	const wide = cookie.hostOnly === false;
	const fields = [
		`${wide ? '.' : ''}${cookie.domain}`,
		wide ? 'TRUE' : 'FALSE',
		cookie.path,
		cookie.secure ? 'TRUE' : 'FALSE',
		cookie.expiresAtMs === undefined ? 0 : Math.floor(cookie.expiresAtMs / 1000),
		cookie.name,
		cookie.value,
	];
	return `${cookie.httpOnly ? httpOnlyMark : ''}${fields.join('\t')}\n`;
}
