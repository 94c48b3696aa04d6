/** What Chromium changed, release by release, on the wire. */
import { readCapture } from '../capture.ts';
import type { Change } from './changes.ts';

/** Facts that are not the same in every release. */
export type ChromiumFacts = {
	/** mldsa44, mldsa65 and mldsa87 in front of signature_algorithms. */
	mldsa: boolean;
	greaseSignatureAlgorithms: boolean;
	/** Body of trust_anchors; a root-store list that component updates change too. */
	trustAnchors: string | null;
	/** `image/jxl` leads the image types of `accept`. */
	jxl: boolean;
	/** `sec-fetch-storage-access` is sent. */
	storageAccess: boolean;
};

/** 133, the oldest release the family's rules hold for: final ALPS number, X25519MLKEM768, storage access. */
export const oldestChromium: ChromiumFacts = {
	mldsa: false,
	greaseSignatureAlgorithms: false,
	trustAnchors: null,
	jxl: false,
	storageAccess: true,
};

function capturedTrustAnchors(): string | null {
	const TRUST_ANCHORS = 51_764;
	const { extensions } = readCapture('chromium-156-linux').tls.fresh;
	return extensions.find((extension) => extension.id === TRUST_ANCHORS)?.raw ?? null;
}

export const chromiumChanges: ReadonlyArray<Change<ChromiumFacts>> = [
	{ since: 150, facts: { mldsa: true }, source: 'published impersonation data of 150 has ML-DSA, that of 149 has not' },
	{
		since: 152,
		facts: { greaseSignatureAlgorithms: true },
		source: 'seen in captures/chromium-156-linux.json, absent from published data of 150',
	},
	{
		since: 156,
		facts: { trustAnchors: capturedTrustAnchors(), jxl: true },
		source: 'captures/chromium-156-linux.json; the first release with it is not known, 151 at the earliest',
	},
];
