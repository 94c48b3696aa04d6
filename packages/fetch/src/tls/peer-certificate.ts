import type { X509Certificate } from 'node:crypto';
import type { DetailedPeerCertificate } from 'node:tls';
import { InvalidArgumentError } from '../errors/classes.ts';
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
	checkInfo(tls);
	if (!detailed) {
		const [own] = tls?.peerCertificates() ?? [];
		return own ? toLegacy(read(own)) : {};
	}
	const { certificates, endsInRoot } = shownPath(tls);
	// Everybody gets objects of his own, as from Node.
	const shown = certificates.map((each) => ({ ...each }));
	for (const [index, each] of shown.entries()) {
		const issuer = shown[index + 1] ?? (endsInRoot ? each : undefined);
		if (issuer) each.issuerCertificate = issuer;
	}
	return shown[0] ?? {};
}

function checkInfo(tls: TlsInfo | undefined): void {
	if (tls === undefined || typeof (tls as Partial<TlsInfo> | null)?.peerCertificates === 'function') return;
	throw new InvalidArgumentError('A certificate is asked of the "tls" of a response.');
}

type ShownPath = { certificates: DetailedPeerCertificate[]; endsInRoot: boolean };

/** Chains that were shown, oldest first: a check is asked with each request, and parsing takes longer than the rest of the question. */
const shownPaths = new Map<number, ShownPath>();
const shownPathsMax = 32;

function shownPath(tls: TlsInfo | undefined): ShownPath {
	const known = tls && shownPaths.get(tls.chainId);
	if (known) return known;
	const path = pathOf(tls);
	const last = path.at(-1);
	const shown = { certificates: path.map(toLegacy), endsInRoot: last?.checkIssued(last) ?? false };
	// An empty one may be there again later.
	if (!tls || !last) return shown;
	shownPaths.set(tls.chainId, shown);
	const [oldest] = shownPaths.keys();
	if (oldest !== undefined && shownPaths.size > shownPathsMax) shownPaths.delete(oldest);
	return shown;
}

/** What Node's `tlsSocket.getPeerX509Certificate()` gives; its `issuerCertificate` leads to the root. */
export function peerX509Certificate(tls: TlsInfo | undefined): X509Certificate | undefined {
	checkInfo(tls);
	const path = pathOf(tls);
	for (const [index, certificate] of path.entries()) {
		// Node links them where they come from a socket; one that is made from bytes stands alone.
		const issuer = path[index + 1];
		if (issuer) Object.defineProperty(certificate, 'issuerCertificate', { value: issuer });
	}
	return path[0];
}

/** The peer's own certificate and its issuers in order: a peer may send them in any, and others beside them. */
function read(certificate: Uint8Array): X509Certificate {
	return new (process.getBuiltinModule('node:crypto').X509Certificate)(certificate);
}

function pathOf(tls: TlsInfo | undefined): X509Certificate[] {
	const [own, ...others] = tls?.peerCertificates().map(read) ?? [];
	if (!own) return [];
	const path = [own];
	for (let subject = own; ; ) {
		const place = others.findIndex((other) => subject.checkIssued(other));
		const [issuer] = place < 0 ? [] : others.splice(place, 1);
		if (!issuer) return path;
		path.push(issuer);
		subject = issuer;
	}
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
