import type { CertificatePlan } from '@wiretwin/mirror';

/**
 * One chain that a server shows. What is not said is as a public CA has it: a trusted root signs an intermediate, that signs a
 * leaf for the host; the server sends leaf and intermediate.
 */
export type Chain = {
	/** Unique; the key in recorded/*.txt. */
	name: string;
	/** Host that is visited. @default 'www.mirror.test' */
	host?: string;
	leaf?: CertificatePlan;
	/** Intermediates, that of the leaf first. @default one */
	via?: readonly CertificatePlan[];
	/** A root of its own, which is trusted like the shared one. */
	root?: CertificatePlan;
	/** Certificates that are sent: `leaf`, `via0`, `via1`, `root`, `cross` (the first intermediate, signed by a root nobody trusts). @default leaf and intermediates */
	sends?: readonly string[];
	/** The root is not trusted. */
	untrusted?: true;
	/** The leaf signs itself; it is trusted itself unless `untrusted`. */
	selfSigned?: true;
};

const www = 'www.mirror.test';
const OCSP_MUST_STAPLE = ['1.3.6.1.5.5.7.1.24', false, '3003020105'] as const;
const UNKNOWN = '2.999.7';

/** The table. To ask the browsers about another chain, add a line. */
export const chains: readonly Chain[] = [
	{ name: 'good chain' },
	{ name: 'good chain, signed by the root', via: [] },
	{ name: 'good chain, two intermediates', via: [{}, {}] },
	{ name: 'good chain, RSA', leaf: { key: 'rsa2048' }, via: [{ key: 'rsa2048' }] },
	{ name: 'good chain, the root is sent along', sends: ['leaf', 'via0', 'root'] },
	{ name: 'good chain, in disorder', via: [{}, {}], sends: ['leaf', 'via1', 'via0'] },
	{ name: 'good chain, a stranger among it', sends: ['leaf', 'cross', 'via0'] },
	// names
	{ name: 'no subject alternative name, common name only', leaf: { san: null, name: www } },
	{ name: 'empty subject alternative name', leaf: { san: [], name: www } },
	{ name: 'common name is right, alternative name is another', leaf: { san: ['api.mirror.test'], name: www } },
	{ name: 'alternative name of another kind only', leaf: { san: ['email:a@www.mirror.test'], name: www } },
	{ name: 'empty subject, critical alternative name', leaf: { name: null } },
	{ name: 'name in capitals', leaf: { san: ['WWW.Mirror.TEST'] } },
	{ name: 'name with a trailing dot', leaf: { san: ['www.mirror.test.'] } },
	{ name: 'host with a trailing dot', host: 'www.mirror.test.' },
	{ name: 'name with a leading dot', leaf: { san: ['.mirror.test'] } },
	{ name: 'wildcard', leaf: { san: ['*.mirror.test'] } },
	{ name: 'wildcard does not cover its own domain', host: 'mirror.test', leaf: { san: ['*.mirror.test'] } },
	{ name: 'wildcard does not cover two labels', host: 'a.b.mirror.test', leaf: { san: ['*.mirror.test'] } },
	{ name: 'wildcard in the second label', host: 'a.b.mirror.test', leaf: { san: ['a.*.mirror.test'] } },
	{ name: 'two wildcards', host: 'a.b.mirror.test', leaf: { san: ['*.*.mirror.test'] } },
	{ name: 'partial wildcard, behind', leaf: { san: ['w*.mirror.test'] } },
	{ name: 'partial wildcard, in front', leaf: { san: ['*w.mirror.test'] } },
	{ name: 'wildcard of a top-level domain', host: 'mirror.test', leaf: { san: ['*.test'] } },
	{ name: 'wildcard of a public suffix', host: 'mirror.co.uk', leaf: { san: ['*.co.uk'] } },
	{ name: 'wildcard of a private suffix', host: 'mirror.github.io', leaf: { san: ['*.github.io'] } },
	{ name: 'wildcard alone', host: 'localhost', leaf: { san: ['*'] } },
	{ name: 'single label', host: 'localhost', leaf: { san: ['localhost'] } },
	{ name: 'underscore under a wildcard', host: 'foo_bar.mirror.test', leaf: { san: ['*.mirror.test'] } },
	{ name: 'underscore in the name', host: 'foo_bar.mirror.test', leaf: { san: ['foo_bar.mirror.test'] } },
	{ name: 'IDN as A-label', host: 'xn--bcher-kva.mirror.test', leaf: { san: ['xn--bcher-kva.mirror.test'] } },
	{ name: 'IDN under a wildcard', host: 'xn--bcher-kva.mirror.test', leaf: { san: ['*.mirror.test'] } },
	{ name: 'partial wildcard in an A-label', host: 'xn--bcher-kva.mirror.test', leaf: { san: ['xn--*.mirror.test'] } },
	{ name: 'IDN as latin1', host: 'xn--bcher-kva.mirror.test', leaf: { san: ['b\u00fccher.mirror.test'] } },
	{ name: 'NUL in the name', leaf: { san: ['www.mirror.test\0.evil.example'] } },
	{ name: 'blank in a name beside the right one', leaf: { san: ['a b', www] } },
	{ name: 'URL as name', leaf: { san: ['https://www.mirror.test/'] } },
	{ name: 'address as address', host: '127.0.0.1', leaf: { san: ['127.0.0.1'] } },
	{ name: 'another address', host: '127.0.0.1', leaf: { san: ['127.0.0.2'] } },
	{ name: 'address in the common name only', host: '127.0.0.1', leaf: { san: null, name: '127.0.0.1' } },
	{
		name: 'address as DNS name',
		host: '127.0.0.1',
		leaf: { extra: [['2.5.29.17', false, dnsNames('127.0.0.1')]], san: null },
	},
	{
		name: 'wildcard for an address',
		host: '127.0.0.1',
		leaf: { extra: [['2.5.29.17', false, dnsNames('*.0.0.1')]], san: null },
	},
	{ name: 'address among names', host: '127.0.0.1', leaf: { san: [www, '127.0.0.1'] } },
	{ name: 'name among addresses', leaf: { san: ['127.0.0.1', '::1', www] } },
	// keys and digests
	{ name: 'leaf RSA-1024', leaf: { key: 'rsa1024' } },
	{ name: 'leaf RSA-1016', leaf: { key: 'rsa1016' } },
	{ name: 'leaf RSA-768', leaf: { key: 'rsa768' } },
	{ name: 'intermediate RSA-1016', via: [{ key: 'rsa1016' }] },
	{ name: 'root RSA-1016', root: { key: 'rsa1016' } },
	{ name: 'leaf RSA-2047', leaf: { key: 'rsa2047' } },
	{ name: 'leaf RSA-2040', leaf: { key: 'rsa2040' } },
	{ name: 'leaf RSA-3072', leaf: { key: 'rsa3072' } },
	{ name: 'intermediate RSA-1024', via: [{ key: 'rsa1024' }] },
	{ name: 'root RSA-1024', root: { key: 'rsa1024' } },
	{ name: 'leaf P-384', leaf: { key: 'p384' } },
	{ name: 'leaf P-521', leaf: { key: 'p521' } },
	{ name: 'intermediate P-521', via: [{ key: 'p521' }] },
	{ name: 'leaf P-224', leaf: { key: 'p224' } },
	{ name: 'intermediate P-224', via: [{ key: 'p224' }] },
	{ name: 'leaf secp256k1', leaf: { key: 'k256' } },
	{ name: 'intermediate secp256k1', via: [{ key: 'k256' }] },
	{ name: 'leaf Ed25519', leaf: { key: 'ed25519' } },
	{ name: 'intermediate Ed25519', via: [{ key: 'ed25519' }] },
	{ name: 'leaf signed with SHA-1, RSA', leaf: { key: 'rsa2048', digest: 'sha1' }, via: [{ key: 'rsa2048' }] },
	{ name: 'leaf signed with SHA-1, ECDSA', leaf: { digest: 'sha1' } },
	{ name: 'leaf signed with MD5', leaf: { key: 'rsa2048', digest: 'md5' }, via: [{ key: 'rsa2048' }] },
	{ name: 'leaf signed with SHA-224', leaf: { digest: 'sha224' } },
	{ name: 'leaf signed with SHA-224, RSA', leaf: { digest: 'sha224' }, via: [{ key: 'rsa2048' }] },
	{ name: 'leaf signed with SHA-384', leaf: { digest: 'sha384' } },
	{ name: 'leaf signed with SHA-512', leaf: { digest: 'sha512' } },
	{ name: 'intermediate signed with SHA-1', via: [{ digest: 'sha1' }] },
	{ name: 'intermediate signed with SHA-1, RSA', via: [{ digest: 'sha1' }], root: { key: 'rsa2048' } },
	{ name: 'root signed with SHA-1', root: { key: 'rsa2048', digest: 'sha1' } },
	{ name: 'root signed with MD5', root: { key: 'rsa2048', digest: 'md5' } },
	{ name: 'signature is wrong', leaf: { forged: true } },
	{ name: 'signature of the intermediate is wrong', via: [{ forged: true }] },
	{ name: 'signature of the root is wrong', root: { forged: true } },
	// validity
	{ name: 'leaf expired', leaf: { from: -30, to: -1 } },
	{ name: 'leaf not valid yet', leaf: { from: 1 } },
	{ name: 'leaf expired long ago', leaf: { from: -900, to: -800 } },
	{ name: 'validity ends before it begins', leaf: { from: 30, to: -30 } },
	{ name: 'leaf valid for 399 days', leaf: { from: -1, to: 398 } },
	{ name: 'leaf valid for 900 days', leaf: { from: -1, to: 899 } },
	{ name: 'leaf valid for 20 years', leaf: { from: -1, to: 7300 } },
	{ name: 'leaf valid for 60 years', leaf: { from: -1, to: 21_900 } },
	{ name: 'intermediate expired', via: [{ from: -30, to: -1 }] },
	{ name: 'intermediate not valid yet', via: [{ from: 1 }] },
	{ name: 'root expired', root: { from: -30, to: -1 } },
	{ name: 'root not valid yet', root: { from: 1 } },
	// who may sign
	{ name: 'intermediate without basicConstraints', via: [{ ca: null }] },
	{ name: 'intermediate is no CA', via: [{ ca: false }] },
	{ name: 'intermediate without keyUsage', via: [{ usage: null }] },
	{ name: 'intermediate may not sign certificates', via: [{ usage: ['digitalSignature'] }] },
	{ name: 'intermediate of version 1', via: [{ version: 1 }] },
	{ name: 'root of version 1', root: { version: 1 } },
	{ name: 'root without basicConstraints', root: { ca: null } },
	{ name: 'root is no CA', root: { ca: false } },
	{ name: 'root may not sign certificates', root: { usage: ['digitalSignature'] } },
	{ name: 'root without keyUsage', root: { usage: null } },
	{ name: 'leaf of version 1', leaf: { version: 1, name: www } },
	{ name: 'leaf is a CA', leaf: { ca: true } },
	{ name: 'leaf is a CA and may sign', leaf: { ca: true, usage: ['digitalSignature', 'keyCertSign'] } },
	{ name: 'leaf without basicConstraints', leaf: { ca: null } },
	{ name: 'leaf with a path length', leaf: { ca: false, pathLength: 0 } },
	{ name: 'path length 0 is enough', via: [{ pathLength: 0 }] },
	{ name: 'path length 0 is too short', via: [{}, { pathLength: 0 }] },
	{ name: 'path length 1 is enough', via: [{}, { pathLength: 1 }] },
	{ name: 'path length of the root is too short', root: { pathLength: 0 } },
	{ name: 'leaf without keyUsage', leaf: { usage: null } },
	{ name: 'leaf for key encipherment only, ECDSA', leaf: { usage: ['keyEncipherment'] } },
	{ name: 'leaf for key encipherment only, RSA', leaf: { key: 'rsa2048', usage: ['keyEncipherment'] } },
	{ name: 'leaf for key agreement only', leaf: { usage: ['keyAgreement'] } },
	{ name: 'leaf may sign certificates only', leaf: { usage: ['keyCertSign'] } },
	{ name: 'leaf with an empty keyUsage', leaf: { usage: [] } },
	{ name: 'leaf without extendedKeyUsage', leaf: { purposes: null } },
	{ name: 'leaf for clients', leaf: { purposes: ['client'] } },
	{ name: 'leaf for any purpose', leaf: { purposes: ['any'] } },
	{ name: 'leaf for servers and clients', leaf: { purposes: ['server', 'client'] } },
	{ name: 'leaf for OCSP too', leaf: { purposes: ['server', 'ocsp'] } },
	{ name: 'leaf for code', leaf: { purposes: ['code'] } },
	{ name: 'leaf for step-up', leaf: { purposes: ['stepUp'] } },
	{ name: 'intermediate without extendedKeyUsage', via: [{ purposes: null }] },
	{ name: 'intermediate for clients', via: [{ purposes: ['client'] }] },
	{ name: 'intermediate for any purpose', via: [{ purposes: ['any'] }] },
	{ name: 'intermediate for step-up', via: [{ purposes: ['stepUp'] }] },
	{ name: 'intermediate for e-mail', via: [{ purposes: ['email'] }] },
	{ name: 'root for clients', root: { purposes: ['client'] } },
	{ name: 'root for servers', root: { purposes: ['server'] } },
	// name constraints
	{ name: 'name is permitted', via: [{ permitted: ['mirror.test'] }] },
	{ name: 'name is not permitted', via: [{ permitted: ['example.com'] }] },
	{ name: 'name is excluded', via: [{ excluded: ['mirror.test'] }] },
	{ name: 'another name is excluded', via: [{ excluded: ['example.com'] }] },
	{ name: 'permitted with a leading dot', via: [{ permitted: ['.mirror.test'] }] },
	{
		name: 'second name of the leaf is not permitted',
		leaf: { san: [www, 'other.example'] },
		via: [{ permitted: ['mirror.test'] }],
	},
	{ name: 'wildcard is permitted', leaf: { san: ['*.mirror.test'] }, via: [{ permitted: ['mirror.test'] }] },
	{
		name: 'wildcard touches what is excluded',
		leaf: { san: ['*.mirror.test'] },
		via: [{ excluded: ['secret.mirror.test'] }],
	},
	{
		name: 'address where names are constrained',
		host: '127.0.0.1',
		leaf: { san: ['127.0.0.1'] },
		via: [{ permitted: ['mirror.test'] }],
	},
	{
		name: 'address is permitted',
		host: '127.0.0.1',
		leaf: { san: ['127.0.0.1'] },
		via: [{ permitted: ['127.0.0.0/255.0.0.0'] }],
	},
	{
		name: 'address is excluded',
		host: '127.0.0.1',
		leaf: { san: ['127.0.0.1'] },
		via: [{ excluded: ['127.0.0.0/255.0.0.0'] }],
	},
	{ name: 'common name is not permitted', leaf: { name: 'other.example' }, via: [{ permitted: ['mirror.test'] }] },
	{ name: 'constraints of the root: not permitted', root: { permitted: ['example.com'] } },
	{ name: 'constraints of the root: permitted', root: { permitted: ['mirror.test'] } },
	// extensions
	{ name: 'unknown extension', leaf: { extra: [[UNKNOWN, false, '0500']] } },
	{ name: 'unknown critical extension of the leaf', leaf: { extra: [[UNKNOWN, true, '0500']] } },
	{ name: 'unknown critical extension of the intermediate', via: [{ extra: [[UNKNOWN, true, '0500']] }] },
	{ name: 'unknown critical extension of the root', root: { extra: [[UNKNOWN, true, '0500']] } },
	{ name: 'same unknown extension twice', leaf: { extra: [[UNKNOWN, false, '0500']], twice: [UNKNOWN] } },
	{ name: 'alternative names twice', leaf: { twice: ['2.5.29.17'] } },
	{ name: 'keyUsage twice', leaf: { twice: ['2.5.29.15'] } },
	{ name: 'basicConstraints of the intermediate twice', via: [{ twice: ['2.5.29.19'] }] },
	{ name: 'must staple, nothing stapled', leaf: { extra: [OCSP_MUST_STAPLE] } },
	{ name: 'critical policy', leaf: { extra: [['2.5.29.32', true, '3006300406022a03']] } },
	{ name: 'explicit policy is required', via: [{ extra: [['2.5.29.36', true, '3003800100']] }] },
	{ name: 'any policy is inhibited', via: [{ extra: [['2.5.29.54', true, '020100']] }] },
	{ name: 'netscape certificate type: client', leaf: { extra: [['2.16.840.1.113730.1.1', false, '03020780']] } },
	{ name: 'malformed alternative names', leaf: { san: null, extra: [['2.5.29.17', false, '0101']] } },
	{ name: 'malformed keyUsage', leaf: { usage: null, extra: [['2.5.29.15', true, '0500']] } },
	// serial numbers
	{ name: 'serial number 0', leaf: { serial: '00' } },
	{ name: 'serial number of 21 bytes', leaf: { serial: `01${'ab'.repeat(20)}` } },
	// trust
	{ name: 'intermediate is not sent', sends: ['leaf'] },
	{ name: 'root is not trusted', root: {}, untrusted: true },
	{ name: 'root is not trusted, but sent', root: {}, untrusted: true, sends: ['leaf', 'via0', 'root'] },
	{ name: 'cross-signed: both ways are sent', sends: ['leaf', 'via0', 'cross'] },
	{ name: 'cross-signed: only the way that nobody trusts', sends: ['leaf', 'cross'] },
	{ name: 'issuer name is another', leaf: { issuerName: 'somebody else' } },
	{ name: 'self-signed leaf', selfSigned: true, untrusted: true },
	{ name: 'self-signed leaf that is trusted', selfSigned: true },
	{
		name: 'self-signed CA leaf that is trusted',
		selfSigned: true,
		leaf: { ca: true, usage: ['digitalSignature', 'keyCertSign'] },
	},
	{ name: 'self-signed leaf that is trusted, for another name', selfSigned: true, leaf: { san: ['other.example'] } },
	{ name: 'self-signed leaf that is trusted, expired', selfSigned: true, leaf: { from: -30, to: -1 } },
];

/** Value of subjectAltName with DNS names whatever they look like. */
function dnsNames(...names: string[]): string {
	const each = names
		.map((name) => `82${hexLength(name.length)}${Buffer.from(name, 'latin1').toString('hex')}`)
		.join('');
	return `30${hexLength(each.length / 2)}${each}`;
}

function hexLength(length: number): string {
	return length.toString(16).padStart(2, '0');
}
