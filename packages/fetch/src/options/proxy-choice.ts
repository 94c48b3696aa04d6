import { refuse } from './checks.ts';
import { type NormalizedProxy, normalizeProxy } from './proxy.ts';

/** The proxy of a transport for each scheme; only the environment names two. */
export type ProxyChoice = { https: NormalizedProxy | undefined; http: NormalizedProxy | undefined };

/**
 * Reads the option `proxy` of a transport. `'env'`, also as its `url`, takes the variables that curl takes, when the
 * transport is made: `https_proxy`, `HTTPS_PROXY`, then `all_proxy`, `ALL_PROXY`; for http `http_proxy` in lower case only,
 * since a CGI program has the header `Proxy` in the other (httpoxy). `NO_PROXY` names what goes past.
 */
export function chooseProxies(value: unknown): ProxyChoice {
	if (value === undefined || value === null) return { https: undefined, http: undefined };
	const isObject = typeof value === 'object' && !(value instanceof URL);
	if ((isObject ? (value as { url?: unknown }).url : value) !== 'env') {
		const proxy = normalizeProxy(value);
		return { https: proxy, http: proxy };
	}
	const more = isObject ? { noProxy: 'env', ...value } : { noProxy: 'env' };
	const read = (...names: string[]): NormalizedProxy | undefined => {
		const name = names.find((each) => (process.env[each] ?? '') !== '');
		if (name === undefined) return undefined;
		try {
			return normalizeProxy({ ...more, url: process.env[name] });
		} catch {
			return refuse(`proxy: 'env'`, `a valid proxy URL in the variable ${name}`);
		}
	};
	return {
		https: read('https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'),
		http: read('http_proxy', 'all_proxy', 'ALL_PROXY'),
	};
}
