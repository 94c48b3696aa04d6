import { setImmediate } from 'node:timers/promises';
import type { Handler, MirrorRequest, Reply } from '@wiretwin/mirror';

/** Bytes of the file that can be fetched in parts. */
const report = Buffer.from(Uint8Array.from({ length: 200_000 }, (_, index) => index % 251));
const seen = new Set<string>();

const json = (value: unknown, status = 200, headers: Reply['headers'] = []): Reply => ({
	status,
	headers: [['content-type', 'application/json'], ...headers],
	body: JSON.stringify(value),
});
const html = (body: string, headers: Reply['headers'] = []): Reply => ({
	headers: [['content-type', 'text/html; charset=utf-8'], ...headers],
	body,
});

/** What the recipes need of a shop and the mirror's own pages have not. */
export const shop: Handler = async (request) => {
	// Over HTTP/2 each cookie is a field of its own.
	const cookies = request.record.headers.flatMap(([name, value]) => (name === 'cookie' ? value : [])).join('; ');
	switch (`${request.method} ${request.url.pathname}`) {
		case 'GET /account/login':
			return html('<form method="post"><input type="hidden" name="csrf" value="7f3a"><input name="user"></form>', [
				['set-cookie', 'form=7f3a; path=/account; secure; httponly'],
			]);
		case 'POST /account/login': {
			const form = new URLSearchParams((await request.readBody()).toString());
			const isOurs =
				cookies.includes(`form=${form.get('csrf')}`) && request.header('origin') === 'https://shop.example';
			if (!isOurs) return { status: 403 };
			return {
				status: 303,
				headers: [
					['location', '/account'],
					['set-cookie', `account=${form.get('user')}; path=/`],
				],
			};
		}
		case 'GET /account':
			return html(`<p>Hello ${/account=(\w+)/.exec(cookies)?.[1] ?? 'stranger'}</p>`);
		case 'GET /catalog': {
			const page = Number(request.url.searchParams.get('page') ?? 1);
			const items = [`shoe ${page}`, `boot ${page}`];
			return json({ items, next: page < 3 ? `/catalog?page=${page + 1}` : null });
		}
		case 'GET /files/report.bin':
			return partOf(request);
		case 'GET /flaky': {
			const key = request.url.search;
			const isFirst = !seen.has(key);
			seen.add(key);
			return isFirst ? json({}, 503, [['retry-after', '0']]) : json({ done: true });
		}
		case 'GET /api/cart':
			return request.header('sec-fetch-mode') === 'cors' ? json({ items: 2 }) : { status: 403 };
		case 'POST /graphql': {
			const { variables } = JSON.parse((await request.readBody()).toString());
			return json({ data: { product: { name: `shoe ${variables.id}` } } });
		}
		case 'GET /events':
			return { headers: [['content-type', 'text/event-stream']], body: events() };
		case 'GET /old-page':
			return { headers: [['content-type', 'text/html']], body: Buffer.from('<p>caf\u00e9</p>', 'latin1') };
		default:
			return undefined;
	}
};

/** The file, or what `range` asks of it. */
function partOf(request: MirrorRequest): Reply {
	const start = Number(/^bytes=(\d+)-$/.exec(request.header('range') ?? '')?.[1] ?? Number.NaN);
	const headers: Reply['headers'] = [
		['content-type', 'application/octet-stream'],
		['etag', '"v1"'],
		['accept-ranges', 'bytes'],
	];
	if (Number.isNaN(start)) return { headers, body: report };
	const range: [string, string] = ['content-range', `bytes ${start}-${report.length - 1}/${report.length}`];
	if (start >= report.length) return { status: 416, headers: [['content-range', `bytes */${report.length}`]] };
	return { status: 206, headers: [...headers, range], body: report.subarray(start) };
}

async function* events() {
	for (const price of [10, 12]) {
		yield Buffer.from(`event: price\ndata: {"price":${price}}\n\n`);
		await setImmediate();
	}
}
