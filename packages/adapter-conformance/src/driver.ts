import type { ExchangeRequest, Session, SessionOptions } from 'wiretwin';

/** Forms a request body may take. A stream has no announced length. */
export type RequestBody = string | Uint8Array | AsyncIterable<Uint8Array>;

/** A request, said in words that every client knows. */
export type DriverRequest = {
	url: string;
	/** @default 'GET' */
	method?: string;
	headers?: Readonly<Record<string, string>>;
	body?: RequestBody;
	/** Aborts the request and its body. */
	signal?: AbortSignal;
	/** The client's own limit for the whole request, milliseconds. */
	timeoutMs?: number;
	/** Follow redirects. @default false */
	follow?: boolean;
};

/** A response as the client shows it. */
export type DriverResponse = {
	status: number;
	/** First value of a field, any case; `null` if absent. */
	header(name: string): string | null;
	/** Every Set-Cookie line. */
	setCookies(): string[];
	/** The body as the client gives it to its user, pulled: nothing is read while nobody asks. Can be used once. */
	body: AsyncIterable<Uint8Array>;
};

/**
 * What a client cannot do, so that the table does not ask for it. Each must be a fact about the client, never about the
 * adapter: `cookies` no jar of its own and the adapter adds none; `redirects` never follows; `timeout` has none; `stream`
 * gives whole bodies only; `upload-stream` takes no stream of unknown length; `upload-error` does not watch the stream it
 * is given; `decoding` hands bodies over undecoded; `error-codes` hides the cause of a failure; `methods` restricts the
 * names of methods; `cookie-stream` loses the streamed body of an answer with cookies, on any agent; `session` makes sessions of its own and takes none; `repeated-fields` shows one text for a field that came several times.
 */
export type Lack =
	| 'cookie-stream'
	| 'cookies'
	| 'decoding'
	| 'error-codes'
	| 'methods'
	| 'redirects'
	| 'repeated-fields'
	| 'session'
	| 'stream'
	| 'timeout'
	| 'upload-error'
	| 'upload-stream';

/** One client over one session. */
export type DriverClient = {
	/** Resolves with the head. Rejects with the client's own error. Statuses of 400 and more do not reject. */
	request(request: DriverRequest): Promise<DriverResponse>;
	/** Requests under way, for a client with connections of its own. @default those of the session's transport */
	exchanges?(): number;
	/** Called after each case, before the session is closed. */
	close?(): Promise<void> | void;
};

/** An adapter with its client, ready for the table. */
export type ConformanceDriver = {
	/** Shown in the names of the tests, with the version of the client: `got 16`. */
	name: string;
	lacks?: readonly Lack[];
	/** Single cases that this version of the client cannot pass on any agent or fetch, by name, with the reason. */
	except?: Readonly<Record<string, string>>;
	/**
	 * The request that must look the same on the wire as `GET <url>` of this client without headers of the user's:
	 * what to give to `session.exchange` besides the url. @default { kind: 'fetch' }
	 */
	equivalent?(url: string): Partial<ExchangeRequest>;
	/** `options` are those of the session, for a client that makes its own connections. */
	open(session: Session, options: SessionOptions): DriverClient | Promise<DriverClient>;
};

/** `error.code` of the error or of one of its causes, outermost first. */
export function errorCodes(error: unknown): string[] {
	const codes: string[] = [];
	for (let each = error, depth = 0; each instanceof Object && depth < 8; depth++) {
		const { code, cause } = each as { code?: unknown; cause?: unknown };
		if (typeof code === 'string') codes.push(code);
		each = cause;
	}
	return codes;
}

/** The whole body. */
export async function bytesOf(response: DriverResponse): Promise<Buffer> {
	const chunks: Uint8Array[] = [];
	for await (const chunk of response.body) chunks.push(chunk);
	return Buffer.concat(chunks);
}

/** The whole body as text. */
export async function textOf(response: DriverResponse): Promise<string> {
	return (await bytesOf(response)).toString('utf8');
}
