/** Reads the captures in this package: what a real browser sent. */
import { readFileSync } from 'node:fs';

export type CapturedRequest = {
	method: string;
	path: string;
	priority: { exclusive: number; depends_on: number; weight: number } | null;
	end_stream: boolean;
	headers: Array<[name: string, value: string]>;
	body?: string;
};
export type CapturedHead = { method: string; path: string; raw_head: string; body?: string };
export type Capture = {
	meta: { browser: string; version: string; os: string };
	tls: {
		fresh: { extensions: Array<{ id: number; raw: string }> };
		variations: { distinct_extension_orders: number };
	};
	h2: {
		akamai: string;
		first_frames: Array<{ type: string; stream: number; settings?: number[][]; increment?: number }>;
	};
	requests_h2: Record<string, CapturedRequest>;
	requests_http1: Record<string, CapturedHead>;
};
/** `fetch_header_order.json`: browser, then `METHOD/name+name`, then the names of the request in wire order. */
export type OrderVectors = Record<'chromium' | 'firefox', Record<string, string[]>>;

function read(file: string): unknown {
	return JSON.parse(readFileSync(new URL(`../captures/${file}`, import.meta.url), 'utf8'));
}

export function readCapture(name: 'chromium-156-linux' | 'firefox-153-linux'): Capture {
	return read(`${name}.json`) as Capture;
}

export function readOrderVectors(): OrderVectors {
	return read('fetch_header_order.json') as OrderVectors;
}

/** Fields of a captured HTTP/1.1 head, request line left out. */
export function headFields(head: CapturedHead): Array<[name: string, value: string]> {
	const lines = head.raw_head.split('\r\n').slice(1);
	return lines.filter((line) => line !== '').map((line) => splitField(line));
}

function splitField(line: string): [string, string] {
	const colon = line.indexOf(':');
	return [line.slice(0, colon), line.slice(colon + 1).trim()];
}
