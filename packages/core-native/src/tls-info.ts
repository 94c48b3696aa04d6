import { loadBinding } from './load-binding.ts';
import type { NativeTlsInfo } from './types.ts';

/** By the digit of the native half. */
const echOutcomes = ['none', 'grease', 'accepted', 'rejected'] as const;

/** What was agreed in a handshake. The certificates stay in the native half until somebody asks. */
export class TlsInfo implements NativeTlsInfo {
	readonly version: string;
	readonly cipher: string;
	declare readonly group?: string;
	declare readonly alpn?: string;
	readonly resumed: boolean;
	readonly earlyData: boolean;
	readonly verified: boolean;
	readonly ech: NativeTlsInfo['ech'];
	readonly #chainId: number;

	/** `flags`: a digit each for resumed, early data, verified and ECH, then the number of the chain. */
	constructor(version: string, cipher: string, group: string | undefined, alpn: string | undefined, flags: string) {
		this.version = version;
		this.cipher = cipher;
		if (group) this.group = group;
		if (alpn) this.alpn = alpn;
		this.resumed = flags[0] === '1';
		this.earlyData = flags[1] === '1';
		this.verified = flags[2] === '1';
		this.ech = echOutcomes[Number(flags[3])] ?? 'none';
		this.#chainId = Number(flags.slice(4));
	}

	get chainId(): number {
		return this.#chainId;
	}

	peerCertificates(): Uint8Array[] {
		return loadBinding().certificates(this.#chainId);
	}
}
