/** Header sections fitted to requests that a real browser sent: from an old release, and from one made wrong on purpose. */
import { describe, expect, test } from 'vitest';
import { type Capture, headFields, readCapture } from '../scripts/capture.ts';
import { fitRequests } from '../src/draft/headers/fit.ts';
import type { Fitting } from '../src/draft/headers/sight.ts';
import type { RecordedRequest } from '../src/draft/recording.ts';
import { getProfile, type ProfileDocument } from '../src/index.ts';
import { validateDocument } from '../src/validate/document.ts';
import { contextOf } from './support/captured-context.ts';

type Editable = { headers: Fitting; http1: Record<string, unknown>; http2: Record<string, unknown> };

const BROWSERS = [
	{ shipped: 'chromium_156', old: 'chrome_120', capture: readCapture('chromium-156-linux') },
	{ shipped: 'firefox_153', old: 'firefox_117', capture: readCapture('firefox-153-linux') },
] as const;

/** A capture as the requests of a visit; requests after Accept-CH and in plain text are not part of one. */
function requestsOf(capture: Capture): RecordedRequest[] {
	const overHttp2 = Object.entries(capture.requests_h2).map(([key, { method, path, headers, priority }]) => {
		const fields = headers.filter(([name]) => !name.startsWith(':'));
		const cookie = fields.flatMap(([name, value]) => (name === 'cookie' ? value : [])).join('; ');
		const joined = fields.flatMap(([name, value], index): Array<[string, string]> => {
			if (name !== 'cookie') return [[name, value]];
			return fields.findIndex(([other]) => other === 'cookie') === index ? [[name, cookie]] : [];
		});
		const host = headers.find(([name]) => name === ':authority')?.[1] ?? '';
		const block = priority && {
			weight: priority.weight,
			dependsOn: priority.depends_on,
			exclusive: priority.exclusive ? (1 as const) : (0 as const),
		};
		const context = contextOf(key, { method, path, host, scheme: 'https', fields: joined });
		return { context, record: { protocol: 'h2' as const, headers: joined, priority: block } };
	});
	const overHttp1 = Object.entries(capture.requests_http1).map(([key, head]) => {
		const headers = headFields(head);
		const host = headers.find(([name]) => name === 'Host')?.[1] ?? '';
		const scheme = key.startsWith('plain:') ? ('http' as const) : ('https' as const);
		const context = contextOf(key, { method: head.method, path: head.path, host, scheme, fields: headers });
		return { context, record: { protocol: 'http/1.1' as const, headers, priority: null } };
	});
	return [...overHttp2, ...overHttp1].filter(({ context }) => !context.hints && context.scheme !== 'http');
}

function edited(name: string, edit: (document: Editable) => void): ProfileDocument {
	const document = structuredClone(getProfile(name, { os: 'linux' }).document);
	edit(document as unknown as Editable);
	return document;
}

describe.each(BROWSERS)('$shipped', ({ shipped, old, capture }) => {
	const requests = requestsOf(capture);
	const own = getProfile(shipped, { os: 'linux' });

	/** Names that only a release's version decides are taken over, as a draft does it. */
	const onTopOf = (name: string) =>
		edited(name, (document) => {
			const { clientHints, platforms } = structuredClone(own.document.headers) as Fitting;
			document.headers.clientHints = clientHints;
			document.headers.platforms = platforms;
			document.http2.dependency = own.document.http2.dependency;
		});

	test('is what its own capture says: nothing is changed', () => {
		const { document, unsupported } = fitRequests(own.document, 'linux', requests);
		expect(unsupported).toEqual([]);
		expect(document.headers.templates).toEqual(own.document.headers.templates);
		expect(document.headers.kinds).toEqual(own.document.headers.kinds);
		expect(document.http1).toEqual(own.document.http1);
	});

	test(`comes out of ${old} and the capture`, () => {
		const { document, unsupported } = fitRequests(onTopOf(old), 'linux', requests);
		expect(unsupported).toEqual([]);
		expect(() => validateDocument(document)).not.toThrow();
	});

	test.each<[string, (document: Editable) => void]>([
		[
			'templates turned round',
			({ headers }) => {
				for (const slots of Object.values(headers.templates)) slots.reverse();
			},
		],
		[
			'other weights',
			({ headers }) => {
				for (const level of Object.values(headers.priorities)) level.weight = 257 - level.weight;
			},
		],
		[
			'other values of accept',
			({ headers }) => {
				for (const key of Object.keys(headers.accept)) headers.accept[key] = 'text/wrong';
			},
		],
		[
			'fields that nobody sends',
			({ headers }) => {
				for (const kind of Object.values(headers.kinds)) kind.fixed = { ...kind.fixed, 'x-invented': '1' };
				for (const slots of Object.values(headers.templates)) slots.push('x-invented');
			},
		],
		[
			'destinations and modes swapped',
			({ headers }) => {
				for (const kind of Object.values(headers.kinds)) if (kind.dest) Object.assign(kind, { dest: 'wrong' });
			},
		],
		[
			'another HTTP/1.1 head',
			({ http1 }) => {
				Object.assign(http1, { leading: ['host'], drop: [], connection: 'close' });
			},
		],
	])('comes out of itself with %s', (_, edit) => {
		const { unsupported } = fitRequests(edited(shipped, edit), 'linux', requests);
		expect(unsupported).toEqual([]);
	});

	test('a field of a new release gets a value and a place', () => {
		const changed = requests.map(({ context, record }): RecordedRequest => {
			const at = record.headers.findIndex(([name]) => name.toLowerCase() === 'accept-encoding');
			const headers = [...record.headers];
			if (context.kind === 'image') headers.splice(at, 0, ['sec-new', 'yes']);
			return { context, record: { ...record, headers } };
		});
		const { document, unsupported } = fitRequests(own.document, 'linux', changed);
		expect(unsupported).toEqual([]);
		expect(document.headers.kinds.image?.fixed?.['sec-new']).toBe('yes');
		expect(document.headers.kinds.script?.fixed?.['sec-new']).toBeUndefined();
	});

	test('a request that contradicts itself is listed by name', () => {
		const [one] = requests.filter(({ context, record }) => context.kind === 'style' && record.protocol === 'h2');
		if (!one) throw new Error('no style');
		const other = { ...one, record: { ...one.record, headers: [...one.record.headers].reverse() } };
		expect(fitRequests(own.document, 'linux', [...requests, other]).unsupported).toContainEqual(
			expect.stringMatching(/^order of style: /),
		);
	});
});
