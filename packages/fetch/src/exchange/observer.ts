import type { Profile } from '@wiretwin/profiles';
import { summarize } from '../errors/wiretwin-error.ts';
import type { StoredAnswer } from '../memory/http-cache/stored-answer.ts';
import type { RequestEvent } from '../types/events.ts';
import type { PhaseEvent, ResponseHead } from '../types/exchange.ts';
import type { Exchange } from './exchange.ts';
import { droppedOverHttp1 } from './native-request.ts';

const { channel } = process.getBuiltinModule('node:diagnostics_channel');

/** Channels of `node:diagnostics_channel`; each message is a `RequestEvent`. */
export const channels = {
	start: channel('wiretwin:request:start'),
	connected: channel('wiretwin:request:connected'),
	head: channel('wiretwin:request:head'),
	redirect: channel('wiretwin:request:redirect'),
	cached: channel('wiretwin:request:cached'),
	progress: channel('wiretwin:request:progress'),
	done: channel('wiretwin:request:done'),
	error: channel('wiretwin:request:error'),
} as const;

const allChannels = Object.values(channels);

export type EventListener = (event: RequestEvent) => void;
type EventDetail = RequestEvent extends infer Event
	? Event extends RequestEvent
		? Omit<Event, 'id' | 'hop' | 'request'>
		: never
	: never;

let lastId = 0;

/** Reports the steps of one call. Exists only while somebody listens, so that nobody else pays for it. */
export class CallObserver {
	readonly #id = ++lastId;
	/** Events come from nowhere; their listeners are to find the AsyncLocalStorage of whoever made the call. */
	readonly #scope = new (process.getBuiltinModule('node:async_hooks').AsyncResource)('WiretwinCall');
	readonly #listeners: readonly EventListener[];

	constructor(listeners: readonly EventListener[]) {
		this.#listeners = listeners;
	}

	/** Makes the observer of one request of this browser; `index` counts the redirects before it. */
	hop({ index, method, url }: { index: number; method: string; url: URL }, profile: Profile): HopObserver {
		const base = { id: this.#id, hop: index, request: summarize(method, url) };
		const emit = (detail: EventDetail): void => this.#emit({ ...base, ...detail } as RequestEvent);
		return new HopObserver(emit, droppedOverHttp1(profile));
	}

	/** An observer of what the browser does behind the back of this call. */
	behind(): CallObserver {
		return new CallObserver(this.#listeners);
	}

	#emit(event: RequestEvent): void {
		this.#scope.runInAsyncScope(() => {
			channels[event.type].publish(event);
			for (const listener of this.#listeners) callListener(listener, event);
		});
	}
}

/** Reports the steps of one hop. */
export class HopObserver {
	readonly #emit: (detail: EventDetail) => void;
	/** What the engine leaves out over HTTP/1.1, in lower case. */
	#dropped: readonly string[];
	#headers: readonly string[] = [];
	#bytes = 0;

	constructor(emit: (detail: EventDetail) => void, dropped: readonly string[]) {
		this.#emit = emit;
		this.#dropped = dropped;
	}

	started(exchange: Exchange): void {
		this.#headers = exchange.requestHeaders;
		if (exchange.undropped) this.#dropped = [];
		this.#emit({ type: 'start', headers: this.#headers });
	}

	readonly phase = (event: PhaseEvent): void => {
		if (event.type !== 'acquired') return;
		const headers = event.httpVersion === '2' ? this.#headers : without(this.#headers, this.#dropped);
		this.#emit({ type: 'connected', connection: event, headers });
	};

	/** To be called as soon as there is a head: an answer without a body ends in the same turn. */
	readonly head = (head: ResponseHead): void => {
		const { status, reason: statusText, rawHeaders: headers, timings } = head;
		this.#emit({ type: 'head', status, statusText, headers, connection: head, timings });
	};

	/** The browser itself answers: nothing is sent. */
	redirected(location: string, reason: 'HSTS' | 'DNS'): void {
		this.#emit({ type: 'redirect', status: 307, location, reason });
	}

	/** A kept answer is shown: nothing is sent. `sent`: the fields that would have been. */
	cached(answer: StoredAnswer, sent: readonly string[]): void {
		const { status, reason: statusText, rawHeaders: headers, httpVersion, body } = answer;
		this.#emit({ type: 'cached', status, statusText, headers, httpVersion, bytes: body.byteLength, sent });
	}

	readonly progress = (bytes: number): void => {
		this.#bytes = bytes;
		this.#emit({ type: 'progress', bytes });
	};

	settled(exchange: Exchange, error: unknown): void {
		const { timings, waitedMs } = exchange;
		if (error === undefined) this.#emit({ type: 'done', bytes: this.#bytes, timings, waitedMs });
		else this.#emit({ type: 'error', error, timings, waitedMs });
	}
}

/** An observer if the session or a diagnostics channel listens. */
export function observe(listeners: readonly EventListener[]): CallObserver | undefined {
	if (listeners.length > 0) return new CallObserver(listeners);
	for (const each of allChannels) if (each.hasSubscribers) return new CallObserver(listeners);
	return undefined;
}

function without(fields: readonly string[], dropped: readonly string[]): readonly string[] {
	return fields.filter((_, index) => !dropped.includes(String(fields[index - (index % 2)]).toLowerCase()));
}

/** A listener that throws does not touch the request; as with diagnostics channels its error surfaces as an uncaught one. */
function callListener(listener: EventListener, event: RequestEvent): void {
	try {
		listener(event);
	} catch (error) {
		process.nextTick(() => {
			throw error;
		});
	}
}
