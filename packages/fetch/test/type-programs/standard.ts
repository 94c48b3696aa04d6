// Compiled by type-programs.test.ts as a caller's own program would be: what stands where the web's own classes stand.
import ky from 'ky';
import { createSession, fetch, type Session, WebSocket, type WiretwinResponse } from '../../src/index.ts';

const session: Session = createSession();

export const asGlobal: typeof globalThis.fetch = session.fetch;
export const oneShot: typeof globalThis.fetch = fetch;
export const client = ky.create({ fetch: session.fetch });
export const another = ky.create({ fetch });

globalThis.fetch = session.fetch;

export async function body(response: WiretwinResponse): Promise<Response> {
	const stream: ReadableStream<Uint8Array> | null = response.body;
	const blob: Blob = await response.clone().blob();
	const form: FormData = await response.clone().formData();
	const headers: Headers = response.headers;
	return new Response(stream, { headers, status: blob.size + [...form.keys()].length });
}

export async function request(signal: AbortSignal): Promise<number> {
	const made = new Request('https://example.test/', { method: 'POST', body: 'x', signal });
	const init: RequestInit = { method: 'PUT', body: new Uint8Array(3), headers: new Headers({ a: 'b' }), signal };
	const global = await globalThis.fetch('https://example.test/');
	const first = await session.fetch(made, init);
	const second = await fetch(new URL('https://example.test/'), { body: new FormData(), method: 'POST' });
	return first.status + second.status + global.status;
}

const socket = new WebSocket('wss://example.test/');
socket.addEventListener('open', () => socket.send('x'), { once: true });
socket.addEventListener('message', (event) => {
	const { data }: { data: unknown } = event;
	return [event.data, event.origin, data];
});
socket.addEventListener('close', ({ code, reason, wasClean }) => [code.toFixed(), reason.trim(), wasClean === true]);
socket.addEventListener('error', ({ error, message }) => [error, message.trim()]);
socket.addEventListener('message', { handleEvent: (event: MessageEvent) => event.data });
socket.addEventListener('custom', (event: Event) => event.type);
socket.removeEventListener('message', (event) => event.data);
socket.onmessage = (event) => event.data;
socket.onclose = ({ code }) => code;
socket.onopen = null;
