/** Events of one request as wreq-js tells them: of the last hop only, in one order. */
import type { RequestEvent as OwnEvent } from '../types/events.ts';
import type { RequestEvent } from './types.ts';

type Listener = (event: RequestEvent) => void;
type Answer = { hop: number; status: number; url: string; contentLength: number | null };

/** Turns the events of a call into those of wreq-js. Those of the body wait until `answered` has told of its head. */
export class RequestEvents {
	readonly #listener: Listener;
	readonly #startedAt = performance.now();
	#waiting: OwnEvent[] = [];
	#answer: Answer | undefined;

	constructor(listener: Listener, url: string) {
		this.#listener = listener;
		this.#tell({ type: 'request_start', url });
	}

	readonly take = (event: OwnEvent): void => {
		if (event.type === 'connected' && event.hop === 0) this.#tell({ type: 'request_sent', url: event.request.url });
		else if (this.#answer === undefined) this.#waiting.push(event);
		else this.#takeBody(event, this.#answer);
	};

	/** The call has a response. */
	answered(answer: Answer): void {
		this.#answer = answer;
		const { status, url, contentLength } = answer;
		this.#tell({ type: 'response_headers', status, url, contentLength });
		for (const event of this.#waiting) this.#takeBody(event, answer);
		this.#waiting = [];
	}

	/** The call has failed. */
	failed(error: unknown): void {
		this.#tell({ type: 'error', message: error instanceof Error ? error.message : String(error) });
	}

	#takeBody(event: OwnEvent, { hop, status, url, contentLength }: Answer): void {
		if (event.hop !== hop) return;
		if (event.type === 'progress') this.#tell({ type: 'body_progress', downloadedBytes: event.bytes, contentLength });
		else if (event.type === 'done') {
			this.#tell({ type: 'body_complete', downloadedBytes: event.bytes, contentLength });
			this.#tell({ type: 'done', status, url });
		} else if (event.type === 'error') this.failed(event.error);
	}

	#tell(event: Omit<RequestEvent, 'timestamp'>): void {
		this.#listener({ ...event, timestamp: Math.round(performance.now() - this.#startedAt) });
	}
}
