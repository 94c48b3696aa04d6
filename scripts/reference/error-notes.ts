/** Whether a request may be sent again. */
export type Repeat =
	/** Nothing of it was processed: any method may be repeated. */
	| 'safe'
	/** The server may have processed it: repeat what may happen twice (GET, HEAD, PUT, DELETE), nothing else. */
	| 'maybe'
	/** Another attempt ends the same way. */
	| 'same';

export type ErrorNote = { class: string; phase: string; means: string; repeat: Repeat; todo: string };

const note = (of: string, phase: string, means: string, repeat: Repeat, todo: string): ErrorNote => ({
	class: of,
	phase,
	means,
	repeat,
	todo,
});
const input = (means: string, todo: string) => note('InvalidArgumentError', 'input', means, 'same', todo);
const state = (means: string, todo: string) => note('StateError', 'input', means, 'same', todo);
const profile = (means: string, todo: string) => note('ProfileError', 'input', means, 'same', todo);
const certificate = (means: string, todo: string) => note('TlsError', 'tls', means, 'same', todo);
const redirect = (means: string, todo: string) => note('RedirectError', 'redirect', means, 'same', todo);
const limit = (phase: string, means: string, repeat: Repeat, todo: string) =>
	note('TimeoutError', phase, `The limit of \`timeout.${phase}\` was reached: ${means}.`, repeat, todo);
const broken = (means: string, repeat: Repeat = 'maybe', todo = 'Report the server; the same client cannot read it.') =>
	note('ProtocolError', 'head', means, repeat, todo);
const decode = (name: string) =>
	note('BodyError', 'body', `The body is no ${name}.`, 'maybe', '`decompress: false` gives the bytes as they came.');

/** What each public code means, in the order of the page. `scripts/reference.ts` fails if one of the source is missing. */
export const errorNotes: Readonly<Record<string, ErrorNote>> = {
	ERR_INVALID_ARG: input('An argument, a header or a body is not what it has to be.', 'The message names it.'),
	ERR_INVALID_OPTION: input(
		'An option does not exist or has a wrong value.',
		'The message names it, and what was meant.',
	),
	ERR_INVALID_URL: input(
		'Not an absolute http or https URL, or a `data:` or `blob:` URL that cannot be read.',
		'Give the whole URL.',
	),
	ERR_BAD_PORT: input('The port belongs to another protocol; no browser connects to it.', 'Use another port.'),
	ERR_STATE_KEY: input(
		'`stateKey` does not fit the tickets of `state`, or they were changed.',
		'Give the key that sealed them, or leave the state.',
	),
	ERR_NOT_CACHED: input(
		'`cache: "only-if-cached"`, and the session keeps nothing for this request.',
		'Ask without it.',
	),
	ERR_KEY_LOG: input(
		'The file of `keyLog` cannot be opened; `nodeCode` says why.',
		'Choose a file that can be written.',
	),
	ERR_TLS_CONFIG: input('A certificate, key or container cannot be used as given.', 'The message says which and why.'),
	ERR_PROFILE_UNKNOWN: profile('No browser of that name; `suggestions` has the nearest.', 'See `wiretwin profiles`.'),
	ERR_PROFILE_OS: profile('The browser does not exist on that system.', 'See `getProfiles()` for its systems.'),
	ERR_PROFILE_BRAND: profile('The profile has no product of that name.', 'Leave `brand` out.'),
	ERR_PROFILE_VERSION: profile(
		'`fullVersion` is of another release, or the browser tells none.',
		'Leave it out, or fit it to the release.',
	),
	ERR_PROFILE_COOKIES: profile(
		'The browser cannot be set to that way with cookies of other sites.',
		'See `thirdPartyCookies`.',
	),
	ERR_PROFILE_KIND: profile('The browser has no such kind of request.', 'See [kinds](../guide/kinds.md).'),
	ERR_PROFILE_INVALID: profile('A profile document is wrong; the key is named.', 'Mend the document.'),
	ERR_PROFILE_TOO_LARGE: profile('A profile document has more than 1 MiB.', 'Mend the document.'),
	ERR_SESSION_CLOSED: state('The session was closed before or while the request ran.', 'Make another session.'),
	ERR_TRANSPORT_CLOSED: note(
		'StateError',
		'queue',
		'The connections were closed while the request ran or before.',
		'same',
		'Make another transport.',
	),
	ERR_BODY_USED: state('A body was read or handed over before.', '`response.clone()`, or a new stream.'),
	ERR_COOKIE_STORE_ASYNC: state("The jar's store is asynchronous.", 'The twin with `Async` at its end.'),
	ERR_BINDING_LOAD: state(
		'The native addon cannot be loaded; the message says where it was looked for and why.',
		'[If the addon does not load](../../packages/core-native/README.md#if-the-addon-does-not-load).',
	),
	ERR_ADDON_STALE: state('The addon of a checkout is older than its sources.', '`node scripts/build-native.mjs`.'),
	ERR_DNS_NOT_FOUND: note(
		'ConnectionError',
		'resolve',
		'The name has no address.',
		'same',
		'Check the name; in a container, its resolver.',
	),
	ERR_DNS_FAILED: note(
		'ConnectionError',
		'resolve',
		'The lookup failed for another reason: no network, an ill resolver.',
		'safe',
		'Wait and repeat.',
	),
	ERR_HTTPS_RECORD: note(
		'ConnectionError',
		'resolve',
		'An HTTPS record makes the http URL an https one. `fetch` goes on there by itself; only `@wiretwin/core-native` says so.',
		'same',
		'Ask the https URL.',
	),
	ERR_ADDRESS_DENIED: note(
		'ConnectionError',
		'connect',
		'`denyPrivateAddresses` refuses every address of the host.',
		'same',
		'That is its purpose; `allow` names exceptions.',
	),
	ERR_ADDRESS_UNREACHABLE: note(
		'ConnectionError',
		'connect',
		'There is no way to the network or host.',
		'safe',
		'Check the network; IPv6 without a route is common in containers.',
	),
	ERR_LOCAL_ADDRESS: note(
		'ConnectionError',
		'connect',
		'`localAddress` is not of this machine, or its ports are used up.',
		'safe',
		'Check the address; with many connections, use more addresses.',
	),
	ERR_CONNECTION_REFUSED: note(
		'ConnectionError',
		'connect',
		'Nobody listens on the port.',
		'safe',
		'Check host and port; wait if it is restarting.',
	),
	ERR_CONNECTION_TIMED_OUT: note(
		'ConnectionError',
		'connect',
		'The system gave up connecting.',
		'safe',
		'A firewall drops the packets, or the host is gone.',
	),
	ERR_CONNECTION_RESET: note(
		'ConnectionError',
		'tls to body',
		'The peer reset the connection.',
		'maybe',
		'Often a firewall or a block: see [why am I still blocked](../guide/blocked.md).',
	),
	ERR_CONNECTION_CLOSED: note(
		'ConnectionError',
		'tls to body',
		'The peer closed the connection without an answer.',
		'maybe',
		'As above; on http, check the scheme.',
	),
	ERR_CONNECTION_FAILED: note(
		'ConnectionError',
		'any',
		'Another failure of the socket; `nodeCode` and the message say which.',
		'maybe',
		'`EMFILE`: raise the limit of open files.',
	),
	ERR_PROTOCOL_UNAVAILABLE: note(
		'ConnectionError',
		'tls, send',
		'The server does not speak a protocol that the request allows.',
		'same',
		'Leave `http1` or `http2` out.',
	),
	ERR_TLS_CERT_UNTRUSTED: certificate(
		'No path from the certificate to a trusted root.',
		'`ca`, `trustStore`; a server may lack its intermediate.',
	),
	ERR_TLS_CERT_SELF_SIGNED: certificate(
		'The certificate, or the root of its chain, is self-signed and not trusted.',
		"`ca`; behind a company proxy `trustStore: 'combined'`.",
	),
	ERR_TLS_CERT_EXPIRED: certificate(
		'The certificate or an issuer is out of date.',
		'Check the clock (`wiretwin doctor`), then the server.',
	),
	ERR_TLS_CERT_NOT_YET_VALID: certificate('The certificate or an issuer is not valid yet.', 'Check the clock.'),
	ERR_TLS_CERT_HOST_MISMATCH: certificate('The certificate is for another name.', 'Check the URL; see `servername`.'),
	ERR_TLS_CERT_REVOKED: certificate('The server itself shows that it was revoked.', 'Nothing on your side.'),
	ERR_TLS_CERT_INVALID: certificate(
		'The chain breaks another rule that the browser holds it to.',
		'The message says which.',
	),
	ERR_TLS_HANDSHAKE: note(
		'TlsError',
		'tls',
		'The handshake failed; the message has the alert.',
		'safe',
		'An alert after the hello of one browser alone may be a block: try another.',
	),
	ERR_TLS_CLOSED: note(
		'TlsError',
		'tls',
		'The peer closed in the middle of the handshake.',
		'safe',
		'A firewall, or a proxy that does not let the name through.',
	),
	ERR_TLS_PROTOCOL: note(
		'TlsError',
		'send to body',
		'A record broke the protocol, or the peer sent a fatal alert.',
		'maybe',
		'A client certificate that is wanted is told so late in TLS 1.3: `cert`, `key`.',
	),
	ERR_TLS_ECH_REJECTED: note(
		'TlsError',
		'tls',
		'The server refused Encrypted ClientHello, and again with the configuration that it gave instead.',
		'safe',
		"The server is being changed, or lies: later, or `ech: 'grease'`, which shows the name.",
	),
	ERR_TLS_ECH_PUBLIC_NAME: certificate(
		'Who refused Encrypted ClientHello is not whom the configuration names in public; the name was not shown.',
		'Somebody in between, or an old configuration. `nodeCode` says what is wrong with the certificate.',
	),
	ERR_TLS_ECH_CONFIG: certificate(
		'The configurations for Encrypted ClientHello cannot be read; the browser fails then.',
		'Mend the HTTPS record or `ech.configs`.',
	),
	ERR_TLS_UNSUPPORTED_CIPHER: certificate(
		'The server chose a cipher that the browser has and our library has not.',
		'Another profile.',
	),
	ERR_TLS_UNSUPPORTED_GROUP: certificate('The same for a key exchange.', 'Another profile.'),
	ERR_PROXY_CONNECTION: note(
		'ProxyError',
		'proxy',
		'The proxy cannot be reached; `nodeCode` says why.',
		'safe',
		'Check or change the proxy.',
	),
	ERR_PROXY_AUTH_REQUIRED: note(
		'ProxyError',
		'proxy',
		'The proxy wants credentials.',
		'same',
		'`username`, `password`.',
	),
	ERR_PROXY_AUTH_REFUSED: note(
		'ProxyError',
		'proxy',
		'The proxy refused the credentials.',
		'same',
		'Check them; some providers want your address listed.',
	),
	ERR_PROXY_REFUSED: note(
		'ProxyError',
		'proxy',
		'The proxy refuses this target; `proxyStatus` has its answer.',
		'safe',
		'Another exit or proxy.',
	),
	ERR_PROXY_UNREACHABLE: note(
		'ProxyError',
		'proxy',
		'The proxy could not reach the target.',
		'safe',
		'Check the target, or take another exit.',
	),
	ERR_PROXY_PROTOCOL: note(
		'ProxyError',
		'proxy',
		"The proxy's answer is not of its protocol.",
		'same',
		'Check the scheme: http, https, socks5.',
	),
	ERR_PROXY_HEAD_TOO_LARGE: note(
		'ProxyError',
		'proxy',
		"The head of the proxy's answer passes its limit.",
		'same',
		'Another proxy.',
	),
	ERR_PROXY_CLOSED: note(
		'ProxyError',
		'proxy',
		'The proxy closed before it had answered.',
		'safe',
		'Repeat; another exit.',
	),
	ERR_PROXY_TARGET: note(
		'ProxyError',
		'proxy',
		'The target cannot be said in this protocol (IPv6 over SOCKS4).',
		'same',
		'Another kind of proxy.',
	),
	ERR_TIMEOUT_QUEUE: limit(
		'queue',
		'no connection or stream became free',
		'safe',
		'More time, fewer requests at once.',
	),
	ERR_TIMEOUT_RESOLVE: limit('resolve', 'the name was not looked up in time', 'safe', 'Repeat.'),
	ERR_TIMEOUT_CONNECT: limit('connect', 'no address answered', 'safe', 'Repeat.'),
	ERR_TIMEOUT_PROXY: limit('proxy', 'the proxy did not answer', 'safe', 'Another exit.'),
	ERR_TIMEOUT_TLS: limit('tls', 'the handshake did not end', 'safe', 'Repeat.'),
	ERR_TIMEOUT_SEND: limit('send', 'the server did not take the body', 'maybe', 'More time for large bodies.'),
	ERR_TIMEOUT_HEAD: limit(
		'head',
		'no answer began',
		'maybe',
		'More time, or a slower pace: some servers hold what they suspect.',
	),
	ERR_TIMEOUT_IDLE: limit('idle', 'the body stood still', 'maybe', 'Go on from there with `range`.'),
	ERR_TIMEOUT_TOTAL: limit(
		'total',
		'the call took too long, whatever it was doing',
		'maybe',
		'Limits for each phase say more.',
	),
	ERR_H1_NO_RESPONSE: broken(
		'The connection ended before the first byte of an answer.',
		'maybe',
		'As `ERR_CONNECTION_CLOSED`.',
	),
	ERR_H1_HEAD_INCOMPLETE: broken('The connection ended inside the head.', 'maybe', 'Repeat.'),
	ERR_H1_PARSE: broken('What came is no HTTP/1 answer.'),
	ERR_H1_FRAMING: broken('Length and coding of the answer contradict each other.'),
	ERR_H1_CHUNK: note(
		'ProtocolError',
		'body',
		'The chunked coding is broken.',
		'maybe',
		'Report the server; the same client cannot read it.',
	),
	ERR_H1_UNEXPECTED_UPGRADE: broken('The server changed the protocol without being asked.'),
	ERR_HEAD_TOO_LARGE: broken('Head, number of fields or trailers pass a [limit](../guide/limits.md).'),
	ERR_H2_PROTOCOL: note(
		'ProtocolError',
		'any',
		'The server broke HTTP/2 or passed a [limit](../guide/limits.md); the message names the rule.',
		'maybe',
		'`http1: true`, if it must be.',
	),
	ERR_H2_STREAM_RESET: note(
		'ProtocolError',
		'head, body',
		'The server reset the stream; the message has its code.',
		'maybe',
		'`ENHANCE_YOUR_CALM`: slow down. Else often a block.',
	),
	ERR_H2_REFUSED_STREAM: broken(
		'The server refused the stream without processing it, also the repetition.',
		'safe',
		'Repeat later.',
	),
	ERR_H2_GOAWAY: broken('The server is going away and did not process it, also not the repetition.', 'safe', 'Repeat.'),
	ERR_WS_HANDSHAKE: note(
		'ProtocolError',
		'head',
		'The answer to the handshake of a WebSocket is not the right one.',
		'maybe',
		'`origin`, cookies; the message has the status.',
	),
	ERR_WS_PROTOCOL: note(
		'ProtocolError',
		'body',
		'The peer broke the WebSocket protocol.',
		'maybe',
		'Open another socket.',
	),
	ERR_WS_DATA: note(
		'ProtocolError',
		'body',
		'A message is no UTF-8 or cannot be decompressed.',
		'maybe',
		'Report the server.',
	),
	ERR_WS_TOO_LARGE: note('ProtocolError', 'body', 'A message is longer than `maxMessageBytes`.', 'same', 'Raise it.'),
	ERR_BODY_INCOMPLETE: note(
		'BodyError',
		'body',
		'The connection ended inside the body.',
		'maybe',
		'Go on from there with `range`.',
	),
	ERR_BODY_TOO_LARGE: note('BodyError', 'body', 'The body is longer than `maxResponseBytes`.', 'same', 'Raise it.'),
	ERR_BODY_INTEGRITY: note(
		'BodyError',
		'body',
		'The body is not the one that `integrity` names.',
		'same',
		'Check the digest.',
	),
	ERR_BODY_SOURCE: note(
		'BodyError',
		'send',
		'The source of the request body failed; `cause` is its error.',
		'same',
		'Mend the source.',
	),
	ERR_BODY_LENGTH: note(
		'BodyError',
		'send',
		'The request body is not as long as its `content-length` said.',
		'same',
		'Leave `content-length` to us.',
	),
	ERR_UPLOAD_LENGTH: note(
		'BodyError',
		'send',
		'The same, found by the engine.',
		'same',
		'Leave `content-length` to us.',
	),
	ERR_DECODE_GZIP: decode('gzip'),
	ERR_DECODE_DEFLATE: decode('deflate'),
	ERR_DECODE_BR: decode('brotli'),
	ERR_DECODE_ZSTD: decode('zstd'),
	ERR_DECODE_DCB: decode('brotli for the dictionary that the request named'),
	ERR_DECODE_DCZ: decode('zstd for the dictionary that the request named'),
	ERR_DECODE_CHAIN: note(
		'BodyError',
		'head',
		'More content codings than a [limit](../guide/limits.md) allows.',
		'same',
		'`decompress: false`.',
	),
	ERR_DECODE_LIMIT: note(
		'BodyError',
		'body',
		'The body expands beyond a [limit](../guide/limits.md): a bomb.',
		'same',
		'`decompress: false`.',
	),
	ERR_REDIRECT_TOO_MANY: redirect(
		'More redirects than `maxRedirects`.',
		'A loop: often a cookie that is not kept. Use a session.',
	),
	ERR_REDIRECT_FORBIDDEN: redirect("`redirect: 'error'` met a redirect.", "`'manual'` gives the answer itself."),
	ERR_REDIRECT_LOCATION: redirect('`Location` is no URL, or there are several.', "`redirect: 'manual'`."),
	ERR_REDIRECT_SCHEME: redirect(
		'It leads to something that is not http or https.',
		"`redirect: 'manual'` shows where.",
	),
	ERR_REDIRECT_PORT: redirect('It leads to a port that no browser connects to.', "`redirect: 'manual'` shows where."),
	ERR_REDIRECT_BODY: redirect('307 or 308 wants the body again, but it was a stream.', 'Give bytes, a Blob or a form.'),
	ERR_ABORTED: note(
		'ConnectionError',
		'any',
		'An exchange was given up without a reason (`exchange.abort()`). A signal rejects with its own reason instead.',
		'maybe',
		'-',
	),
	ERR_INTERNAL: note(
		'ConnectionError',
		'any',
		'A fault of ours; nothing else is hit by it.',
		'maybe',
		'Please report it, with `wiretwin doctor`.',
	),
};

/** Text that looks like a code of ours and is none; a name with `_` at its end stands for all that begin so. */
export const notOurs: Readonly<Record<string, string>> = {
	ERR_MODULE_NOT_FOUND: 'of Node',
	ERR_SSL_: "Node's spelling, in `nodeCode`",
	ERR_HTTP2_: 'the same',
	ERR_TLS_CERT_ALTNAME_INVALID: 'the same',
	ERR_INVALID: 'a beginning',
	ERR_DECODE: 'a constant of the engine that nothing uses',
};
