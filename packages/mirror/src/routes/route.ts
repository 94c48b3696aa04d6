import type { HeaderField } from '../capture/records.ts';
import type { Handler, MirrorRequest, Reply } from '../servers/exchange.ts';

/** Handlers by first path segment: `redirect` serves `/redirect` and `/redirect/302`. */
export type RouteTable = Record<string, Handler>;

/** Path segments after the first, decoded. */
export function pathArguments(request: MirrorRequest): string[] {
	return request.url.pathname.split('/').slice(2).map(decodeURIComponent);
}

/** First path argument as a whole number, or a default. @throws RangeError for anything else. */
export function numberArgument(request: MirrorRequest, fallback: number): number {
	return wholeNumber(pathArguments(request)[0], fallback);
}

/** Query parameter as a whole number, or a default. @throws RangeError for anything else. */
export function numberParameter(request: MirrorRequest, name: string, fallback: number): number {
	return wholeNumber(request.url.searchParams.get(name) ?? undefined, fallback);
}

function wholeNumber(text: string | undefined, fallback: number): number {
	if (text === undefined || text === '') return fallback;
	const value = Number(text);
	if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`not a whole number: ${JSON.stringify(text)}`);
	return value;
}

/** A JSON answer. */
export function json(value: unknown, status = 200, headers: HeaderField[] = []): Reply {
	const contentType: HeaderField = ['content-type', 'application/json'];
	return { status, headers: [contentType, ...headers], body: `${JSON.stringify(value, null, '\t')}\n` };
}

/** An HTML answer that no cache keeps. */
export function html(body: string, status = 200, headers: HeaderField[] = []): Reply {
	return {
		status,
		headers: [['content-type', 'text/html; charset=utf-8'], ['cache-control', 'no-store'], ...headers],
		body,
	};
}

/** A plain text answer. */
export function text(body: string, status = 200, headers: HeaderField[] = []): Reply {
	return { status, headers: [['content-type', 'text/plain; charset=utf-8'], ...headers], body };
}

/** Text made safe for HTML. */
export function escapeHtml(value: string): string {
	const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
	return value.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
