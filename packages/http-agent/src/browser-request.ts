import { type ExchangeRequest, type PageFacts, pageFacts } from 'wiretwin';
import { isLibraryUserAgent, planEncoding } from './library-defaults.ts';
import type { AgentSettings, RequestKind } from './options.ts';
import { fieldValue, type RequestHead } from './request-head.ts';
import { defaultPort, type Route, routeOf, type Target } from './route.ts';

/** A request ready to be sent, but for its body and cookies. */
export type BrowserRequest = ExchangeRequest & {
	url: string;
	method: string;
	kind: RequestKind;
	/** For the cookies of the request. */
	cookieContext: PageFacts['cookies'];
};

/** Turns what Node would have sent into what the browser sends: the same request, without traces of Node. */
export function toBrowserRequest(head: RequestHead, target: Target, settings: AgentSettings): BrowserRequest {
	const route = routeOf(head, target);
	const { url } = route;
	const isWebSocket = head.upgrade?.toLowerCase() === 'websocket';
	const kind = isWebSocket ? 'websocket' : kindOf(head, url, settings);
	const encoding = planEncoding(fieldValue(head.fields, 'accept-encoding'));
	const { fields, cookie, contentType } = callerFields(head, encoding.keep, kind);
	if (head.host !== undefined && !namesTarget(head.host, route)) fields.push('Host', head.host);
	const { redirectedFrom, initiator, referrerPolicy, profile } = settings;
	const referer = fieldValue(head.fields, 'referer');
	const asker = { initiator, referrerPolicy, profile };
	const facts = pageFacts({ url, method: head.method, kind, referer, redirectedFrom, ...asker });
	const request: BrowserRequest = {
		url,
		method: head.method,
		kind,
		...(target.ordered && !isWebSocket ? { exactHeaders: pairs(fields) } : { headers: grouped(fields) }),
		layout: facts.layout,
		decompress: settings.decompress && (encoding.decode || (settings.countsDecoded && !encoding.keep)),
		cookieContext: facts.cookies,
	};
	if (initiator !== undefined) request.initiator = initiator;
	if (cookie !== undefined) request.cookie = cookie;
	if (contentType !== undefined) request.contentType = contentType;
	if (isWebSocket) askForWebSocket(request, head);
	else if (head.upgrade !== undefined) request.upgrade = head.upgrade;
	if (route.proxy) request.proxy = route.proxy;
	if (head.closes || settings.closes) request.newConnection = true;
	return request;
}

/** The client's fields without what it did not choose itself, the cookies apart. */
function callerFields(head: RequestHead, keepEncoding: boolean, kind: RequestKind) {
	const fields: string[] = [];
	let cookie: string | undefined;
	let contentType: string | undefined;
	for (let index = 0; index < head.fields.length; index += 2) {
		const name = head.fields[index] as string;
		const value = head.fields[index + 1] as string;
		const lower = name.toLowerCase();
		if (lower === 'cookie') cookie = cookie === undefined ? value : `${cookie}; ${value}`;
		else if (lower === 'content-type' && kind === 'form') contentType = value;
		else if (lower === 'user-agent' && isLibraryUserAgent(value)) continue;
		else if (lower === 'accept-encoding' && !keepEncoding) continue;
		else if (lower === 'accept' && value === '*/*' && kind === 'fetch')
			continue; // what a browser sends unasked
		else fields.push(name, value);
	}
	return { fields, cookie, contentType };
}

/** The browser's kind of request that fits best what the client asks for. */
function kindOf(head: RequestHead, url: string, settings: AgentSettings): RequestKind {
	const { method, fields, framing } = head;
	const hasBody = framing !== 'none' && framing !== 0;
	if (settings.kind) {
		return settings.kind({ method, url, hasBody, header: (name) => fieldValue(fields, name.toLowerCase()) });
	}
	const accept = fieldValue(fields, 'accept');
	if (accept !== undefined && !accept.includes('text/html')) return 'fetch';
	if (fieldValue(fields, 'origin') !== undefined && method !== 'POST') return 'fetch';
	if (method === 'GET' || method === 'HEAD') return hasBody ? 'fetch' : 'navigate';
	const type = fieldValue(fields, 'content-type') ?? '';
	return method === 'POST' && /^(application\/x-www-form-urlencoded|multipart\/form-data)\b/i.test(type)
		? 'form'
		: 'fetch';
}

/** The handshake of RFC 6455; its key and protocols come from the client, which checks the answer. */
function askForWebSocket(request: BrowserRequest, head: RequestHead): void {
	const key = fieldValue(head.fields, 'sec-websocket-key');
	const protocols = fieldValue(head.fields, 'sec-websocket-protocol');
	const extensions = fieldValue(head.fields, 'sec-websocket-extensions');
	const headers = request.headers as Record<string, string | readonly string[] | null>;
	for (const name of Object.keys(headers)) {
		if (name.toLowerCase().startsWith('sec-websocket-')) delete headers[name];
	}
	// The browser's own list stands for a client that offers compression; a client that does not must not be answered with it.
	if (extensions === undefined) headers['sec-websocket-extensions'] = null;
	else if (!/^permessage-deflate\b/.test(extensions)) headers['Sec-WebSocket-Extensions'] = extensions;
	request.layout = {
		...request.layout,
		websocket: { ...(key === undefined ? {} : { key }), ...(protocols === undefined ? {} : { protocols }) },
	};
	request.upgrade = true;
	request.protocols = 'http1';
}

/** Own fields by name: the browser decides the order. */
function grouped(fields: readonly string[]): Record<string, string | string[]> {
	const byName: Record<string, string | string[]> = Object.create(null);
	let spelling: Map<string, string> | undefined;
	for (let index = 0; index < fields.length; index += 2) {
		const value = fields[index + 1] as string;
		spelling ??= new Map();
		const lower = (fields[index] as string).toLowerCase();
		const name = spelling.get(lower) ?? (fields[index] as string);
		spelling.set(lower, name);
		const before = byName[name];
		if (before === undefined) byName[name] = value;
		else if (Array.isArray(before)) before.push(value);
		else byName[name] = [before, value];
	}
	return byName;
}

function pairs(fields: readonly string[]): Array<[string, string]> {
	const list: Array<[string, string]> = [];
	for (let index = 0; index < fields.length; index += 2) {
		list.push([fields[index] as string, fields[index + 1] as string]);
	}
	return list;
}

/** Whether `Host` only repeats where the request goes, with or without the port. */
function namesTarget(field: string, { authority, url }: Route): boolean {
	if (field === authority || field === '') return true;
	const port = defaultPort(url.startsWith('https:') ? 'https' : 'http');
	return field.toLowerCase() === `${authority.toLowerCase()}:${port}`;
}
