import { generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto';
import { issueCertificate } from './certificate.ts';
import type { CertificateKind } from './certificate-kind.ts';

/** Names in every trusted certificate. A test resolves them to 127.0.0.1 by its client's own means. */
export const mirrorHosts: readonly string[] = ['localhost', 'www.mirror.test', 'api.mirror.test', 'other.example'];
const mirrorAddresses = ['127.0.0.1', '::1'];
const AUTHORITY_NAME = 'wiretwin mirror test CA';
const DAY_MS = 86_400_000;

/** A certificate with its key, PEM, ready for `tls.createSecureContext`. */
export type Identity = { certificatePem: string; keyPem: string; certificateDer: Buffer };

/** A throw-away CA. Its key lives only in memory. */
export type Authority = {
	/** CA certificate, PEM. */
	readonly caPem: string;
	/** CA certificate, DER. */
	readonly caDer: Buffer;
	/** Server certificate of a kind. The same arguments give the same certificate. */
	serverIdentity(kind: CertificateKind, key?: 'ecdsa' | 'rsa', extraHosts?: readonly string[]): Identity;
	/** Client certificate with this common name. */
	clientIdentity(commonName: string): Identity;
	/** Server certificate made larger by so many bytes. */
	paddedIdentity(paddingBytes: number): Identity;
};

type KeyPair = { publicKey: KeyObject; privateKey: KeyObject };

let shared: Authority | undefined;

/** The CA that all mirrors of this process share unless told otherwise. Made on first use. */
export function sharedAuthority(): Authority {
	shared ??= createAuthority();
	return shared;
}

/** Makes a new CA (ECDSA P-256), valid for a day before and 30 days from now: nothing that is left behind stays usable for long. */
export function createAuthority(): Authority {
	const keys = generateKeys('ecdsa');
	const caDer = selfSign(keys, AUTHORITY_NAME, 'ca', []);
	const cache = new Map<string, Identity>();

	const issue = (key: 'ecdsa' | 'rsa', plan: LeafPlan): Identity => {
		const leaf = generateKeys(key);
		const signer = plan.selfSigned ? leaf : plan.foreignIssuer ? generateKeys('ecdsa') : keys;
		const certificate = issueCertificate({
			subjectName: plan.subjectName,
			issuerName: plan.selfSigned ? plan.subjectName : AUTHORITY_NAME,
			subjectKey: leaf.publicKey,
			issuerPublicKey: signer.publicKey,
			issuerKey: signer.privateKey,
			notBefore: new Date(Date.now() + plan.fromDays * DAY_MS),
			notAfter: new Date(Date.now() + plan.toDays * DAY_MS),
			usage: plan.usage,
			hosts: plan.hosts,
			paddingBytes: plan.paddingBytes,
		});
		return identity(certificate, leaf.privateKey);
	};

	return {
		caPem: toPem(caDer),
		caDer,
		serverIdentity(kind, key = 'ecdsa', extraHosts = []) {
			const id = [kind, key, ...extraHosts].join(' ');
			const made = cache.get(id) ?? issue(key, leafPlan(kind, extraHosts));
			cache.set(id, made);
			return made;
		},
		clientIdentity: (commonName) =>
			issue('ecdsa', { ...trustedPlan([]), subjectName: commonName, usage: 'client', hosts: [] }),
		paddedIdentity: (paddingBytes) => issue('ecdsa', { ...trustedPlan([]), paddingBytes }),
	};
}

type LeafPlan = {
	subjectName: string;
	hosts: readonly string[];
	fromDays: number;
	toDays: number;
	usage: 'server' | 'client';
	selfSigned: boolean;
	foreignIssuer: boolean;
	paddingBytes: number;
};

function trustedPlan(extraHosts: readonly string[]): LeafPlan {
	return {
		subjectName: 'localhost',
		hosts: [...mirrorHosts, ...mirrorAddresses, ...extraHosts],
		fromDays: -1,
		toDays: 30,
		usage: 'server',
		selfSigned: false,
		foreignIssuer: false,
		paddingBytes: 0,
	};
}

function leafPlan(kind: CertificateKind, extraHosts: readonly string[]): LeafPlan {
	const plan = trustedPlan(extraHosts);
	switch (kind) {
		case 'trusted':
			return plan;
		case 'expired':
			return { ...plan, fromDays: -30, toDays: -1 };
		case 'not-yet-valid':
			return { ...plan, fromDays: 1 };
		case 'self-signed':
			return { ...plan, selfSigned: true };
		case 'wrong-host':
			return { ...plan, subjectName: 'wrong.example', hosts: ['wrong.example'] };
		case 'no-ip':
			return { ...plan, hosts: [...mirrorHosts, ...extraHosts] };
		case 'wildcard':
			return { ...plan, subjectName: '*.mirror.test', hosts: ['*.mirror.test'] };
		case 'nul-in-name':
			return { ...plan, subjectName: 'evil.example', hosts: ['www.mirror.test\0.evil.example'] };
		case 'client-purpose':
			return { ...plan, usage: 'client' };
		case 'unknown-authority':
			return { ...plan, foreignIssuer: true };
	}
}

function generateKeys(kind: 'ecdsa' | 'rsa'): KeyPair {
	if (kind === 'ecdsa') return generateKeyPairSync('ec', { namedCurve: 'P-256' });
	return generateKeyPairSync('rsa', { modulusLength: 2048 });
}

function selfSign(keys: KeyPair, name: string, usage: 'ca', hosts: readonly string[]): Buffer {
	return issueCertificate({
		subjectName: name,
		issuerName: name,
		subjectKey: keys.publicKey,
		issuerPublicKey: keys.publicKey,
		issuerKey: keys.privateKey,
		notBefore: new Date(Date.now() - DAY_MS),
		notAfter: new Date(Date.now() + 30 * DAY_MS),
		usage,
		hosts,
	});
}

function identity(certificateDer: Buffer, privateKey: KeyObject): Identity {
	return {
		certificateDer,
		certificatePem: toPem(certificateDer),
		keyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
	};
}

function toPem(der: Buffer): string {
	return new X509Certificate(der).toString();
}
