import { mirrorHosts, startMirror } from '@wiretwin/mirror';
import { startChromium, startFirefox } from '@wiretwin/mirror/browsers';
import { expect, it } from 'vitest';
import { createSession } from '../src/index.ts';

/** Documents whose text holds bytes beyond ASCII: content-type and the bytes as latin1. */
const documents: readonly (readonly [type: string, bytes: string])[] = [
	['text/html', '<p>caf\xe9 \x80</p>'],
	['text/html; charset=utf-8', '<p>caf\xc3\xa9</p>'],
	['text/html; charset="UTF-8"', '<p>caf\xc3\xa9</p>'],
	['text/html; charset=iso-8859-1', '<p>caf\xe9 \x80</p>'],
	['text/html; charset=iso-8859-2', '<p>\xb1\xb3</p>'],
	['text/html; charset=shift_jis', '<p>\x82\xa0</p>'],
	['text/html; charset=nonsense', '<meta charset=koi8-r><p>\xc1</p>'],
	['text/html', '<meta charset="utf-8"><p>caf\xc3\xa9</p>'],
	['text/html', "<META  CHARSET = 'utf-8' ><p>caf\xc3\xa9</p>"],
	['text/html', '<meta http-equiv="Content-Type" content="text/html; charset=euc-kr"><p>\xb0\xa1</p>'],
	['text/html', '<meta content="text/html; charset=euc-kr" http-equiv=content-type><p>\xb0\xa1</p>'],
	['text/html', '<!-- <meta charset=utf-8> --><meta charset=gbk><p>\xc4\xe3</p>'],
	['text/html', '<meta charset=utf-16><p>caf\xc3\xa9</p>'],
	['text/html', '<meta charset=x-user-defined><p>caf\xe9</p>'],
	['text/html; charset=utf-8', '<meta charset=gbk><p>caf\xc3\xa9</p>'],
	['text/html; charset=iso-8859-2', '\xef\xbb\xbf<p>caf\xc3\xa9</p>'],
	['text/html', '\xff\xfe<\0p\0>\0\xe9\0<\0/\0p\0>\0'],
	['text/html', '<title><meta charset=utf-8></title><meta charset=koi8-r><p>\xc1</p>'],
	['text/html', `<script>"<meta charset=utf-8>"</script><p>caf\xc3\xa9</p>`],
];

it.each([
	['Chromium', startChromium, 'chromium_156'],
	['Firefox', startFirefox, 'firefox_153'],
] as const)('pageText() reads documents as %s shows them', { timeout: 120_000 }, async (_, start, profile) => {
	await using mirror = await startMirror({
		handler: ({ url }) => {
			const [type, bytes] = documents[Number(url.search.slice(1))] ?? ['text/plain', ''];
			return { headers: [['content-type', type]], body: Buffer.from(bytes, 'latin1') };
		},
	});
	const shown: string[] = [];
	const browser = await start({ caPem: mirror.caPem, hosts: mirrorHosts });
	const at = (index: number) => `${mirror.urlFor('www.mirror.test')}/?${index}`;
	try {
		for (const index of documents.keys()) {
			await browser.navigate(at(index));
			shown.push(await browser.evaluate<string>(`document.querySelector('p').textContent`));
		}
	} finally {
		await browser.close();
	}
	const resolve = Object.fromEntries(mirrorHosts.map((host) => [host, '127.0.0.1']));
	await using session = createSession({ browser: profile, ca: mirror.caPem, resolve });
	const read: string[] = [];
	for (const index of documents.keys()) {
		const text = await (await session.fetch(at(index))).pageText();
		read.push(/<p>(.*?)<\/p>/s.exec(text)?.[1] ?? text);
	}
	const table = (texts: string[]) => documents.map((document, index) => [...document, texts[index]]);
	expect(table(read)).toEqual(table(shown));
});
