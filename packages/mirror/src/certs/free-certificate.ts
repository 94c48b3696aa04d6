import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';
import {
	bitString,
	boolean,
	element,
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

/** Kinds of keys that certificates have had, good and bad. */
export type CertificateKey = 'p256' | 'p384' | 'p521' | 'p224' | 'k256' | 'ed25519' | `rsa${number}`;

/** Everything a certificate can say, right or wrong. What is absent is as a public CA has it. */
export type CertificatePlan = {
	/** @default 'p256' */
	key?: CertificateKey;
	/** Digest of the signature on it. @default 'sha256' */
	digest?: 'md5' | 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512';
	/** 1 has no extensions. @default 3 */
	version?: 1 | 3;
	/** Common name; `null`: an empty subject. */
	name?: string | null;
	/** Name of the issuer, if not the issuer's own. */
	issuerName?: string;
	/** Days from now. @default -1 */
	from?: number;
	/** Days from now. @default 90 */
	to?: number;
	/** DNS names, addresses, `email:...`; `null`: no such extension. */
	san?: readonly string[] | null;
	/** basicConstraints; `null`: no such extension. */
	ca?: boolean | null;
	pathLength?: number;
	/** Bits of keyUsage by name; `null`: no such extension. */
	usage?: readonly KeyUsage[] | null;
	/** extendedKeyUsage; `null`: no such extension. */
	purposes?: readonly Purpose[] | null;
	/** nameConstraints, critical: DNS names or address ranges (`10.0.0.0/255.0.0.0`). */
	permitted?: readonly string[];
	excluded?: readonly string[];
	/** Further extensions: identifier, critical, value in hex. */
	extra?: ReadonlyArray<readonly [id: string, critical: boolean, value: string]>;
	/** Identifiers of extensions that are there twice. */
	twice?: readonly string[];
	/** The signature is of something else. */
	forged?: boolean;
	/** Serial number in hex. @default 16 random bytes */
	serial?: string;
};

const keyUsages = [
	'digitalSignature',
	'nonRepudiation',
	'keyEncipherment',
	'dataEncipherment',
	'keyAgreement',
	'keyCertSign',
	'cRLSign',
] as const;
export type KeyUsage = (typeof keyUsages)[number];

const purposeIds = {
	server: '1.3.6.1.5.5.7.3.1',
	client: '1.3.6.1.5.5.7.3.2',
	code: '1.3.6.1.5.5.7.3.3',
	email: '1.3.6.1.5.5.7.3.4',
	ocsp: '1.3.6.1.5.5.7.3.9',
	any: '2.5.29.37.0',
	stepUp: '2.16.840.1.113730.4.1',
} as const;
export type Purpose = keyof typeof purposeIds;

/** A certificate with its key, as one that signs others needs both. */
export type FreeCertificate = { name: string | null; der: Buffer; pem: string; keyPem: string; privateKey: KeyObject };

const curves: Readonly<Record<string, string>> = {
	p256: 'P-256',
	p384: 'P-384',
	p521: 'P-521',
	p224: 'secp224r1',
	k256: 'secp256k1',
};
const digests = ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'] as const;
/** 1.2.840.113549.1.1.x and 1.2.840.10045.4... of each digest. */
const rsaIds: Readonly<Record<(typeof digests)[number], string>> = {
	md5: '4',
	sha1: '5',
	sha224: '14',
	sha256: '11',
	sha384: '12',
	sha512: '13',
};
const ecdsaIds: Readonly<Record<(typeof digests)[number], string>> = {
	md5: '1',
	sha1: '1',
	sha224: '3.1',
	sha256: '3.2',
	sha384: '3.3',
	sha512: '3.4',
};

const keys = new Map<string, KeyObject>();

/** A key of a kind for a role. The same for all certificates of the role: RSA keys take long to make. */
function keyOf(kind: CertificateKey, role: string): KeyObject {
	const known = keys.get(`${kind} ${role}`);
	if (known) return known;
	const made = makeKey(kind);
	keys.set(`${kind} ${role}`, made);
	return made;
}

function makeKey(kind: CertificateKey): KeyObject {
	if (kind === 'ed25519') return generateKeyPairSync('ed25519').privateKey;
	if (kind.startsWith('rsa')) return generateKeyPairSync('rsa', { modulusLength: Number(kind.slice(3)) }).privateKey;
	return generateKeyPairSync('ec', { namedCurve: curves[kind] ?? kind }).privateKey;
}

/**
 * Writes and signs a certificate that may be as wrong as a test needs. Without `issuer` it signs itself.
 *
 * @param role Certificates of one role and kind share a key.
 */
export function writeCertificate(plan: CertificatePlan, role: string, issuer?: FreeCertificate): FreeCertificate {
	const privateKey = keyOf(plan.key ?? 'p256', role);
	const name = plan.name === undefined ? role : plan.name;
	const signer = issuer?.privateKey ?? privateKey;
	const algorithm = algorithmOf(signer, plan.digest ?? 'sha256');
	const parts = [
		unsignedInteger(plan.serial === undefined ? positive(randomBytes(16)) : Buffer.from(plan.serial, 'hex')),
		algorithm,
		nameOf(plan.issuerName ?? (issuer ? issuer.name : name)),
		sequence(at(plan.from ?? -1), at(plan.to ?? 90)),
		nameOf(name),
		publicPart(privateKey),
	];
	const isOld = plan.version === 1;
	const body = isOld
		? sequence(...parts)
		: sequence(explicit(0, unsignedInteger(Buffer.from([2]))), ...parts, explicit(3, sequence(...extensionsOf(plan))));
	const digest = signer.asymmetricKeyType === 'ed25519' ? null : (plan.digest ?? 'sha256');
	const signature = sign(digest, plan.forged ? Buffer.from('something else') : body, signer);
	const der = sequence(body, algorithm, bitString(signature));
	return {
		name,
		der,
		pem: pemOf(der),
		keyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
		privateKey,
	};
}

function pemOf(der: Buffer): string {
	const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
	return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

function publicPart(key: KeyObject): Buffer {
	return createPublicKey(key as unknown as Parameters<typeof createPublicKey>[0]).export({
		type: 'spki',
		format: 'der',
	});
}

function extensionsOf(plan: CertificatePlan): Buffer[] {
	const list: Array<readonly [id: string, critical: boolean, value: Buffer]> = [];
	if (plan.ca !== undefined && plan.ca !== null) {
		const length = plan.pathLength === undefined ? [] : [unsignedInteger(Buffer.from([plan.pathLength]))];
		list.push(['2.5.29.19', true, plan.ca ? sequence(boolean(true), ...length) : sequence(...length)]);
	}
	if (plan.usage) list.push(['2.5.29.15', true, usageOf(plan.usage)]);
	if (plan.purposes)
		list.push(['2.5.29.37', false, sequence(...plan.purposes.map((each) => objectId(purposeIds[each])))]);
	if (plan.san) list.push(['2.5.29.17', plan.name === null, sequence(...plan.san.map(generalName))]);
	if (plan.permitted || plan.excluded) {
		const trees = (names: readonly string[] | undefined, tag: number) =>
			names ? [explicit(tag, ...names.map((each) => sequence(generalName(each))))] : [];
		list.push(['2.5.29.30', true, sequence(...trees(plan.permitted, 0), ...trees(plan.excluded, 1))]);
	}
	for (const [id, critical, value] of plan.extra ?? []) list.push([id, critical, Buffer.from(value, 'hex')]);
	const again = list.filter(([id]) => plan.twice?.includes(id));
	return [...list, ...again].map(([id, critical, value]) =>
		critical ? sequence(objectId(id), boolean(true), octetString(value)) : sequence(objectId(id), octetString(value)),
	);
}

function usageOf(usages: readonly KeyUsage[]): Buffer {
	let bits = 0;
	for (const usage of usages) bits |= 0x80 >> keyUsages.indexOf(usage);
	return bitString(Buffer.from([bits]));
}

function generalName(text: string): Buffer {
	if (text.startsWith('email:')) return implicit(1, Buffer.from(text.slice(6), 'latin1'));
	const [address = '', mask] = text.split('/');
	if (isIP(address)) return implicit(7, Buffer.concat([bytesOf(address), mask ? bytesOf(mask) : Buffer.alloc(0)]));
	return implicit(2, Buffer.from(text, 'latin1'));
}

function bytesOf(address: string): Buffer {
	if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number));
	const words = new URL(`http://[${address}]/`).hostname.slice(1, -1).split('::');
	const list = (part: string | undefined) => (part ? part.split(':').map((word) => Number.parseInt(word, 16)) : []);
	const [head, tail] = [list(words[0]), list(words[1])];
	const all = [...head, ...new Array<number>(8 - head.length - tail.length).fill(0), ...tail];
	return Buffer.from(all.flatMap((word) => [word >> 8, word & 0xff]));
}

function nameOf(commonName: string | null): Buffer {
	return commonName === null ? sequence() : sequence(set(sequence(objectId('2.5.4.3'), utf8String(commonName))));
}

function algorithmOf(key: KeyObject, digest: (typeof digests)[number]): Buffer {
	if (key.asymmetricKeyType === 'ed25519') return sequence(objectId('1.3.101.112'));
	if (key.asymmetricKeyType === 'ec') return sequence(objectId(`1.2.840.10045.4.${ecdsaIds[digest]}`));
	return sequence(objectId(`1.2.840.113549.1.1.${rsaIds[digest]}`), element(5));
}

function at(days: number): Buffer {
	return time(new Date(Date.now() + days * 86_400_000));
}

function positive(serial: Buffer): Buffer {
	serial[0] = ((serial[0] ?? 0) & 0x7f) | 1;
	return serial;
}
