import type { ConformanceDriver, DriverRequest } from '@wiretwin/adapter-conformance';
import type * as undici8 from 'undici';
import { wiretwinDispatcher } from '../../src/index.ts';
import type { bindFetch } from './clients.ts';

const equivalent = (url: string) => ({
	kind: 'fetch' as const,
	layout: { referer: new URL('/', url).href, origin: new URL(url).origin },
});

/** A request's signal together with its own limit. */
function signalOf({ signal, timeoutMs }: DriverRequest): AbortSignal | undefined {
	if (timeoutMs === undefined) return signal;
	const limit = AbortSignal.timeout(timeoutMs);
	return signal ? AbortSignal.any([signal, limit]) : limit;
}

/** A fetch with the dispatcher. */
export function fetchDriver(name: string, bind: ReturnType<typeof bindFetch>): ConformanceDriver {
	return {
		name,
		equivalent,
		open: (session) => {
			const fetch = bind(wiretwinDispatcher(session));
			return {
				async request(request) {
					const signal = signalOf(request);
					const response = await fetch(request.url, {
						method: request.method ?? 'GET',
						headers: { ...request.headers },
						redirect: request.follow ? 'follow' : 'manual',
						...(request.body === undefined ? {} : { body: request.body }),
						...(signal ? { signal } : {}),
					});
					return {
						status: response.status,
						header: (field) => response.headers.get(field),
						setCookies: () => response.headers.getSetCookie(),
						body: (response.body ?? new Blob([]).stream()) as AsyncIterable<Uint8Array>,
					};
				},
			};
		},
	};
}

/** `undici.request` with the dispatcher. */
export function requestDriver(name: string, undici: typeof undici8): ConformanceDriver {
	return {
		name: `${name} request`,
		...(redirectOf(undici) ? {} : { lacks: ['redirects'] }),
		equivalent,
		open: (session) => {
			const plain = wiretwinDispatcher(session);
			const redirect = redirectOf(undici);
			const following = redirect ? plain.compose(redirect({ maxRedirections: 20 })) : plain;
			return {
				async request(request) {
					const signal = signalOf(request);
					const response = await undici.request(request.url, {
						dispatcher: request.follow ? following : plain,
						...({ throwOnMaxRedirect: true } as object), // undici 6 and 7 read it here, undeclared
						method: request.method ?? 'GET',
						headers: { ...request.headers },
						...(request.body === undefined ? {} : { body: request.body as string }),
						...(signal ? { signal } : {}),
					});
					const all = (field: string) => [response.headers[field.toLowerCase()] ?? []].flat();
					return {
						status: response.statusCode,
						header: (field) => all(field)[0] ?? null,
						setCookies: () => all('set-cookie'),
						body: response.body,
					};
				},
			};
		},
	};
}

/** The first versions of undici 6 have no interceptors to compose with. */
function redirectOf(undici: typeof undici8): typeof undici8.interceptors.redirect | undefined {
	return (undici.interceptors as Partial<typeof undici8.interceptors> | undefined)?.redirect;
}
