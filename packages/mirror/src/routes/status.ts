import type { HeaderField } from '../capture/records.ts';
import type { MirrorRequest } from '../servers/exchange.ts';
import { html, numberArgument, type RouteTable, text } from './route.ts';

const CLIENT_HINTS =
	'sec-ch-ua-full-version-list, sec-ch-ua-arch, sec-ch-ua-bitness, sec-ch-ua-model, sec-ch-ua-platform-version, ' +
	'sec-ch-ua-wow64, sec-ch-ua-form-factors, sec-ch-prefers-color-scheme, device-memory, dpr, viewport-width, rtt, ' +
	'downlink, ect, sec-ch-device-memory, sec-ch-dpr, sec-ch-viewport-width, sec-ch-viewport-height, ' +
	'sec-ch-prefers-reduced-motion, sec-ch-prefers-reduced-transparency';
const ETAG = '"v1"';

/** Answers that are interesting for their head. */
export const statusRoutes: RouteTable = {
	/** `/status/<n>`. */
	status: (request) => {
		const status = numberArgument(request, 200);
		if (status < 200 || status > 999) throw new RangeError(`status ${status}`);
		return text(`status ${status}\n`, status);
	},
	redirect,
	/** `/headers?name=value&...`: these response headers, in this order. */
	headers: (request) => {
		const headers = [...request.url.searchParams].map(([name, value]): HeaderField => [name, value]);
		return { headers, body: 'headers\n' };
	},
	/** 103 with a Link, then 200. */
	'1xx': (request) => {
		request.inform(103, [['link', '</style.css>; rel=preload; as=style']]);
		return text('after 103\n');
	},
	'accept-ch': () =>
		html('<!doctype html><title>accept-ch</title><p>Client hints were asked for.', 200, [['accept-ch', CLIENT_HINTS]]),
	etag: (request) => {
		const headers: HeaderField[] = [
			['etag', ETAG],
			['cache-control', 'no-cache'],
		];
		return request.header('if-none-match') === ETAG ? { status: 304, headers } : text('etag\n', 200, headers);
	},
	/** `/basic-auth`: 401 with a challenge until `Authorization: Basic` for user `user`, password `password`. */
	'basic-auth': (request) => {
		const wanted = `Basic ${Buffer.from('user:password').toString('base64')}`;
		if (request.header('authorization') === wanted) return text('authenticated\n');
		return text('who are you?\n', 401, [['www-authenticate', 'Basic realm="mirror"']]);
	},
};

/** `/redirect/<status>?to=<location>&count=<n>`: `count` hops to itself come before `to`. */
function redirect(request: MirrorRequest) {
	const status = numberArgument(request, 302);
	if (status < 300 || status > 399) throw new RangeError(`status ${status}`);
	const { searchParams } = request.url;
	const to = searchParams.get('to') ?? '/echo';
	const count = Number(searchParams.get('count') ?? 1);
	const location = count > 1 ? `/redirect/${status}?count=${count - 1}&to=${encodeURIComponent(to)}` : to;
	return text('moved\n', status, [['location', location]]);
}
