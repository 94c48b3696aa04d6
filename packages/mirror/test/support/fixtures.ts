import { readFileSync } from 'node:fs';
import type { HeaderField } from '../../src/index.ts';

type CapturedHello = {
	handshakeHex: string;
	fingerprints: Record<string, string>;
	ids: number[];
};

type CapturedBlock = { stream: number; hpack: string; representations: string[]; headers: HeaderField[] };

/** The part of a browser capture that these tests use; reduced from the project's ground truth. */
export type Capture = {
	source: string;
	hellos: Record<'fresh' | 'resumed' | 'quic' | 'secondAfterRetry', CapturedHello>;
	akamai: string;
	firstFrames: { type: string; flags: number; stream: number; raw: string }[];
	firstTlsRecords: [number, string, number, number][];
	firstRequest: { priority: { exclusive: number; depends_on: number; weight: number } } & Omit<CapturedBlock, 'stream'>;
	/** Consecutive requests of one connection. */
	blocks: CapturedBlock[];
	websocketJa4: string;
};

export const captureNames = ['chromium-156-linux', 'firefox-153-linux'] as const;

export function loadCapture(name: (typeof captureNames)[number]): Capture {
	return JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8'));
}
