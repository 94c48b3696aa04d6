import { createHash } from 'node:crypto';
import type { ClientHello } from '../capture/client-hello.ts';
import { hex16, isGrease } from '../capture/tls-names.ts';

const SERVER_NAME = 0;
const ALPN = 16;
const versionDigits: Record<number, string> = { 772: '13', 771: '12', 770: '11', 769: '10' };

/**
 * JA4 and its raw forms (FoxIO, technical_details/JA4.md). GREASE is left out everywhere, also of the signature
 * algorithms: Chromium 156 puts a GREASE value first there, and a hash over it would be random.
 */
export function ja4(hello: ClientHello, transport: 't' | 'q'): { ja4: string; ja4_r: string; ja4_ro: string } {
	const known = (values: number[]) => values.filter((value) => !isGrease(value));
	const ciphers = known(hello.cipherIds);
	const extensions = known(hello.extensions.map((extension) => extension.id));
	const signatures = known(hello.signatureAlgorithms);
	const versions = known(hello.supportedVersions);

	const version = versionDigits[versions.length > 0 ? Math.max(...versions) : hello.legacyVersion] ?? '00';
	const target = extensions.includes(SERVER_NAME) ? 'd' : 'i';
	const prefix = transport + version + target + count(ciphers) + count(extensions) + alpnLetters(hello.alpn[0]);

	const sortedCiphers = hexList(ciphers, true);
	const hashedExtensions = extensions.filter((id) => id !== SERVER_NAME && id !== ALPN);
	const withSignatures = (list: string) => (signatures.length > 0 ? `${list}_${hexList(signatures, false)}` : list);
	const tail = withSignatures(hexList(hashedExtensions, true));
	return {
		ja4: `${prefix}_${hash12(sortedCiphers)}_${hash12(tail)}`,
		ja4_r: `${prefix}_${sortedCiphers}_${tail}`,
		ja4_ro: `${prefix}_${hexList(ciphers, false)}_${withSignatures(hexList(extensions, false))}`,
	};
}

function count(list: number[]): string {
	return String(Math.min(list.length, 99)).padStart(2, '0');
}

/** First and last character of the first ALPN value; hex digits of those bytes when they are not alphanumeric. */
function alpnLetters(protocol: string | undefined): string {
	if (!protocol) return '00';
	const letters = protocol.charAt(0) + protocol.charAt(protocol.length - 1);
	if (/^[0-9A-Za-z]{2}$/.test(letters)) return letters;
	const hex = Buffer.from(protocol, 'latin1').toString('hex');
	return hex.charAt(0) + hex.charAt(hex.length - 1);
}

function hexList(values: number[], sorted: boolean): string {
	const list = sorted ? values.toSorted((a, b) => a - b) : values;
	return list.map(hex16).join(',');
}

function hash12(text: string): string {
	return text === '' ? '0'.repeat(12) : createHash('sha256').update(text).digest('hex').slice(0, 12);
}
