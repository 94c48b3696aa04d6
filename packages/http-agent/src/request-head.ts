import { mismatch } from './request-body.ts';

/** How Node framed the body that follows a head: none, a length, or chunks. */
export type RequestFraming = 'none' | 'chunked' | number;

/** The head that Node's ClientRequest wrote. */
export type RequestHead = {
	method: string;
	/** Request target: path and query. */
	target: string;
	/** name, value, ... as the client set them; framing and connection fields removed. */
	fields: string[];
	framing: RequestFraming;
	/** `Host`, if there was one. */
	host: string | undefined;
	/** `Upgrade`, if the head asks for one. */
	upgrade: string | undefined;
	/** `Connection: close`: the connection is to serve no other request. */
	closes: boolean;
};

/** Fields about the connection between Node and its peer, which is not the one on the wire. */
const hopFields: ReadonlySet<string> = new Set(['connection', 'keep-alive', 'proxy-connection', 'http2-settings']);

/** Reads `METHOD target HTTP/1.1` and the fields up to the empty line. Node has checked names and values already. */
export function parseRequestHead(text: string): RequestHead {
	const lines = text.split('\r\n');
	const start = lines[0] ?? '';
	const methodEnd = start.indexOf(' ');
	const targetEnd = start.lastIndexOf(' ');
	const head = createHead(start.slice(0, methodEnd), start.slice(methodEnd + 1, targetEnd));
	for (let index = 1; index < lines.length; index++) {
		const line = lines[index] as string;
		const colon = line.indexOf(':');
		if (colon > 0) takeField(head, line.slice(0, colon), line.slice(colon + 1).trim());
	}
	return head;
}

/** A head without fields. */
export function createHead(method: string, target: string): RequestHead {
	return { method, target, fields: [], framing: 'none', host: undefined, upgrade: undefined, closes: false };
}

/** Adds one field to a head, or takes what it says of the body and the connection out of it. */
export function takeField(head: RequestHead, name: string, value: string): void {
	const lower = name.toLowerCase();
	if (lower === 'host') head.host = value;
	else if (lower === 'content-length') head.framing = head.framing === 'chunked' ? 'chunked' : lengthOf(value);
	else if (lower === 'transfer-encoding') {
		if (/(^|,)\s*chunked\s*$/i.test(value)) head.framing = 'chunked';
	} else if (lower === 'upgrade') head.upgrade = value;
	else if (lower === 'connection') head.closes ||= /(^|,)\s*close\s*(,|$)/i.test(value);
	else if (!hopFields.has(lower)) head.fields.push(name, value);
}

/** F12: what two readers may read differently is no length. */
function lengthOf(value: string): number {
	if (/^(?:0|[1-9][0-9]{0,14})$/.test(value)) return Number(value);
	throw mismatch('The Content-Length of the request is not a length.');
}

/** First value of a field, name in lower case. */
export function fieldValue(fields: readonly string[], name: string): string | undefined {
	for (let index = 0; index < fields.length; index += 2) {
		if ((fields[index] as string).toLowerCase() === name) return fields[index + 1];
	}
	return undefined;
}
