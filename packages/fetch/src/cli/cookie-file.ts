import { readFile, rename, writeFile } from 'node:fs/promises';
import { Cookie, type CookieJar } from 'tough-cookie';
import { put } from '../cookies/store-access.ts';

const httpOnlyMark = '#HttpOnly_';

/** Reads a Netscape cookie file into a jar; a missing file is an empty one. Lines that make no sense are skipped. */
export async function loadCookieFile(path: string, jar: CookieJar): Promise<void> {
	let text: string;
	try {
		text = await readFile(path, 'utf8');
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
		throw error;
	}
	for (const line of text.split(/\r?\n/)) {
		const cookie = parseLine(line);
		if (cookie) await put(jar.store, cookie);
	}
}

/** Writes the jar in the same format, readable by its owner only. Replaces the file in one step. */
export async function saveCookieFile(path: string, jar: CookieJar): Promise<void> {
	const { cookies = [] } = (await jar.serialize()) ?? {};
	const lines = cookies
		.map((serialized) => Cookie.fromJSON(serialized))
		.flatMap((cookie) => (cookie ? [formatLine(cookie)] : []));
	const temporary = `${path}.${process.pid}.tmp`;
	await writeFile(temporary, `# Netscape HTTP Cookie File\n${lines.join('')}`, { mode: 0o600 });
	await rename(temporary, path);
}

function parseLine(line: string): Cookie | undefined {
	const httpOnly = line.startsWith(httpOnlyMark);
	if (line.trim() === '' || (line.startsWith('#') && !httpOnly)) return undefined;
	const parts = (httpOnly ? line.slice(httpOnlyMark.length) : line).split('\t');
	if (parts.length !== 7) return undefined;
	const [domain = '', subdomains = '', path = '/', secure = '', expiry = '', key = '', value = ''] = parts;
	const seconds = Number(expiry);
	return new Cookie({
		key,
		value,
		domain: domain.replace(/^\./, '').toLowerCase(),
		path,
		hostOnly: subdomains.toUpperCase() !== 'TRUE',
		secure: secure.toUpperCase() === 'TRUE',
		httpOnly,
		expires: seconds > 0 ? new Date(seconds * 1000) : 'Infinity',
		creation: new Date(),
	});
}

function formatLine(cookie: Cookie): string {
	const expiry = cookie.expiryTime();
	const seconds = expiry === undefined || !Number.isFinite(expiry) ? 0 : Math.floor(expiry / 1000);
	const subdomains = cookie.hostOnly ? 'FALSE' : 'TRUE';
	const domain = `${cookie.hostOnly ? '' : '.'}${cookie.domain}`;
	const fields = [
		domain,
		subdomains,
		cookie.path ?? '/',
		cookie.secure ? 'TRUE' : 'FALSE',
		seconds,
		cookie.key,
		cookie.value,
	];
	return `${cookie.httpOnly ? httpOnlyMark : ''}${fields.join('\t')}\n`;
}
