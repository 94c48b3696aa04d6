/** Every request of the captures, laid out from its context alone, equals what the browser sent. */
import { describe, expect, test } from 'vitest';
import { type Capture, headFields, readCapture } from '../scripts/capture.ts';
import { getProfile, type LayoutRequest, layoutHeaders, type Profile } from '../src/index.ts';
import { type Captured, contextOf } from './support/captured-context.ts';

type Fields = Array<readonly [name: string, value: string]>;

/** Browser by browser: what HTTP/1.1 leaves out or adds is the engine's business (`http1` policy). */
const BROWSERS = [
	{ profile: 'chromium', capture: readCapture('chromium-156-linux'), notInHttp1: ['priority'] },
	{ profile: 'firefox', capture: readCapture('firefox-153-linux'), notInHttp1: ['te'] },
] as const;

/** Requests whose context the page cannot tell; none are left out at present. */
const UNREPRODUCIBLE: ReadonlySet<string> = new Set();

/** Values that change with the network; only their presence and place are compared. */
const MEASURED = ['rtt', 'downlink'];

function pairs(flat: readonly string[]): Fields {
	return Array.from(
		{ length: flat.length / 2 },
		(_, index) => [flat[index * 2] ?? '', flat[index * 2 + 1] ?? ''] as const,
	);
}

function withoutMeasurements(fields: Fields): Fields {
	return fields.map(([name, value]) => [name, MEASURED.includes(name) ? '' : value] as const);
}

/** HTTP/2 capture with its crumbs joined again. */
function http2Captured(request: Capture['requests_h2'][string]): Captured {
	const cookies = request.headers.filter(([name]) => name === 'cookie').map(([, value]) => value);
	const fields: Array<[string, string]> = [];
	for (const [name, value] of request.headers) {
		if (name.startsWith(':')) continue;
		if (name !== 'cookie') fields.push([name, value]);
		else if (value === cookies[0]) fields.push([name, cookies.join('; ')]);
	}
	const host = request.headers.find(([name]) => name === ':authority')?.[1] ?? '';
	return { method: request.method, path: request.path, host, scheme: 'https', fields };
}

function layoutOf(profile: Profile, context: LayoutRequest) {
	const { headers, priority } = layoutHeaders(profile, context);
	return { fields: pairs(headers), priority };
}

describe.each(BROWSERS)('$profile over HTTP/2', ({ profile, capture }) => {
	const ready = getProfile(profile, { os: 'linux' });
	test.each(Object.keys(capture.requests_h2).filter((key) => !UNREPRODUCIBLE.has(key)))('%s', (key) => {
		const request = capture.requests_h2[key];
		if (request === undefined) throw new Error(key);
		const captured = http2Captured(request);
		const { fields, priority } = layoutOf(ready, contextOf(key, captured));
		// HTTP/2 lower-cases names and has no place for Connection and Upgrade.
		const sent = fields.map(([name, value]) => [name.toLowerCase(), value] as const);
		expect(withoutMeasurements(sent.filter(([name]) => name !== 'connection'))).toEqual(
			withoutMeasurements([...captured.fields]),
		);
		expect({ weight: priority.weight, exclusive: priority.exclusive }).toEqual({
			weight: request.priority?.weight,
			exclusive: request.priority?.exclusive === 1,
		});
	});
});

describe.each(BROWSERS)('$profile over HTTP/1.1', ({ profile, capture, notInHttp1 }) => {
	const ready = getProfile(profile, { os: 'linux' });
	const markedByProfile = profile === 'firefox';
	test.each(Object.keys(capture.requests_http1).filter((key) => !UNREPRODUCIBLE.has(key)))('%s', (key) => {
		const head = capture.requests_http1[key];
		if (head === undefined) throw new Error(key);
		const sent = headFields(head);
		const host = sent.find(([name]) => name === 'Host')?.[1] ?? '';
		const scheme = key.startsWith('plain:') ? 'http' : 'https';
		const { fields } = layoutOf(
			ready,
			contextOf(key, { method: head.method, path: head.path, host, scheme, fields: sent }),
		);
		const expected = sent.filter(([name]) => name !== 'Host' && (markedByProfile || name !== 'Connection'));
		const written = fields.filter(([name]) => !notInHttp1.some((dropped) => dropped === name.toLowerCase()));
		expect(written).toEqual(expected);
	});
});
