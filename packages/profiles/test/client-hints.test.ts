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
