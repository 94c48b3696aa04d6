import { expect, test } from 'vitest';
import { createHeaderEngine, getProfile, type LayoutRequest } from '../src/index.ts';

const requests: LayoutRequest[] = [
	{ kind: 'navigate', site: 'none' },
	{ kind: 'navigate', site: 'none', cookie: 'a=1' },
	{ kind: 'navigate', site: 'none', cookie: 'a=2' },
	{ kind: 'navigate', site: 'none', redirected: true },
	{ kind: 'fetch', origin: 'https://a.test', referer: 'https://a.test/' },
	{ kind: 'fetch', origin: 'https://a.test', referer: 'https://a.test/', headers: ['x-own', '1'] },
	{ kind: 'fetch', method: 'POST', origin: 'https://a.test', body: { contentLength: 5 } },
	{ kind: 'fetch', method: 'POST', origin: 'https://a.test', body: null },
	{ kind: 'navigate', hints: ['device-memory'] },
];

test.each(['chrome', 'firefox'] as const)('%s lays out the same whatever was laid out before', (name) => {
	const profile = getProfile(name);
	const fresh = (request: LayoutRequest) => createHeaderEngine(profile, { locale: 'de' }).layout(request);
	const engine = createHeaderEngine(profile, { locale: 'de' });
	for (const first of requests) {
		for (const second of requests) {
			engine.layout(first);
			for (let again = 0; again < 3; again++) {
				const layout = engine.layout(second);
				expect(layout).toEqual(fresh(second));
				layout.headers.push('changed by its owner', '');
			}
		}
	}
});

test('what a request says by an object is looked at each time', () => {
	const engine = createHeaderEngine(getProfile('chrome'), { locale: 'de' });
	const body = { contentLength: 5 };
	const lengthOf = () => {
		const { headers } = engine.layout({ kind: 'fetch', method: 'POST', body });
		return headers[headers.findIndex((text) => text.toLowerCase() === 'content-length') + 1];
	};
	const before = lengthOf();
	body.contentLength = 6;
	expect([before, lengthOf()]).toEqual(['5', '6']);
});
