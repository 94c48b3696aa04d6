// The table that every adapter passes, for each way to use the dispatcher.
import { type ConformanceDriver, type DriverRequest, describeConformance } from '@wiretwin/adapter-conformance';
import { wiretwinDispatcher } from '../src/index.ts';
import { fetches, versions } from './support/clients.ts';

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

for (const [name, bind] of fetches) {
	const driver: ConformanceDriver = {
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
	describeConformance(driver);
}

for (const [name, undici] of versions) {
	const driver: ConformanceDriver = {
		name: `${name} request`,
		equivalent,
		open: (session) => {
			const plain = wiretwinDispatcher(session);
			const following = plain.compose(undici.interceptors.redirect({ maxRedirections: 20 }));
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
	describeConformance(driver);
}
