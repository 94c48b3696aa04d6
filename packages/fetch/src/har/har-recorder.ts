import { headerValue, headerValues } from '../headers/caller-headers.ts';
import type { RequestEvent } from '../types/events.ts';
import type { Timings } from '../types/response.ts';
import type { Har, HarEntry, HarNameValue } from './har.ts';

/** Oldest entries are dropped past this many, so that a long session does not grow for ever. */
const maxEntries = 10_000;

/** Builds an HTTP archive from the events of a session. Headers are complete: treat it as secret. */
export class HarRecorder {
	readonly #entries = new Map<string, HarEntry>();
	readonly #started = new Map<string, number>();

	/** Listener of a session. */
	readonly record = (event: RequestEvent): void => {
		const key = `${event.id}.${event.hop}`;
		if (event.type === 'start') {
			this.#started.set(key, performance.now());
			this.#entries.set(key, newEntry(event.request.method, event.request.url, event.headers));
			const oldest = this.#entries.keys().next().value;
			if (this.#entries.size > maxEntries && oldest !== undefined) this.#entries.delete(oldest);
			return;
		}
		const entry = this.#entries.get(key);
		if (!entry) return;
		if (event.type === 'head') fillResponse(entry, event);
		if (event.type === 'progress') entry.response.content.size = event.bytes;
		if (event.type !== 'done' && event.type !== 'error') return;
		entry.time = performance.now() - (this.#started.get(key) ?? performance.now());
		this.#started.delete(key);
		if (event.type === 'error')
			entry.comment = event.error instanceof Error ? event.error.message : String(event.error);
		else fillTimings(entry, event.timings);
	};

	/** The archive so far. */
	archive(version: string): Har {
		return structuredClone({
			log: { version: '1.2', creator: { name: 'wiretwin', version }, entries: [...this.#entries.values()] },
		});
	}
}

function newEntry(method: string, url: string, headers: readonly string[]): HarEntry {
	return {
		startedDateTime: new Date().toISOString(),
		time: 0,
		request: {
			method,
			url,
			httpVersion: '',
			cookies: pairs(headerValue(headers, 'cookie') ?? ''),
			headers: nameValues(headers),
			queryString: [...new URL(url).searchParams].map(([name, value]) => ({ name, value })),
			headersSize: -1,
			bodySize: Number(headerValue(headers, 'content-length') ?? -1),
		},
		response: {
			status: 0,
			statusText: '',
			httpVersion: '',
			cookies: [],
			headers: [],
			content: { size: 0, mimeType: '' },
			redirectURL: '',
			headersSize: -1,
			bodySize: -1,
		},
		cache: {},
		timings: { blocked: -1, dns: -1, connect: -1, ssl: -1, send: 0, wait: 0, receive: 0 },
	};
}

function fillResponse(entry: HarEntry, event: RequestEvent & { type: 'head' }): void {
	const { headers, connection } = event;
	const version = `HTTP/${connection.httpVersion}`;
	entry.request.httpVersion = version;
	entry.serverIPAddress = connection.remoteAddress;
	entry.connection = String(connection.localPort);
	entry.response = {
		...entry.response,
		status: event.status,
		httpVersion: version,
		cookies: headerValues(headers, 'set-cookie').flatMap((line) => pairs(line.split(';', 1)[0] ?? '')),
		headers: nameValues(headers),
		content: { size: 0, mimeType: headerValue(headers, 'content-type') ?? '' },
		redirectURL: headerValue(headers, 'location') ?? '',
		bodySize: Number(headerValue(headers, 'content-length') ?? -1),
	};
}

/** Our timings are points since the start; HAR wants the length of each phase. */
function fillTimings(entry: HarEntry, timings: Timings): void {
	const { queue, resolve, connect, proxy, tls, send, head, total } = timings;
	const span = (from: number | undefined, to: number | undefined) => Math.max(0, (to ?? 0) - (from ?? 0));
	const beforeTls = proxy ?? connect;
	const ready = tls ?? beforeTls ?? queue;
	entry.timings = {
		blocked: queue ?? -1,
		dns: resolve === undefined ? -1 : span(queue, resolve),
		connect: connect === undefined ? -1 : span(resolve ?? queue, tls ?? beforeTls),
		ssl: tls === undefined ? -1 : span(beforeTls, tls),
		send: send === undefined ? 0 : span(ready, send),
		wait: span(send ?? ready, head),
		receive: span(head, total),
	};
}

function nameValues(flat: readonly string[]): HarNameValue[] {
	const list: HarNameValue[] = [];
	for (let index = 0; index < flat.length; index += 2)
		list.push({ name: flat[index] as string, value: flat[index + 1] as string });
	return list;
}

function pairs(text: string): HarNameValue[] {
	if (text === '') return [];
	return text.split('; ').map((pair) => {
		const equals = pair.indexOf('=');
		return equals < 0 ? { name: '', value: pair } : { name: pair.slice(0, equals), value: pair.slice(equals + 1) };
	});
}
