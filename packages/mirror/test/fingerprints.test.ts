import { describe, expect, test } from 'vitest';
import { akamai, type FrameRecord, fingerprint, HpackDecoder, parseClientHello } from '../src/index.ts';
import { captureNames, loadCapture } from './support/fixtures.ts';

describe.each(captureNames)('%s', (name) => {
	const capture = loadCapture(name);

	test.each(['fresh', 'resumed', 'secondAfterRetry', 'quic'] as const)(
		'%s hello gives the captured fingerprints',
		(kind) => {
			const { handshakeHex, fingerprints } = capture.hellos[kind];
			const got = fingerprint(Buffer.from(handshakeHex, 'hex'), kind === 'quic' ? 'q' : 't');
			expect(got).toEqual({
				ja3: fingerprints.ja3,
				ja3Hash: fingerprints.ja3_hash,
				ja3n: fingerprints.ja3n,
				ja3nHash: fingerprints.ja3n_hash,
				ja4: fingerprints.ja4,
				ja4_r: fingerprints.ja4_r,
				ja4_ro: fingerprints.ja4_ro,
			});
		},
	);

	test('parses every extension in wire order', () => {
		const { handshakeHex, ids } = capture.hellos.fresh;
		const hello = parseClientHello(Buffer.from(handshakeHex, 'hex'));
		expect(hello.extensions.map((extension) => extension.id)).toEqual(ids);
		expect(hello.malformedExtensions).toEqual([]);
		expect(hello.serverName).toBe('www.mirror.test');
		expect(hello.alpn).toEqual(['h2', 'http/1.1']);
		expect(hello.handshakeHex).toBe(handshakeHex);
	});

	test('decodes the header blocks of one connection with their representations', () => {
		const decoder = new HpackDecoder(65_536);
		expect(capture.blocks.length).toBeGreaterThanOrEqual(5);
		for (const block of capture.blocks) {
			const { fields, representations } = decoder.decode(Buffer.from(block.hpack, 'hex'));
			expect(representations).toEqual(block.representations);
			expect(fields).toEqual(block.headers);
		}
	});

	test('computes the Akamai fingerprint from frames', () => {
		const [settings, window] = capture.firstFrames;
		const pairs = Buffer.from(settings?.raw ?? '', 'hex');
		const frames: FrameRecord[] = [
			{
				...frame('SETTINGS', 0),
				settings: Array.from({ length: pairs.length / 6 }, (_, index) => [
					pairs.readUInt16BE(index * 6),
					pairs.readUInt32BE(index * 6 + 2),
				]),
			},
			{ ...frame('WINDOW_UPDATE', 0), increment: Number.parseInt(window?.raw ?? '', 16) },
			{ ...frame('HEADERS', 1), headers: capture.firstRequest.headers },
		];
		expect(akamai(frames)).toBe(capture.akamai);
	});
});

test('Akamai lists PRIORITY frames before the first HEADERS only', () => {
	const priority = { exclusive: 0, dependsOn: 3, weight: 201 } as const;
	const frames: FrameRecord[] = [
		{ ...frame('PRIORITY', 5), priority },
		{
			...frame('HEADERS', 7),
			headers: [
				[':method', 'GET'],
				[':path', '/'],
			],
		},
		{ ...frame('PRIORITY', 9), priority },
	];
	expect(akamai(frames)).toBe('|00|5:0:3:201|m,p');
});

test('a truncated ClientHello is refused, whatever the cut', () => {
	const whole = Buffer.from(loadCapture('chromium-156-linux').hellos.fresh.handshakeHex, 'hex');
	for (let length = 0; length < whole.length; length += 7) {
		expect(() => parseClientHello(whole.subarray(0, length))).toThrow(RangeError);
	}
});

function frame(type: string, stream: number): FrameRecord {
	return { type, stream, flags: 0, length: 0, ms: 0, raw: '' };
}
