import { constants } from 'node:crypto';
import { createServer, type Server, type TLSSocket, type TlsOptions } from 'node:tls';
import type { NegotiatedTls } from '../capture/records.ts';
import type { NormalizedMirrorOptions } from './options.ts';

/** A TLS server that never listens: connections are handed to it, so that their raw bytes can be watched first. */
export function createTlsServer(options: NormalizedMirrorOptions): Server {
	const identity = options.authority.serverIdentity(options.certificate, options.certificateKey, options.extraHosts);
	const [minVersion, maxVersion] = options.tlsVersions;
	const settings: TlsOptions = {
		cert: identity.certificatePem,
		key: identity.keyPem,
		minVersion: `TLSv${minVersion}`,
		maxVersion: `TLSv${maxVersion}`,
		handshakeTimeout: 20_000,
	};
	if (options.protocols.length > 0) settings.ALPNProtocols = [...options.protocols];
	if (options.groups) settings.ecdhCurve = options.groups.join(':');
	if (options.ciphers) settings.ciphers = options.ciphers;
	// Node keeps no server-side session cache, so without tickets nothing can be resumed.
	if (!options.tickets) settings.secureOptions = constants.SSL_OP_NO_TICKET;
	if (options.clientCertificate) {
		settings.requestCert = true;
		settings.rejectUnauthorized = options.clientCertificate === 'required';
		settings.ca = options.authority.caPem;
	}
	return createServer(settings);
}

/** What the finished handshake of `socket` agreed on. */
export function describeNegotiation(socket: TLSSocket): NegotiatedTls {
	const peer = socket.getPeerCertificate();
	const commonName = peer?.subject?.CN;
	return {
		version: socket.getProtocol() ?? '',
		cipher: socket.getCipher().standardName,
		alpn: socket.alpnProtocol || null,
		resumed: socket.isSessionReused(),
		serverName: socket.servername || null,
		clientCertificate: (Array.isArray(commonName) ? commonName[0] : commonName) ?? null,
	};
}
