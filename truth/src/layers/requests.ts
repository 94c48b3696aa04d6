import { FrameParser, headerValue, type RequestRecord } from '@wiretwin/mirror';
import type { BrowserRules } from '../rules.ts';
import { eachConnection, eachRequest, type Fact, hasBoundary, type Layer, lengthVaries } from './layer.ts';

/** The bytes of each header block. Equal bytes need an equal history, so every request before it was equal too. */
export const hpackLayer: Layer = {
	name: 'hpack',
	facts: (observation, { rules }) =>
		eachRequest(observation, (request): Fact[] => {
			if (request.hpackHex === null) return [];
			if (!hasBoundary(request)) return [{ label: 'header block', value: request.hpackHex, hex: true }];
			// A random boundary makes the bytes random: the way each field is written, and the text without it.
			const representations = (request.hpackRepresentations ?? []).map((text) => withoutRandom(text, request, rules));
			return [{ label: 'representations', value: representations.join(' ') }];
		}),
};

/** Names in order, then each value. Case and pseudo-header fields included. */
export const headersLayer: Layer = {
	name: 'headers',
	facts: (observation, { rules }) =>
		eachRequest(observation, (request) => [
			{ label: 'names', value: request.headers.map(([name]) => name).join(' ') },
			...request.headers.map(([name, value]) => ({ label: name, value: fieldValue(name, value, request, rules) })),
		]),
};

/** RFC 7540 priority of each HEADERS frame, and PRIORITY frames. (The `priority` field is among the headers.) */
export const priorityLayer: Layer = {
	name: 'priority',
	facts: (observation) => [
		...eachRequest(observation, ({ priority, protocol }): Fact[] => {
			if (protocol !== 'h2') return [];
			const { weight, exclusive, dependsOn } = priority ?? {};
			return [
				{ label: 'HEADERS', value: priority ? `weight ${weight} exclusive ${exclusive} on ${dependsOn}` : 'none' },
			];
		}),
		...eachConnection(observation, ({ frames }) =>
			frames
				.filter((frame) => frame.type === 'PRIORITY')
				.map((frame) => ({ label: `PRIORITY stream ${frame.stream}`, value: frame.raw })),
		),
	],
};

/** The head of each HTTP/1.1 request, byte for byte. */
export const http1Layer: Layer = {
	name: 'http1',
	facts: (observation, { rules }) =>
		eachRequest(observation, (request): Fact[] => {
			if (request.rawHead === null) return [];
			const head = withoutRandom(request.rawHead, request, rules);
			return [{ label: 'head', value: Buffer.from(head, 'latin1').toString('hex'), hex: true }];
		}),
};

/** The body's bytes; of a WebSocket its frames, since their masks are drawn anew each time. */
export const bodyLayer: Layer = {
	name: 'body',
	facts: (observation, { rules }) =>
		eachRequest(observation, (request): Fact[] => {
			if (request.bodyLength === 0) return [];
			if (isWebSocket(request)) return webSocketFrames(request);
			const text = withoutRandom(Buffer.from(request.body).toString('latin1'), request, rules);
			return [{ label: 'body', value: Buffer.from(text, 'latin1').toString('hex'), hex: true }];
		}),
};

function isWebSocket({ headers }: RequestRecord): boolean {
	return headerValue(headers, 'upgrade') !== null || headerValue(headers, ':protocol') === 'websocket';
}

function webSocketFrames({ body }: RequestRecord): Fact[] {
	return [...new FrameParser().receive(body)].map(({ fin, rsv, opcode, payload }, index) => ({
		label: `WebSocket frame ${index + 1}`,
		value: `fin ${fin} rsv ${rsv} opcode ${opcode} ${payload.toString('hex')}`,
	}));
}

function fieldValue(name: string, value: string, request: RequestRecord, rules: BrowserRules): string {
	if (name === 'content-length' && lengthVaries(request, rules))
		return `varies, right: ${Number(value) === request.bodyLength}`;
	return withoutRandom(value, request, rules);
}

/** Replaces the multipart boundary and the WebSocket key, which are drawn anew each time, by marks. */
function withoutRandom(text: string, request: RequestRecord, rules: BrowserRules): string {
	let known = text.replaceAll(rules.boundary, 'BOUNDARY');
	const key = headerValue(request.headers, 'sec-websocket-key');
	// 16 random bytes in base64 (RFC 6455 4.1); anything else stays and shows as a difference.
	if (key !== null && /^[A-Za-z0-9+/]{21}[AQgw]==$/.test(key)) known = known.replaceAll(key, 'KEY');
	if (lengthVaries(request, rules)) known = known.replace(/(content-length: )\d+/i, '$1VARIES');
	return known;
}
