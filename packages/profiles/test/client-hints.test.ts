/** Client hints after Accept-CH as Chromium sends them: captures/chromium-156-hints.json. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { getProfile, layoutHeaders } from '../src/index.ts';

type Captured = { asked: string[]; requests: { [kind: string]: Array<[name: string, value: string]> } };

const file = new URL('../captures/chromium-156-hints.json', import.meta.url);
const { asked, requests }: Captured = JSON.parse(readFileSync(file, 'utf8'));

/** Measured by the browser while it runs, or of another build than the profile's. */
const VARIES = ['downlink', 'sec-ch-ua-full-version', 'sec-ch-ua-full-version-list', 'referer'];

test.each(['navigate', 'iframe', 'fetch', 'image'] as const)(
	'%s: every hint that the release has, in its order',
	(kind) => {
		const captured = requests[kind] ?? [];
		const referer = captured.find(([name]) => name === 'referer')?.[1];
		const { headers } = layoutHeaders(getProfile('chromium_156', { os: 'linux' }), {
			kind,
			hints: asked,
			...(kind === 'navigate' ? {} : { site: 'same-origin', userActivation: false }),
			...(kind === 'image' ? { kind: 'image-visible' } : {}),
			...(referer === undefined ? {} : { referer }),
		});
		const sent = headers.flatMap((name, at) => (at % 2 === 0 ? [[name.toLowerCase(), headers[at + 1] ?? '']] : []));
		const comparable = (fields: readonly (readonly string[])[]) =>
			fields
				.filter(([name]) => name !== 'connection')
				.map(([name = '', value]) => [name, VARIES.includes(name) ? '' : value]);
		expect(comparable(sent)).toEqual(comparable(captured));
	},
);

/** Of the 1,440 requests that the order was found with (scripts/facts/chromium-headers.ts), 62. */
const orders = new URL('../captures/chromium-156-hint-orders.json', import.meta.url);
const vectors: Array<{ asked: string[]; page: string[]; order: string[] }> = JSON.parse(readFileSync(orders, 'utf8'));

test('fetch(): hints find their places among the fields of the page', () => {
	const profile = getProfile('chromium_156', { os: 'linux' });
	for (const { asked, page, order } of vectors) {
		const fields = page.flatMap((name) => [name, 'v']);
		const { headers } = layoutHeaders(profile, { kind: 'fetch', hints: asked, headers: fields });
		const names = headers.filter((_text, at) => at % 2 === 0).map((name) => name.toLowerCase());
		expect(names.filter((name) => order.includes(name))).toEqual(order);
	}
	expect(vectors).toHaveLength(62);
});
