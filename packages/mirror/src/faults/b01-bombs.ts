import { brotliBomb, deflateBomb, gzipBomb, zstdBomb, zstdWindowBomb } from './bombs.ts';
import type { FaultScenario, FaultVariant } from './scenario.ts';
import { answering } from './scripts.ts';

const bomb = (coding: string, make: (size: number) => Buffer | Promise<Buffer>): FaultVariant => ({
	on: 'https',
	script: async (peer, context) => {
		const body = await make(context.expandedBytes);
		const head = `HTTP/1.1 200 OK\r\nContent-Encoding: ${coding}\r\nContent-Length: ${body.length}\r\n\r\n`;
		await answering(Buffer.concat([Buffer.from(head, 'latin1'), body]))(peer, context);
	},
});

/** Unpack to `expandedBytes` (1 GiB unless said otherwise); `zstd-window` needs a 2 GiB window for 400 bytes. */
export const b01: FaultScenario = {
	id: 'B01',
	summary: 'Small bodies that unpack to gigabytes',
	variants: {
		gzip: bomb('gzip', gzipBomb),
		deflate: bomb('deflate', deflateBomb),
		br: bomb('br', brotliBomb),
		zstd: bomb('zstd', zstdBomb),
		'zstd-window': bomb('zstd', zstdWindowBomb),
	},
};
