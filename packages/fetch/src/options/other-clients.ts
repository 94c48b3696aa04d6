/**
 * What other clients (axios, got, undici, node-fetch, request, curl_cffi, impit, Playwright) call things: our option, and
 * how to write it if the name alone does not say that.
 */
const names: ReadonlyMap<string, readonly [option: string, written?: string]> = new Map([
	['allowRedirects', ['redirect', `"redirect": 'follow' or 'manual'`]],
	['auth', ['headers', 'an "authorization" header']],
	['bodyTimeout', ['timeout', '"timeout": { idle }']],
	['compress', ['decompress']],
	['connectTimeout', ['timeout', '"timeout": { connect }']],
	['cookies', ['cookieJar', '"cookieJar", or setCookie() of the session']],
	['data', ['body', '"body": JSON.stringify(value) or new URLSearchParams(fields)']],
	['emulation', ['browser']],
	['follow', ['maxRedirects']],
	['followRedirect', ['redirect', `"redirect": 'follow' or 'manual'`]],
	['followRedirects', ['redirect', `"redirect": 'follow' or 'manual'`]],
	['form', ['body', '"body": new URLSearchParams(fields)']],
	['headers', ['defaultHeaders']],
	['headersTimeout', ['timeout', '"timeout": { head }']],
	['host', ['url']],
	['hostname', ['url']],
	['ignoreHTTPSErrors', ['insecure', '"insecure": true']],
	['ignoreTlsErrors', ['insecure', '"insecure": true']],
	['impersonate', ['browser']],
	['jar', ['cookieJar']],
	['json', ['body', '"body": JSON.stringify(value) with a "content-type" header']],
	['maxRedirections', ['maxRedirects']],
	['params', ['body', 'a query in the URL, made by new URLSearchParams(params)']],
	['port', ['url']],
	['prefixUrl', ['body', 'an absolute URL']],
	['proxies', ['proxy']],
	['proxyUrl', ['proxy']],
	['query', ['body', 'a query in the URL, made by new URLSearchParams(query)']],
	['readTimeout', ['timeout', '"timeout": { idle }']],
	['rejectUnauthorized', ['insecure', '"insecure": true']],
	['request', ['total']],
	['response', ['head']],
	['searchParams', ['body', 'a query in the URL, made by new URLSearchParams(searchParams)']],
	['server', ['url']],
	['size', ['maxResponseBytes']],
	['strictSSL', ['insecure', '"insecure": true']],
	['userAgent', ['headers', 'a "user-agent" header']],
	['verify', ['insecure', '"insecure": true, or "ca"']],
]);

/** Our name for what another client calls `name`, wherever it belongs. */
export function nameHere(name: string): string | undefined {
	return names.get(name)?.[0];
}

/** What to write for another client's `name`, if `known` has it. */
export function fromOtherClient(name: string, known: ReadonlySet<string>): string | undefined {
	const [option, written] = names.get(name) ?? [];
	return option !== undefined && known.has(option) ? (written ?? `"${option}"`) : undefined;
}
