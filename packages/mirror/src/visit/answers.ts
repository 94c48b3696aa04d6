/** Answers of a visit that are not a page of its own. */
import { setTimeout } from 'node:timers/promises';
import type { HeaderField } from '../capture/records.ts';
import type { MirrorRequest, Reply } from '../servers/exchange.ts';
import { stepPage } from './pages.ts';

/** Cookies whose values have 1 to so many bytes: an encoder may treat short ones differently. */
const COOKIE_LENGTHS = 32;

/** Small JSON that a page of any origin may read. */
export function defaultAnswer(request: MirrorRequest): Reply {
	const origin = request.header('origin');
	const shared: HeaderField[] = [
		['access-control-allow-origin', origin ?? ''],
		['access-control-allow-credentials', 'true'],
		['access-control-allow-headers', 'x-custom'],
		['access-control-allow-methods', 'PUT'],
	];
	return {
		headers: [['content-type', 'application/json'], ['cache-control', 'no-store'], ...(origin === null ? [] : shared)],
		body: request.method === 'OPTIONS' ? '' : '{}',
	};
}

/** A redirect that no cache keeps. */
export function redirectReply(location: string): Reply {
	return {
		status: 302,
		headers: [
			['location', location],
			['cache-control', 'no-store'],
		],
	};
}

/** `''` hands out cookies with values of every length, `end` takes them back. */
export function cookieReply(part: string): Reply {
	const attributes = part === 'end' ? 'Max-Age=0; Path=/' : 'Path=/; Secure';
	const headers: HeaderField[] = [['cache-control', 'no-store']];
	for (let length = 1; length <= COOKIE_LENGTHS && part !== 'again'; length++)
		headers.push(['set-cookie', `c${length}=${'v'.repeat(length)}; ${attributes}`]);
	return { headers, body: '{}' };
}

/** Milliseconds that an answer takes over a network; without them a browser reads it before it is ready to react. */
const NETWORK_TIME = 30;

/** 421 with nothing behind its head, so that the stream has ended when the browser reads it. */
export async function misdirectedReply(): Promise<Reply> {
	await setTimeout(NETWORK_TIME);
	return { status: 421 };
}

/** First answer of the reload step: a page that reloads itself. */
export function reloadingPage(): Reply {
	const step = { id: 'reload', name: '', requests: {}, source: 'location.reload();', leaves: true };
	return stepPage([step], { next: '', origins: {}, fresh: [], progress: '' });
}
