import type { ConformanceDriver } from '@wiretwin/adapter-conformance';
import type ky from 'ky';
import { createKy } from '../../src/index.ts';

/** ky over the adapter. */
export function kyDriver(
	name: string,
	version: typeof ky,
	except: NonNullable<ConformanceDriver['except']> = {},
): ConformanceDriver {
	return {
		name,
		except: {
			'SameSite cookies go along, and are taken, as who asks decides: the same as session.fetch':
				'it asks another origin without credentials, unless told: "include"',
			...except,
		},
		equivalent: (url) => ({
			kind: 'fetch',
			layout: { referer: new URL('/', url).href, origin: new URL(url).origin },
		}),
		open: (session) => {
			const api = createKy(session, version, { kind: 'fetch' });
			return {
				async request(request) {
					const response = await api(request.url, {
						method: request.method ?? 'GET',
						headers: { ...request.headers },
						redirect: request.follow ? 'follow' : 'manual',
						throwHttpErrors: false,
						retry: 0,
						timeout: request.timeoutMs ?? false,
						...(request.body === undefined ? {} : { body: toBody(request.body) }),
						...(request.signal ? { signal: request.signal } : {}),
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

/** ky takes streams of the web. */
function toBody(
	body: string | Uint8Array | AsyncIterable<Uint8Array>,
): string | Uint8Array<ArrayBuffer> | ReadableStream {
	if (typeof body === 'string' || body instanceof Uint8Array) return body as string | Uint8Array<ArrayBuffer>;
	return ReadableStream.from(body) as ReadableStream;
}
