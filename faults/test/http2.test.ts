import { startFault } from '@wiretwin/mirror';
import { describe, expect, test } from 'vitest';
import { describeFault } from './support/fault-table.ts';
import { answers, attempt, bodyFails, each, expectLike, expectOutcome, fails } from './support/outcome.ts';
import { browsers, eventually, underInvariants, used, useWorld } from './support/world.ts';

useWorld();

const answered = answers('answer to /path', { connection: 'kept' });
const upload = { method: 'POST', body: Buffer.alloc(300_000, 'b') };
/** The connection ends, and the same request again needs another. */
const connectionError = fails('ERR_H2_PROTOCOL', 'head', { connection: 'closed' });
const connectionErrorInBody = bodyFails('ERR_H2_PROTOCOL', { connection: 'closed' });
/** The stream ends, its siblings and later requests do not notice. */
const streamError = fails('ERR_H2_PROTOCOL', 'head', { connection: 'kept' });
const streamErrorInBody = bodyFails('ERR_H2_PROTOCOL', { connection: 'kept' });

describeFault('H01', {
	variants: {
		...each(['continuation-flood', 'empty-continuation-flood', 'million-fields'], connectionError),
		...each(['table-size-thrash', 'table-size-above-setting', 'huffman-padding'], connectionError),
		...each(['index-out-of-range', 'endless-integer', 'string-past-end', 'interleaved-block'], connectionError),
		'header-list-too-large': connectionError,
	},
});

describeFault('H02', {
	variants: {
		...each(['even-stream', 'odd-stream', 'headers-reset-flood', 'push-flood'], connectionError),
		'reset-idle-streams': connectionError,
		'reset-open-stream-flood': fails('ERR_H2_STREAM_RESET', 'head', { connection: 'closed' }),
	},
});

describeFault('H03', {
	variants: each(
		['data-on-closed-stream', 'headers-on-closed-stream', 'ping', 'settings'],
		answers('answer to /path', { connection: 'closed' }),
	),
});

describeFault('H04', {
	variants: {
		...each(['empty-data', 'padded-data', 'settings-flood', 'ping-flood'], connectionErrorInBody),
		...each(['priority-flood', 'window-update-flood', 'unknown-flood'], connectionErrorInBody),
		'one-byte-data': answers('x'.repeat(1000)),
		'final-empty-data': answers('', { connection: 'kept' }),
	},
});

describeFault('H05', {
	variants: {
		...each(['zero-increment-connection', 'overflow-connection', 'initial-window-too-large'], connectionErrorInBody),
		// The script of these two serves one request a connection.
		...each(['zero-increment-stream', 'overflow-stream'], bodyFails('ERR_H2_PROTOCOL')),
		'shrink-below-zero': answers('300000', { init: upload }),
	},
	elsewhere: ['past-stream-window', 'past-connection-window'],
});

describeFault('H06', { variants: {}, elsewhere: ['plain', 'padded'] });

describeFault('H07', {
	variants: {
		'goaway-zero-always': fails('ERR_H2_GOAWAY', 'head'),
		'goaway-zero-once': answers('answer to /path'),
		...each(['goaway-mid-flight', 'goaway-graceful'], answers('answer to /path', { connection: 'closed' })),
		'goaway-error': fails('ERR_CONNECTION_CLOSED', 'head', { connection: 'closed' }),
		'refused-always': fails('ERR_H2_REFUSED_STREAM', 'head'),
		'one-stream': answered,
	},
	elsewhere: ['refused-once', 'no-streams-then-one', 'no-streams-ever'],
});

describeFault('H08', {
	variants: each(['no-error', 'cancel'], answers('early answer', { init: upload })),
});

describeFault('H09', {
	variants: {
		...each(['body-too-short', 'body-too-long', 'pseudo-in-trailers', 'trailers-without-end'], streamErrorInBody),
		...each(['length-without-body', 'data-before-headers', 'missing-status', 'empty-block'], streamError),
		...each(['late-status', 'status-letters'], streamError),
		// Firefox takes the last of several in front of the other fields (profile: http2.answers.lastStatus).
		'duplicate-status': { chrome_156: streamError, firefox_153: answers('', { connection: 'kept' }) },
		...each(['uppercase', 'transfer-encoding'], streamError),
		// Chromium skips pseudo-header fields that an answer has none of (profile: http2.answers).
		'request-pseudo': { chrome_156: answers('', { connection: 'kept' }), firefox_153: streamError },
		'unknown-pseudo': { chrome_156: answers('', { connection: 'kept' }), firefox_153: streamError },
		'connection-field': answers('', { connection: 'kept' }),
		...each(['empty-name', 'newline-in-value', 'interim-ends-stream', 'switching-protocols'], streamError),
		...each(['headers-after-end', 'data-after-end'], answers('', { connection: 'kept' })),
	},
});

describeFault('H10', {
	variants: {
		...each(['unknown-type', 'reserved-bit', 'unknown-setting', 'priority-self', 'priority-loop'], answered),
		...each(['too-big', 'settings-length', 'settings-on-stream', 'settings-ack-payload'], connectionError),
		...each(['settings-frame-size', 'ping-length', 'window-update-length', 'reset-length'], connectionError),
		...each(['goaway-length', 'padding-too-long', 'data-on-zero', 'continuation-alone'], connectionError),
	},
});

describeFault('H11', {
	variants: {
		...each(['h2-speaks-http1', 'no-settings', 'h2-garbage'], connectionError),
		...each(['no-alpn', 'picks-http1'], answers('spoken in HTTP/1.1', { connection: 'kept' })),
		'http1-speaks-h2': fails('ERR_H1_PARSE', 'head', { connection: 'closed' }),
		'http11-required': answers('spoken in HTTP/1.1'),
	},
});

describeFault('H12', { variants: { promise: connectionError } });

describe.each(browsers)('what takes more than one request, %s', (browser) => {
	test('H05 past-stream-window: FLOW_CONTROL_ERROR though nobody reads', async () => {
		await using fault = await startFault('H05', { variant: 'past-stream-window' });
		await underInvariants({ browser }, async (watched) => {
			const response = await watched.session.fetch(`${fault.url}/path`);
			// A GOAWAY may be lost: the socket is closed with bytes that nobody will read.
			await eventually(() => {
				if (fault.log.connections[0]?.closed === null) expect(frameTypes(fault)).toContain('RST_STREAM');
			});
			const failure = await response.bytes().catch((error: unknown) => error);
			watched.errors.push(failure);
			expect(failure).toMatchObject({
				code: 'ERR_H2_PROTOCOL',
				message: expect.stringContaining('FLOW_CONTROL_ERROR'),
			});
		});
	});

	test('H05 past-connection-window: FLOW_CONTROL_ERROR for all of 100 requests, each once', async () => {
		await using fault = await startFault('H05', { variant: 'past-connection-window' });
		await underInvariants({ browser }, async (watched) => {
			const requests = Array.from({ length: 100 }, async (_, index) => {
				const response = await watched.session.fetch(`${fault.url}/${index}`);
				await gone; // reading would return window
				return response.bytes();
			});
			const gone = eventually(() => expect(used(fault.log.connections)[0]?.closed ?? null).not.toBeNull());
			const outcomes = await Promise.allSettled(requests);
			const errors = outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason : undefined));
			watched.errors.push(...errors);
			expect(errors.map((error) => error?.code)).toEqual(new Array(100).fill('ERR_H2_PROTOCOL'));
			expect(errors[0].message).toContain('FLOW_CONTROL_ERROR');
			expect(used(fault.log.connections)).toHaveLength(1);
		});
	});

	test.each(['plain', 'padded'])('H06 %s: 1,200 bodies given up return their window', async (variant) => {
		await using fault = await startFault('H06', { variant });
		await underInvariants({ browser }, async (watched) => {
			// More bytes are discarded than any browser's connection window holds.
			for (let cycle = 0; cycle < 1200; cycle++) {
				const response = await watched.session.fetch(`${fault.url}/${cycle}`);
				await response.body?.cancel();
			}
			await expectOutcome(watched, `${fault.url}/end`, answers('answer to /end'));
			expect(used(fault.log.connections)).toHaveLength(1);
		});
	});

	test('H07 refused-once is replayed once, on the same or another connection', async () => {
		await using fault = await startFault('H07', { variant: 'refused-once' });
		await underInvariants({ browser }, async (watched) => {
			const outcome = await attempt(watched.session, `${fault.url}/path`);
			expectLike(outcome, { status: 200 });
			const told = fault.log.connections.flatMap((connection) => connection.requests);
			expect(told).toEqual(['GET /path', 'GET /path']);
		});
	});

	test('H07 refused-always and goaway-zero-always are tried twice and no more', async () => {
		for (const variant of ['refused-always', 'goaway-zero-always']) {
			await using fault = await startFault('H07', { variant });
			await underInvariants({ browser }, async (watched) => {
				const outcome = await attempt(watched.session, `${fault.url}/path`, { method: 'POST', body: 'once more' });
				expect(outcome.error).toMatchObject({ code: expect.stringMatching(/^ERR_H2_(GOAWAY|REFUSED_STREAM)$/) });
				expect(fault.log.connections.flatMap((connection) => connection.requests)).toHaveLength(2);
			});
		}
	});

	test('H07 no-streams-then-one: requests wait and then go one at a time', async () => {
		await using fault = await startFault('H07', { variant: 'no-streams-then-one', intervalMs: 50 });
		await underInvariants({ browser }, async (watched) => {
			const paths = Array.from({ length: 10 }, (_, index) => `/${index}`);
			const outcomes = await Promise.all(paths.map((path) => attempt(watched.session, fault.url + path)));
			expect(outcomes.map((outcome) => outcome.body)).toEqual(paths.map((path) => `answer to ${path}`));
			expect(used(fault.log.connections)).toHaveLength(1);
		});
	});

	test('H07 no-streams-ever: a request that finds no stream times out in the queue', async () => {
		await using fault = await startFault('H07', { variant: 'no-streams-ever' });
		await underInvariants({ browser }, async (watched) => {
			// The first request leaves with the preface, as a browser's does: before the server's SETTINGS are known.
			await expectOutcome(watched, `${fault.url}/first`, answers('answer to /first'));
			await expectOutcome(
				watched,
				`${fault.url}/second`,
				fails('ERR_TIMEOUT_QUEUE', 'queue', { init: { timeout: { queue: 150 } } }),
			);
			expect(fault.log.connections.flatMap((connection) => connection.requests)).toEqual(['GET /first']);
		});
	});

	test.each(['uppercase', 'body-too-short', 'trailers-without-end', 'data-before-headers'])(
		'H09 %s: ten siblings on the same connection are unharmed',
		async (variant) => {
			await using fault = await startFault('H09', { variant });
			await underInvariants({ browser }, async (watched) => {
				const broken = attempt(watched.session, `${fault.url}/broken`);
				const siblings = Array.from({ length: 10 }, (_, index) =>
					attempt(watched.session, `${fault.url}/sibling/${index}`),
				);
				expect((await broken).error).toMatchObject({ code: 'ERR_H2_PROTOCOL' });
				const bodies = (await Promise.all(siblings)).map((outcome) => outcome.body);
				expect(bodies).toEqual(siblings.map((_, index) => `answer to /sibling/${index}`));
				expect(used(fault.log.connections)).toHaveLength(1);
			});
		},
	);

	test('H11 h2-speaks-http1 says what was heard', async () => {
		await using fault = await startFault('H11', { variant: 'h2-speaks-http1' });
		await underInvariants({ browser }, async (watched) => {
			const { error } = await attempt(watched.session, `${fault.url}/path`);
			expect(error).toMatchObject({ message: expect.stringMatching(/PROTOCOL_ERROR: .*HTTP\/1/) });
		});
	});

	test.each([
		['H02', 'even-stream'],
		['H10', 'settings-length'],
		['H12', 'promise'],
		['H01', 'huffman-padding'],
	])('%s %s is answered with GOAWAY', async (id, variant) => {
		await using fault = await startFault(id, { variant });
		await underInvariants({ browser }, async (watched) => {
			watched.errors.push((await attempt(watched.session, `${fault.url}/path`)).error);
			await eventually(() => expect(frameTypes(fault)).toContain('GOAWAY'));
		});
	});
});

function frameTypes(fault: Awaited<ReturnType<typeof startFault>>): string[] {
	return fault.log.connections.flatMap((connection) => connection.frames.map((frame) => frame.type));
}
