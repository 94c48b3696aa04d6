import { createHash, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';
import {
	bitString,
	boolean,
	explicit,
	implicit,
	objectId,
	octetString,
	sequence,
	set,
	time,
	unsignedInteger,
	utf8String,
} from './der.ts';

/** What a certificate says. */
export type CertificateFields = {
	subjectName: string;
	issuerName: string;
	subjectKey: KeyObject;
	/** Public half of the key that signs. */
	issuerPublicKey: KeyObject;
	issuerKey: KeyObject;
	notBefore: Date;
	notAfter: Date;
	/** `ca`: may sign certificates. */
	usage: 'ca' | 'server' | 'client';
	/** Subject alternative names: DNS names (bytes verbatim) and IP addresses. Empty: no such extension. */
	hosts: readonly string[];
	/** Adds so many bytes of an unknown, non-critical extension: certificates of absurd size. */
	paddingBytes?: number;
};

const ids = {
	commonName: '2.5.4.3',
	subjectKeyIdentifier: '2.5.29.14',
	keyUsage: '2.5.29.15',
	subjectAlternativeName: '2.5.29.17',
	basicConstraints: '2.5.29.19',
	authorityKeyIdentifier: '2.5.29.35',
	extendedKeyUsage: '2.5.29.37',
	serverAuth: '1.3.6.1.5.5.7.3.1',
	clientAuth: '1.3.6.1.5.5.7.3.2',
	ecdsaWithSha256: '1.2.840.10045.4.3.2',
	sha256WithRsa: '1.2.840.113549.1.1.11',
	// Under 2.999, the arc that is set aside for examples.
	padding: '2.999.1',
} as const;

// Bits of KeyUsage (RFC 5280 4.2.1.3), most significant first, with the unused bits of the last byte.
const KEY_USAGE_CA = { bits: 0b00000110, unused: 1 }; // keyCertSign, cRLSign
const KEY_USAGE_LEAF = { bits: 0b10000000, unused: 7 }; // digitalSignature

/** Writes and signs an X.509 v3 certificate (RFC 5280) with ECDSA or RSA and SHA-256. Returns DER. */
export function issueCertificate(fields: CertificateFields): Buffer {
	const algorithm = signatureAlgorithm(fields.issuerKey);
	const serial = randomBytes(16);
	serial[0] = (serial[0] ?? 0) & 0x7f;
	const body = sequence(
		explicit(0, unsignedInteger(Buffer.from([2]))), // version 3
		unsignedInteger(serial),
		algorithm,
		distinguishedName(fields.issuerName),
		sequence(time(fields.notBefore), time(fields.notAfter)),
		distinguishedName(fields.subjectName),
		fields.subjectKey.export({ type: 'spki', format: 'der' }),
		explicit(3, sequence(...extensions(fields))),
	);
	return sequence(body, algorithm, bitString(sign('sha256', body, fields.issuerKey)));
}

function extensions(fields: CertificateFields): Buffer[] {
	const isAuthority = fields.usage === 'ca';
	const keyUsage = isAuthority ? KEY_USAGE_CA : KEY_USAGE_LEAF;
	const list = [
		extension(ids.basicConstraints, true, isAuthority ? sequence(boolean(true)) : sequence()),
		extension(ids.keyUsage, true, bitString(Buffer.from([keyUsage.bits]), keyUsage.unused)),
		extension(ids.subjectKeyIdentifier, false, octetString(keyIdentifier(fields.subjectKey))),
		extension(ids.authorityKeyIdentifier, false, sequence(implicit(0, keyIdentifier(fields.issuerPublicKey)))),
	];
	if (!isAuthority) {
		const purpose = fields.usage === 'server' ? ids.serverAuth : ids.clientAuth;
		list.push(extension(ids.extendedKeyUsage, false, sequence(objectId(purpose))));
	}
	if (fields.hosts.length > 0) {
		list.push(extension(ids.subjectAlternativeName, false, sequence(...fields.hosts.map(generalName))));
	}
	if (fields.paddingBytes) list.push(extension(ids.padding, false, octetString(Buffer.alloc(fields.paddingBytes))));
	return list;
}

function extension(id: string, critical: boolean, value: Buffer): Buffer {
	return critical
		? sequence(objectId(id), boolean(true), octetString(value))
		: sequence(objectId(id), octetString(value));
}

function generalName(host: string): Buffer {
	const DNS_NAME = 2;
	const IP_ADDRESS = 7;
	return isIP(host) ? implicit(IP_ADDRESS, ipBytes(host)) : implicit(DNS_NAME, Buffer.from(host, 'latin1'));
}

function ipBytes(address: string): Buffer {
	if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number));
	const [head = '', tail] = address.split('::');
	const words = (text: string | undefined) => (text ? text.split(':').map((word) => Number.parseInt(word, 16)) : []);
	const [first, last] = [words(head), words(tail)];
	const all = [...first, ...new Array<number>(8 - first.length - last.length).fill(0), ...last];
	return Buffer.from(all.flatMap((word) => [word >> 8, word & 0xff]));
}

function distinguishedName(commonName: string): Buffer {
	return sequence(set(sequence(objectId(ids.commonName), utf8String(commonName))));
}

function signatureAlgorithm(key: KeyObject): Buffer {
	if (key.asymmetricKeyType === 'ec') return sequence(objectId(ids.ecdsaWithSha256));
	return sequence(objectId(ids.sha256WithRsa), Buffer.from([0x05, 0x00]));
}

/** SHA-1 over the whole SubjectPublicKeyInfo: RFC 5280 4.2.1.2 leaves the method free, only uniqueness counts. */
function keyIdentifier(publicKey: KeyObject): Buffer {
	return createHash('sha1')
		.update(publicKey.export({ type: 'spki', format: 'der' }))
		.digest();
}
