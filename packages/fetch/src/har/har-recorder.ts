import { headerValue, headerValues } from '../headers/caller-headers.ts';
import type { RequestEvent } from '../types/events.ts';
import type { Timings } from '../types/response.ts';
import type { Har, HarEntry, HarNameValue } from './har.ts';

/** Oldest entries are dropped past this many, so that a long session does not grow for ever. */
const maxEntries = 10_000;

/** For a request that ended before there was a connection: the field may not be empty, and nobody knows. */
const unknownVersion = 'unknown';

type Recording = { readonly entry: HarEntry; readonly startedMs: number };

/** Builds an HTTP archive from the events of a session. Headers are complete: treat it as secret. */
export class HarRecorder {
	readonly #recordings = new Map<string, Recording>();

	/** Listener of a session. */
	readonly record = (event: RequestEvent): void => {
		const key = `${event.id}.${event.hop}`;
		if (event.type === 'start') {
			const entry = newEntry(event.request.method, event.request.url, event.headers);
			this.#keep(key, entry);
			return;
		}
		if (event.type === 'cached') this.#keep(key, cachedEntry(event));
		if (event.type === 'redirect') this.#keep(key, newEntry(event.request.method, event.request.url, []));
		const recording = this.#recordings.get(key);
		if (recording) take(recording, event);
	};

	#keep(key: string, entry: HarEntry): void {
		this.#recordings.set(key, { entry, startedMs: performance.now() });
		const oldest = this.#recordings.keys().next().value;
		if (this.#recordings.size > maxEntries && oldest !== undefined) this.#recordings.delete(oldest);
	}

	/** The archive so far. */
	archive(version: string): Har {
		const entries = Array.from(this.#recordings.values(), ({ entry }) => entry);
		return structuredClone({ log: { version: '1.2', creator: { name: 'wiretwin', version }, entries } });
	}
}

function take({ entry, startedMs }: Recording, event: RequestEvent): void {
	switch (event.type) {
		case 'connected':
			entry.request.headers = nameValues(event.headers);
			fillConnection(entry, event.connection);
			return;
		case 'head':
			fillConnection(entry, event.connection);
			fillResponse(entry, event);
			setTimings(entry, phases(event.timings, 0));
			return;
		case 'redirect':
			fillRedirect(entry, event);
			return;
		case 'progress':
			entry.response.content.size = event.bytes;
			return;
		case 'done':
			setTimings(entry, phases(event.timings, event.waitedMs));
			return;
		case 'error':
			entry.comment = event.error instanceof Error ? event.error.message : String(event.error);
			// Until its head a response has no pauses of the reader's in it: all that has passed belongs to the request.
			setTimings(
				entry,
				entry.response.status > 0
					? { ...entry.timings, receive: event.waitedMs }
					: failedPhases(event.timings, performance.now() - startedMs),
			);
	}
}

function newEntry(method: string, url: string, headers: readonly string[]): HarEntry {
	return {
		startedDateTime: new Date().toISOString(),
		time: 0,
		request: {
			method,
			url,
			httpVersion: unknownVersion,
			cookies: pairs(headerValue(headers, 'cookie') ?? ''),
			headers: nameValues(headers),
			queryString: [...new URL(url).searchParams].map(([name, value]) => ({ name, value })),
			headersSize: -1,
			bodySize: lengthIn(headers),
		},
		response: {
			status: 0,
			statusText: '',
			httpVersion: unknownVersion,
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

/** As browsers' tools show a kept answer: no connection, no time, nothing transferred. */
function cachedEntry(event: RequestEvent & { type: 'cached' }): HarEntry {
	const { request, sent, status, statusText, headers, bytes } = event;
	const entry = newEntry(request.method, request.url, sent);
	const version = `HTTP/${event.httpVersion}`;
	entry.request.httpVersion = version;
	entry.response = {
		...entry.response,
		status,
		statusText,
		httpVersion: version,
		headers: nameValues(headers),
		content: { size: bytes, mimeType: headerValue(headers, 'content-type') ?? '' },
		redirectURL: headerValue(headers, 'location') ?? '',
		bodySize: 0,
	};
	entry._fromCache = 'memory';
	return entry;
}

function fillConnection(entry: HarEntry, connection: (RequestEvent & { type: 'connected' })['connection']): void {
	const version = `HTTP/${connection.httpVersion}`;
	entry.request.httpVersion = version;
	entry.response.httpVersion = version;
	entry.serverIPAddress = connection.remoteAddress;
	entry.connection = String(connection.localPort);
}

function fillResponse(entry: HarEntry, event: RequestEvent & { type: 'head' }): void {
	const { headers, status, statusText } = event;
	entry.response = {
		...entry.response,
		status,
		statusText,
		cookies: headerValues(headers, 'set-cookie').flatMap((line) => pairs(line.split(';', 1)[0] ?? '')),
		headers: nameValues(headers),
		content: { size: 0, mimeType: headerValue(headers, 'content-type') ?? '' },
		redirectURL: headerValue(headers, 'location') ?? '',
		bodySize: lengthIn(headers),
	};
}

/** What browsers' tools show where they go on by themselves. */
function fillRedirect(entry: HarEntry, { status, location, reason }: RequestEvent & { type: 'redirect' }): void {
	entry.response = {
		...entry.response,
		status,
		statusText: 'Internal Redirect',
		headers: nameValues(['Location', location, 'Non-Authoritative-Reason', reason]),
		redirectURL: location,
	};
}

/** HAR 1.2: `time` is the sum of the timings that apply; `ssl` is a part of `connect`. */
function setTimings(entry: HarEntry, timings: HarEntry['timings']): void {
	const { blocked, dns, connect, send, wait, receive } = timings;
	entry.timings = timings;
	entry.time = [blocked, dns, connect, send, wait, receive].reduce((sum, part) => sum + Math.max(0, part), 0);
}

/** Our timings are points since the start; HAR wants the length of each phase. */
function phases(timings: Timings, receive: number): HarEntry['timings'] {
	const { queue, resolve, connect, proxy, tls, send, head } = timings;
	const span = (from: number | undefined, to: number | undefined) => Math.max(0, (to ?? 0) - (from ?? 0));
	const beforeTls = proxy ?? connect;
	const ready = tls ?? beforeTls ?? resolve ?? queue;
	return {
		blocked: queue ?? -1,
		dns: resolve === undefined ? -1 : span(queue, resolve),
		connect: connect === undefined ? -1 : span(resolve ?? queue, tls ?? beforeTls),
		ssl: tls === undefined ? -1 : span(beforeTls, tls),
		send: send === undefined ? 0 : span(ready, send),
		wait: span(send ?? ready, head),
		receive,
	};
}

/** No head came: what no phase accounts for was waiting, for the answer or, before anything was sent, for the connection. */
function failedPhases({ total: _, ...timings }: Timings, elapsedMs: number): HarEntry['timings'] {
	const known = phases(timings, 0);
	const last = Math.max(0, ...Object.values(timings).filter((point) => point !== undefined && point <= elapsedMs));
	const rest = Math.max(0, elapsedMs - last);
	if (timings.send !== undefined) return { ...known, wait: rest };
	return { ...known, wait: 0, blocked: Math.max(0, known.blocked) + rest };
}

/** -1 = not said, or not in digits. */
function lengthIn(headers: readonly string[]): number {
	const text = headerValue(headers, 'content-length');
	return text !== undefined && /^[0-9]{1,15}$/.test(text) ? Number(text) : -1;
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
