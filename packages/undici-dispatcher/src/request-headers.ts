import { undiciError } from './errors.ts';

/** Fields that undici's fetch adds when the caller set none: lower case, with exactly these values. */
const fetchDefaults: Readonly<Record<string, ReadonlySet<string>>> = {
	accept: new Set(['*/*']),
	'accept-language': new Set(['*']),
	'sec-fetch-mode': new Set(['cors', 'websocket']),
	'user-agent': new Set(['node', 'undici']),
	'accept-encoding': new Set([
		'gzip, deflate',
		'br, gzip, deflate',
		'br, gzip, deflate, zstd',
		'gzip, deflate, br',
		'gzip, deflate, br, zstd',
	]),
};

/** Framing fields: the connection writes them itself. */
const framing: ReadonlySet<string> = new Set([
	'transfer-encoding',
	'connection',
	'keep-alive',
	'proxy-connection',
	'upgrade',
	'expect',
]);

/** Values of `content-type` that a fetch sets for a body without being told: a fact of the body, not the caller's field. */
const bodyTypes =
	/^(?:text\/plain;charset=UTF-8|application\/x-www-form-urlencoded;charset=UTF-8|multipart\/form-data; boundary=----formdata-undici-[0-9]+)$/;

export type RequestHeaders = {
	/** Names as typed; undici's own defaults are gone, so that the browser's take their place. */
	fields: Record<string, string | string[]>;
	contentLength: number | undefined;
	contentType: string | undefined;
	host: string | undefined;
	referer: string | undefined;
	/** The caller's own Cookie field; the profile has a place for it. */
	cookie: string | undefined;
	/** The caller set accept-encoding himself: he gets the body as it was sent. */
	wantsRawBody: boolean;
	/** WebSocket handshake fields that the profile lays out. */
	websocket: { key?: string; protocols?: string };
};

/** Reads every form undici allows: flat list, record (values may be lists), iterable of pairs, `null`. */
export function readRequestHeaders(input: unknown): RequestHeaders {
	const headers: RequestHeaders = {
		fields: Object.create(null),
		contentLength: undefined,
		contentType: undefined,
		host: undefined,
		referer: undefined,
		cookie: undefined,
		wantsRawBody: false,
		websocket: {},
	};
	if (input === null || input === undefined) return headers;
	if (typeof input !== 'object') throw invalid('headers must be an object or an array');
	if (Array.isArray(input) && !Array.isArray(input[0])) {
		if (input.length % 2 !== 0) throw invalid('headers array must be even');
		for (let index = 0; index < input.length; index += 2) add(headers, nameOf(input[index]), input[index + 1]);
	} else if (Symbol.iterator in input) {
		for (const pair of input as Iterable<unknown>) {
			if (!Array.isArray(pair) || pair.length !== 2) throw invalid('headers must be in key-value pair format');
			add(headers, nameOf(pair[0]), pair[1]);
		}
	} else {
		for (const name of Object.keys(input)) add(headers, name, (input as Record<string, unknown>)[name]);
	}
	return headers;
}

function add(headers: RequestHeaders, name: string, value: unknown): void {
	if (value === undefined) return;
	if (Array.isArray(value)) for (const one of value) addOne(headers, name, textOf(name, one));
	else addOne(headers, name, textOf(name, value));
}

function addOne(headers: RequestHeaders, name: string, value: string): void {
	const lower = name.toLowerCase();
	// undici's fetch writes its defaults in lower case; a caller who typed `Accept` meant it.
	if (name === lower && fetchDefaults[lower]?.has(value)) return;
	if (framing.has(lower)) return;
	switch (lower) {
		case 'content-length':
			headers.contentLength = lengthOf(value, headers.contentLength);
			return;
		case 'sec-websocket-key':
			headers.websocket.key = value;
			return;
		case 'sec-websocket-protocol': {
			const { protocols } = headers.websocket;
			headers.websocket.protocols = protocols === undefined ? value : `${protocols}, ${value}`;
			return;
		}
		case 'content-type':
			headers.contentType = value;
			if (name === lower && bodyTypes.test(value)) return;
			break;
		case 'host':
			headers.host = value;
			break;
		case 'referer':
			headers.referer = value;
			break;
		case 'cookie':
			headers.cookie = headers.cookie === undefined ? value : `${headers.cookie}; ${value}`;
			return;
		case 'accept-encoding':
			headers.wantsRawBody = true;
	}
	const known = headers.fields[name];
	headers.fields[name] = known === undefined ? value : Array.isArray(known) ? [...known, value] : [known, value];
}

function nameOf(name: unknown): string {
	return name instanceof Uint8Array ? Buffer.from(name).toString('latin1') : String(name);
}

function textOf(name: string, value: unknown): string {
	if (typeof value === 'string') return value;
	if (value === null) return '';
	if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1');
	if (typeof value === 'object' || typeof value === 'function') throw invalid(`invalid ${name} header`);
	return String(value);
}

function lengthOf(value: string, earlier: number | undefined): number {
	// F12: two lengths let two parsers see two requests.
	if (earlier !== undefined) throw invalid('duplicate content-length header');
	if (!/^(?:0|[1-9][0-9]{0,14})$/.test(value)) throw invalid('invalid content-length header');
	return Number(value);
}

function invalid(message: string): Error {
	return undiciError('UND_ERR_INVALID_ARG', message);
}
