import { sharedAuthority } from '../certs/authority.ts';
import type { MirrorOptions, NormalizedMirrorOptions } from './options.ts';

const DEFAULT_MAX_RECORDED_BODY = 1024 * 1024;
/** SETTINGS of the server the captures were taken with. */
const DEFAULT_SETTINGS = [[3, 128]] as const;

/** Fills in every default. @throws RangeError for values that make no sense. */
export function normalizeOptions(options: MirrorOptions): NormalizedMirrorOptions {
	const [minVersion, maxVersion] = options.tlsVersions ?? ['1.2', '1.3'];
	if (minVersion > maxVersion) throw new RangeError(`tlsVersions: ${minVersion} is above ${maxVersion}`);
	return {
		tls: options.tls ?? true,
		protocols: options.protocols ?? ['h2', 'http/1.1'],
		tlsVersions: [minVersion, maxVersion],
		groups: options.groups,
		ciphers: options.ciphers,
		tickets: options.tickets ?? true,
		certificate: options.certificate ?? 'trusted',
		certificateKey: options.certificateKey ?? 'ecdsa',
		authority: options.authority ?? sharedAuthority(),
		clientCertificate: options.clientCertificate,
		extraHosts: options.extraHosts ?? [],
		handler: options.handler,
		defaultRoutes: options.defaultRoutes ?? true,
		http2: {
			settings: options.http2?.settings ?? DEFAULT_SETTINGS,
			connectionWindowIncrement: options.http2?.connectionWindowIncrement ?? 0,
			compressHeaders: options.http2?.compressHeaders ?? true,
		},
		listenAddress: options.listenAddress ?? '127.0.0.1',
		maxConnections: options.maxConnections ?? Number.POSITIVE_INFINITY,
		port: options.port ?? 0,
		morePorts: options.morePorts ?? 0,
		maxRecordedBody: options.maxRecordedBody ?? DEFAULT_MAX_RECORDED_BODY,
		onConnectionEnd: options.onConnectionEnd,
		onRequest: options.onRequest,
	};
}
