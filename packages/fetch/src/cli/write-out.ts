import type { WiretwinResponse } from '../response/wiretwin-response.ts';
import type { RequestEvent } from '../types/events.ts';

/** What `-w` can tell about a transfer. */
export type Transfer = {
	response: WiretwinResponse;
	method: string;
	bytes: number;
	events: readonly RequestEvent[];
	startedMs: number;
	endedMs: number;
};

const variables: Readonly<Record<string, (transfer: Transfer) => string | number>> = {
	content_type: ({ response }) => response.headers.get('content-type') ?? '',
	http_code: ({ response }) => String(response.status).padStart(3, '0'),
	http_version: ({ response }) => response.httpVersion,
	local_ip: ({ response }) => response.connection.localAddress,
	local_port: ({ response }) => response.connection.localPort,
	method: ({ method }) => method,
	num_connects: ({ events }) => events.filter((each) => each.type === 'connected' && !each.connection.reused).length,
	num_headers: ({ response }) => response.rawHeaders.length / 2,
	num_redirects: ({ response }) => response.redirects.length,
	redirect_url: ({ response }) => redirectUrl(response),
	remote_ip: ({ response }) => response.connection.remoteAddress,
	remote_port: ({ response }) => response.connection.remotePort,
	response_code: ({ response }) => String(response.status).padStart(3, '0'),
	scheme: ({ response }) => new URL(response.url).protocol.slice(0, -1).toUpperCase(),
	size_download: ({ bytes }) => bytes,
	ssl_verify_result: ({ response }) => (response.connection.tls?.verified === false ? 1 : 0),
	time_total: ({ startedMs, endedMs }) => seconds(endedMs - startedMs),
	url_effective: ({ response }) => response.url,
};

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '\\': '\\' };

/** Text of `-w`; `unknown` hears of variables that there are none of. */
export function writeOut(format: string, transfer: Transfer, unknown: (name: string) => void): string {
	return format.replace(/%%|%\{([^}]*)\}|\\(.)/gs, (whole, name: string | undefined, escaped: string | undefined) => {
		if (escaped !== undefined) return escapes[escaped] ?? whole;
		if (name === undefined) return '%';
		const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
		if (value) return String(value(transfer));
		unknown(name);
		return '';
	});
}

function redirectUrl(response: WiretwinResponse): string {
	const location = response.headers.get('location');
	return location === null || response.status < 300 || response.status > 399
		? ''
		: (URL.parse(location, response.url)?.href ?? '');
}

function seconds(ms: number): string {
	return (ms / 1000).toFixed(6);
}
