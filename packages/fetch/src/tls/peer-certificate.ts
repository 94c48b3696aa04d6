import { X509Certificate } from 'node:crypto';
import type { DetailedPeerCertificate } from 'node:tls';
import type { TlsInfo } from '../types/response.ts';

/** Looks at who a peer is before anything is sent to it; what it returns, if anything, is why not. */
export type CheckServerIdentity = (
	hostname: string,
	certificate: DetailedPeerCertificate,
	tls: TlsInfo,
) => Error | undefined;

/**
 * What Node's `tlsSocket.getPeerCertificate(detailed)` gives for a peer; `{}` when its certificate is not known (any more).
 *
 * @param detailed With the issuers, each as `issuerCertificate` of the one before; a root is its own. @default false
 */
export function peerCertificate(
	tls: TlsInfo | undefined,
	detailed: boolean = false,
): DetailedPeerCertificate | Record<string, never> {
	const [own, ...others] = parse(tls);
	if (!own) return {};
	return detailed ? withIssuers(own, others) : toLegacy(own);
}

/** What Node's `tlsSocket.getPeerX509Certificate()` gives, its `issuerCertificate` among what the peer sent included. */
export function peerX509Certificate(tls: TlsInfo | undefined): X509Certificate | undefined {
	const certificates = parse(tls);
	for (const [index, certificate] of certificates.entries()) {
		const issuerCertificate = certificates[index + 1];
		// Node's own are linked in the native half; one that is made from bytes stands alone.
		if (issuerCertificate) Object.defineProperty(certificate, 'issuerCertificate', { value: issuerCertificate });
	}
	return certificates[0];
}

function parse(tls: TlsInfo | undefined): X509Certificate[] {
	return tls?.peerCertificates().map((certificate) => new X509Certificate(certificate)) ?? [];
}

function withIssuers(own: X509Certificate, others: X509Certificate[]): DetailedPeerCertificate {
	const first = toLegacy(own);
	let last = first;
	let subject = own;
	for (;;) {
		const place = others.findIndex((other) => subject.checkIssued(other));
		const [issuer] = place < 0 ? [] : others.splice(place, 1);
		if (!issuer) break;
		last.issuerCertificate = toLegacy(issuer);
		last = last.issuerCertificate;
		subject = issuer;
	}
	if (subject.checkIssued(subject)) last.issuerCertificate = last;
	return first;
}

/** A certificate as a TLS socket shows it: Node splits the text of `infoAccess` only there. */
function toLegacy(certificate: X509Certificate): DetailedPeerCertificate {
	const legacy = certificate.toLegacyObject() as DetailedPeerCertificate & { infoAccess?: unknown };
	if (typeof legacy.infoAccess === 'string') legacy.infoAccess = accessMethods(legacy.infoAccess);
	return legacy;
}

/** Lines of `method:location`; a location with characters of its own meaning is a JSON string. */
function accessMethods(text: string): Record<string, string[]> {
	const methods: Record<string, string[]> = Object.create(null);
	for (const line of text.split('\n')) {
		const separator = line.indexOf(':');
		if (separator < 0) continue;
		const method = line.slice(0, separator);
		const location = line.slice(separator + 1);
		methods[method] ??= [];
		methods[method].push(location.startsWith('"') ? String(JSON.parse(location)) : location);
	}
	return methods;
}
