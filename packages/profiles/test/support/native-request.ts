/** One request of a profile through the native engine. */
import { createNativeTransport, type NativeRequest, type NativeTransport } from '../../../core-native/src/index.ts';
import { sharedAuthority } from '../../../mirror/src/index.ts';
import { engineProfileJson, layoutHeaders, type Profile, type RequestKind } from '../../src/index.ts';

/** A name, so that the hello has server_name, as published ones have. */
const HOST = 'www.mirror.test';

/** A transport that trusts the peers of these tests and resumes nothing. */
export function profileTransport(profile: Profile): NativeTransport {
	return createNativeTransport({
		profile: engineProfileJson(profile),
		ca: [sharedAuthority().caPem],
		trustStore: 'none',
		resolve: { [HOST]: ['127.0.0.1'] },
		resumption: false,
	});
}

/** What a request of `kind` to a server on this machine looks like. */
export function profileRequest(profile: Profile, port: number, kind: RequestKind = 'navigate'): NativeRequest {
	const { headers, priority } = layoutHeaders(profile, { kind });
	return {
		method: 'GET',
		scheme: 'https',
		host: HOST,
		port,
		authority: `${HOST}:${port}`,
		target: '/echo',
		headers,
		priority: { weight: priority.weight, exclusive: priority.exclusive, rank: priority.rank },
	};
}

/** Status and body. */
export async function exchange(transport: NativeTransport, request: NativeRequest) {
	const head = Promise.withResolvers<number>();
	const end = Promise.withResolvers<void>();
	end.promise.catch(() => {});
	const started = transport.exchange(request, {
		onHead: ({ status }) => head.resolve(status),
		onEnd: () => end.resolve(),
		onError: (error) => {
			head.reject(error);
			end.reject(error);
		},
	});
	const status = await head.promise;
	const body = Buffer.from(await started.readAll()).toString();
	await end.promise;
	return { status, body };
}
