import { type MirrorRequest, type Reply, dictionarySample as sample, startMirror } from '@wiretwin/mirror';
import { createSession, type FetchInit } from 'wiretwin';
import { bold, dim } from './table.ts';

const HOST = 'www.mirror.test';
/** What of a second request tells that somebody has been here before. */
const telling = ['if-none-match', 'available-dictionary'];

/** A site that asks to be remembered: TLS only, an answer to keep, one to ask for again, one to code later ones with. */
function answer(request: MirrorRequest): Reply {
	const strict: [string, string] = ['strict-transport-security', 'max-age=600'];
	switch (request.url.pathname) {
		case '/style':
			return { headers: [strict, ['cache-control', 'max-age=600']], body: 'body {}' };
		case '/news': {
			const isKnown = request.header('if-none-match') === '"monday"';
			return { status: isKnown ? 304 : 200, headers: [['etag', '"monday"']], ...(isKnown ? {} : { body: 'news' }) };
		}
		case '/app-1': {
			const headers: Array<[string, string]> = [
				['use-as-dictionary', 'match="/app-*"'],
				['cache-control', 'max-age=600'],
			];
			return { headers, body: sample.dictionary };
		}
		default: {
			const isKnown = request.header('available-dictionary') !== null;
			return isKnown ? { headers: [['content-encoding', 'dcz']], body: sample.dcz } : { body: sample.body };
		}
	}
}

/** Comes a second time: what a browser has remembered shows on the wire, and so it does here. */
export async function showSecondVisit(write: (line: string) => void): Promise<void> {
	write(`\n${bold('A second visit of the same session')}`);
	const mirror = await startMirror({ handler: answer });
	const resolve = { [HOST]: '127.0.0.1' };
	const session = createSession({ browser: 'chrome', ca: mirror.caPem, resolve, cache: true });
	const base = mirror.urlFor(HOST);
	const ask = async (path: string, url = base + path, init: FetchInit = { kind: 'fetch', initiator: base }) => {
		const before = mirror.requests.length;
		const response = await session.fetch(url, init);
		const { length } = await response.text();
		const sent = mirror.requests.slice(before);
		const said = sent.flatMap(({ headers }) => headers.filter(([name]) => telling.includes(name)));
		const upgraded = response.redirects.map(({ status, reason }) => `${status} ${reason}, `).join('');
		const how =
			sent.length === 0 ? 'not asked' : said.map(([name, value]) => `${name}: ${value.slice(0, 24)}`).join(', ');
		const from = response.fromCache ? ` ${response.fromCache}` : '';
		write(
			`  ${path.padEnd(8)} ${response.status} ${length} characters${from.padEnd(12)} ${dim(upgraded + (how || 'asked'))}`,
		);
	};
	try {
		for (const path of ['/style', '/news', '/app-1']) await ask(path);
		write(dim('  and again'));
		for (const path of ['/style', '/news', '/app-2']) await ask(path);
		await ask('/typed', `${base.replace('https:', 'http:')}/typed`, {});
	} finally {
		await session.close();
		await mirror.close();
	}
}
