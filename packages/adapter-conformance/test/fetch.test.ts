// The table over `session.fetch` itself: what it asks of adapters is what the engine and the session can do.
import { type ConformanceDriver, describeConformance } from '../src/index.ts';

const sessionFetch: ConformanceDriver = {
	name: 'session.fetch',
	equivalent: (url) => ({ kind: 'fetch', layout: { referer: new URL('/', url).href, origin: new URL(url).origin } }),
	except: {
		'SameSite cookies go along, and are taken, as who asks decides: the same as session.fetch':
			'it asks another origin without credentials, unless told: "include"',
	},
	open: (session) => ({
		async request({ url, method = 'GET', headers = {}, body, signal, timeoutMs, follow }) {
			const response = await session.fetch(url, {
				method,
				headers,
				kind: 'fetch',
				redirect: follow ? 'follow' : 'manual',
				...(body === undefined ? {} : { body }),
				...(signal ? { signal } : {}),
				...(timeoutMs === undefined ? {} : { timeout: timeoutMs }),
			});
			return {
				status: response.status,
				header: (name) => response.headers.get(name),
				setCookies: () => response.headers.getSetCookie(),
				body: response.body ?? new ReadableStream<Uint8Array>({ start: (controller) => controller.close() }),
			};
		},
	}),
};

describeConformance(sessionFetch);
