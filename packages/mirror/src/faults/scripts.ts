import type { FaultVariant, Http2Script, RawScript } from './scenario.ts';

/** What happens after the bytes of an answer were sent. */
export type Ending = 'keep' | 'end' | 'truncate' | 'reset';

/** Answers every HTTP/1 request of a connection with the same bytes. */
export function answering(response: string | Uint8Array, ending: Ending = 'keep'): RawScript {
	return async (peer) => {
		for (;;) {
			await peer.readRequest();
			await peer.write(response);
			if (ending === 'keep') continue;
			if (ending === 'end') peer.end();
			else if (ending === 'truncate') peer.truncate();
			else peer.reset();
			return;
		}
	};
}

/** An `https` variant that answers every request with the same bytes. */
export function https(response: string | Uint8Array, ending: Ending = 'keep'): FaultVariant {
	return { on: 'https', script: answering(response, ending) };
}

/** An `h2` variant. */
export function h2(script: Http2Script, settings?: readonly (readonly [number, number])[]): FaultVariant {
	return settings ? { on: 'h2', script, settings } : { on: 'h2', script };
}

/** A complete HTTP/1 answer with a length. */
export function complete(body: string, status = '200 OK', headers = ''): string {
	return `HTTP/1.1 ${status}\r\n${headers}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

/** Method and target of a request head. */
export function requestTarget(head: string): { method: string; path: string } {
	const [method = '', path = ''] = head.split(' ');
	return { method, path };
}
