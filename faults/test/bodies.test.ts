import { startFault } from '@wiretwin/mirror';
import { describe, expect, test } from 'vitest';
import { describeFault } from './support/fault-table.ts';
import { answers, bodyFails, each, expectOutcome } from './support/outcome.ts';
import { browsers, eventually, standstill, underInvariants, useWorld } from './support/world.ts';

useWorld();

const MEBIBYTE = 1024 * 1024;
const TEXT_BYTES = 2750; // 50 lines, see the mirror's b03-damaged-bodies.ts

describeFault(
	'B01',
	{
		variants: {
			...each(['gzip', 'deflate', 'br', 'zstd'], bodyFails('ERR_BODY_TOO_LARGE')),
			'zstd-window': bodyFails('ERR_DECODE_ZSTD'),
		},
	},
	{ fault: { expandedBytes: 32 * MEBIBYTE }, session: { maxResponseBytes: MEBIBYTE } },
);

describeFault('B02', {
	variants: {
		...each(['two', 'five'], answers('packed more than once', { connection: 'kept' })),
		...each(['six', 'thousand', 'six-fields'], bodyFails('ERR_DECODE_CHAIN')),
	},
});

describeFault('B03', {
	variants: {
		...each(['gzip-corrupted', 'gzip-not-compressed'], bodyFails('ERR_DECODE_GZIP')),
		// Browsers read neither checksum nor length behind the data, and show what is cut as far as it goes.
		...each(['gzip-wrong-checksum', 'gzip-truncated'], answers(TEXT_BYTES, { connection: 'kept' })),
		...each(['br-truncated', 'deflate-truncated', 'zstd-truncated'], { status: 200, connection: 'kept' }),
		'br-not-compressed': bodyFails('ERR_DECODE_BR'),
		// The flipped byte asks for more than there is: cut off, as far as a decoder can tell.
		'br-corrupted': { status: 200, connection: 'kept' },
		...each(['deflate-corrupted', 'deflate-not-compressed'], bodyFails('ERR_DECODE_DEFLATE')),
		'zstd-not-compressed': bodyFails('ERR_DECODE_ZSTD'),
		// A frame without checksum: one flipped byte of a literal is not to be seen.
		'zstd-corrupted': answers(TEXT_BYTES),
		// Ignored as browsers do, except where another zstd frame must follow.
		...each(
			['gzip-trailing-garbage', 'br-trailing-garbage', 'deflate-trailing-garbage'],
			answers(TEXT_BYTES, { connection: 'kept' }),
		),
		'zstd-trailing-garbage': bodyFails('ERR_DECODE_ZSTD'),
		...each(['gzip-empty', 'br-empty', 'zstd-empty', 'deflate-empty'], answers('', { connection: 'kept' })),
		'deflate-raw': answers(TEXT_BYTES, { connection: 'kept' }),
		...each(['gzip-multi-member', 'zstd-multi-frame'], answers(2 * TEXT_BYTES, { connection: 'kept' })),
	},
});

describeFault('B04', {
	variants: each(
		['aws-chunked', 'identity', 'charset', 'empty', 'quoted-gzip'],
		answers('plain text\n', { connection: 'kept' }),
	),
});

describeFault(
	'B05',
	{ variants: each(['http1', 'h2'], answers(8 * MEBIBYTE)) },
	{ fault: { expandedBytes: 8 * MEBIBYTE } },
);

describe.each(browsers)('what needs more than the whole body, %s', (browser) => {
	test.each(['gzip', 'zstd'])(
		'B01 %s: reading a gibibyte piece by piece takes no more memory than a piece',
		async (variant) => {
			await using fault = await startFault('B01', { variant, expandedBytes: 256 * MEBIBYTE });
			await underInvariants({ browser }, async (watched) => {
				const response = await watched.session.fetch(`${fault.url}/path`);
				let most = 0;
				let bytes = 0;
				let before = 0;
				for await (const piece of response.body ?? []) {
					before ||= process.memoryUsage.rss(); // the bomb itself is made in this process
					bytes += piece.byteLength;
					most = Math.max(most, piece.byteLength);
					if (bytes >= 128 * MEBIBYTE) break;
				}
				expect(bytes).toBeGreaterThanOrEqual(128 * MEBIBYTE);
				expect(most).toBeLessThanOrEqual(256 * 1024);
				expect(process.memoryUsage.rss() - before).toBeLessThan(100 * MEBIBYTE);
			});
		},
	);

	test.each(['http1', 'h2'])('B01 %s: a body past maxResponseBytes closes what it came on', async (variant) => {
		await using fault = await startFault('B05', { variant, expandedBytes: 64 * MEBIBYTE });
		await underInvariants({ browser, maxResponseBytes: MEBIBYTE }, async (watched) => {
			await expectOutcome(watched, `${fault.url}/path`, bodyFails('ERR_BODY_TOO_LARGE'));
			await eventually(() => {
				const [connection] = fault.log.connections;
				const reset = connection?.frames.some((frame) => frame.type === 'RST_STREAM');
				expect(connection?.closed !== null || reset).toBe(true);
			});
			expect(fault.log.connections[0]?.bytesSent).toBeLessThan(40 * MEBIBYTE);
		});
	});

	test.each(['http1', 'h2'])(
		'B05 %s: a reader that stops holds the server back, and loses nothing',
		async (variant) => {
			const size = 64 * MEBIBYTE;
			await using fault = await startFault('B05', { variant, expandedBytes: size });
			await underInvariants({ browser }, async (watched) => {
				const response = await watched.session.fetch(`${fault.url}/path`);
				const sent = await standstill(() => fault.log.connections[0]?.bytesSent ?? 0);
				expect(sent).toBeLessThan(40 * MEBIBYTE);
				let offset = 0;
				let wrong = 0;
				for await (const piece of response.body ?? []) {
					for (let index = 0; index < piece.length; index += 997) {
						if (piece[index] !== ((offset + index) & 0xff)) wrong++;
					}
					offset += piece.length;
				}
				expect([offset, wrong]).toEqual([size, 0]);
			});
		},
	);
});
