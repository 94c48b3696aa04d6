import { expect, test } from 'vitest';
import { parseClientHello, type RequestRecord, regularFields, startMirror } from '../src/index.ts';
import { visitWithChromium, visitWithFirefox } from './support/browsers.ts';
import { loadCapture } from './support/fixtures.ts';

const cases = [
	['chromium', 'chromium-156-linux', visitWithChromium],
	['firefox-esr', 'firefox-153-linux', visitWithFirefox],
] as const;

test.each(cases)('%s is recorded as in its capture', async (_program, name, visit) => {
	const capture = loadCapture(name);
	await using mirror = await startMirror();
	await using _browser = await visit(mirror, `${mirror.urlFor('www.mirror.test')}/`);
	const request = await mirror.waitForRequest((each: RequestRecord) => each.path === '/');
	const connection = mirror.connections.find((each) => each.id === request.connectionId);

	const captured = capture.hellos.fresh.fingerprints;
	expect(connection?.fingerprints).toMatchObject({
		ja4: captured.ja4,
		ja4_r: captured.ja4_r,
		ja3nHash: captured.ja3n_hash,
	});
	expect(connection?.akamai).toBe(capture.akamai);
	expect(connection?.alpn).toBe('h2');
	const sets = [connection?.clientHello, parseClientHello(Buffer.from(capture.hellos.fresh.handshakeHex, 'hex'))].map(
		(hello) => hello?.extensionOrder.map(String).toSorted(),
	);
	expect(sets[0]).toEqual(sets[1]);

	// The port makes `:authority` longer and headless changes the user agent, neither changes its representation.
	expect(request.hpackRepresentations).toEqual(capture.firstRequest.representations);
	expect(request.headers.map(([field]) => field)).toEqual(capture.firstRequest.headers.map(([field]) => field));
	const { exclusive, depends_on: dependsOn, weight } = capture.firstRequest.priority;
	expect(request.priority).toEqual({ exclusive, dependsOn, weight });
	expect(regularFields(request.headers).length).toBeGreaterThan(5);

	// Records of the first flight: hello, CCS, Finished, preface+SETTINGS+WINDOW_UPDATE.
	const shape = (records: [number, string, number, number][] = []) =>
		records.slice(0, 4).map(([type, version]) => [type, version]);
	expect(shape(connection?.tlsRecords)).toEqual(shape(capture.firstTlsRecords));
	expect(connection?.tlsRecords[3]?.[2]).toBe(capture.firstTlsRecords[3]?.[2]);
});
