import { startFault } from '@wiretwin/mirror';
import { describe, expect, test } from 'vitest';
import { describeFault } from './support/fault-table.ts';
import { answers, attempt, bodyFails, each, expectOutcome, fails } from './support/outcome.ts';
import { browsers, eventually, underInvariants, useWorld } from './support/world.ts';

useWorld();

const LIMIT_MS = 100;
const upload = { method: 'POST', body: Buffer.alloc(30_000_000, 'u') };

describeFault('C01', {
	variants: {},
	elsewhere: [
		'close-on-second',
		'reset-on-second',
		'close-idle',
		'reset-idle',
		'half-close',
		'partial-second',
		'h2-close-on-second',
	],
});

describe.each(browsers)('C01 a reused connection dies, %s', (browser) => {
	const variants = [
		'close-on-second',
		'reset-on-second',
		'close-idle',
		'reset-idle',
		'half-close',
		'h2-close-on-second',
	] as const;
	test.each(variants)('C01 %s: a GET is answered by a second connection', async (variant) => {
		await using fault = await startFault('C01', { variant });
		await underInvariants({ browser }, async (watched) => {
			await expectOutcome(watched, `${fault.url}/first`, answers('answer to /first'));
			await expectOutcome(watched, `${fault.url}/second`, answers('answer to /second'));
			expect(fault.log.connections).toHaveLength(2);
		});
	});

	test.each(['close-on-second', 'reset-on-second', 'h2-close-on-second'])(
		'C01 %s: a POST that was sent is not sent again',
		async (variant) => {
			await using fault = await startFault('C01', { variant });
			await underInvariants({ browser }, async (watched) => {
				await expectOutcome(watched, `${fault.url}/first`, answers('answer to /first'));
				const post = await attempt(watched.session, `${fault.url}/second`, { method: 'POST', body: 'once' });
				watched.errors.push(post.error);
				expect(post.error).toMatchObject({
					code: expect.stringMatching(/^ERR_CONNECTION_(CLOSED|RESET)$/),
					phase: 'head',
				});
				const requests = fault.log.connections.flatMap((connection) => connection.requests);
				expect(requests.filter((request) => request.startsWith('POST'))).toHaveLength(1);
			});
		},
	);

	test('C01 partial-second: an answer that has begun is not replayed', async () => {
		await using fault = await startFault('C01', { variant: 'partial-second' });
		await underInvariants({ browser }, async (watched) => {
			await expectOutcome(watched, `${fault.url}/first`, answers('answer to /first'));
			await expectOutcome(watched, `${fault.url}/second`, bodyFails('ERR_BODY_INCOMPLETE'));
			expect(fault.log.connections).toHaveLength(1);
		});
	});
});

/** Only the limit under test: on a busy machine any other phase may be slow. */
const limited = (phase: string, more: object = {}) => ({ init: { ...more, timeout: { [phase]: LIMIT_MS } } });

describeFault(
	'C02',
	{
		variants: {
			'tls-hello': fails('ERR_TIMEOUT_TLS', 'tls', limited('tls')),
			...each(['head', 'half-head', 'h2-head', 'drip-head'], fails('ERR_TIMEOUT_HEAD', 'head', limited('head'))),
			...each(['body', 'h2-body'], bodyFails('ERR_TIMEOUT_IDLE', { phase: 'idle', ...limited('idle') })),
			upload: fails('ERR_TIMEOUT_SEND', 'send', limited('send', upload)),
		},
		elsewhere: ['drip-body', 'http-proxy', 'socks5-proxy'],
	},
	{ fault: { intervalMs: 10 } },
);

describe.each(browsers)('C02 limits, %s', (browser) => {
	test('C02 drip-body: bytes that keep coming do not hold up the total limit', async () => {
		await using fault = await startFault('C02', { variant: 'drip-body', intervalMs: 10 });
		await underInvariants({ browser, timeout: { idle: 10_000, total: 15 * LIMIT_MS } }, async (watched) => {
			await expectOutcome(watched, `${fault.url}/path`, bodyFails('ERR_TIMEOUT_TOTAL', { phase: 'total' }));
		});
	});

	test.each(['head', 'h2-head'])('C02 %s: the limit is in the error and the peer is told', async (variant) => {
		await using fault = await startFault('C02', { variant });
		await underInvariants({ browser, timeout: { head: LIMIT_MS } }, async (watched) => {
			const { error } = await attempt(watched.session, `${fault.url}/path`);
			expect(error).toMatchObject({ name: 'TimeoutError', limitMs: LIMIT_MS, nodeCode: 'ETIMEDOUT' });
			await eventually(() => {
				const [connection] = fault.log.connections;
				const isReset = connection?.frames.some((frame) => frame.type === 'RST_STREAM');
				expect(isReset || connection?.closed !== null).toBe(true);
			});
		});
	});
});

describe.each(browsers)('C03 abort, %s', (browser) => {
	const phases = ['tls-hello', 'head', 'half-head', 'h2-head', 'body', 'h2-body'] as const;
	test.each(phases)('C03 in %s: the reason once, no listener left, the peer is told', async (variant) => {
		await using fault = await startFault('C02', { variant });
		await underInvariants({ browser }, async (watched) => {
			const controller = new AbortController();
			const reason = new Error('enough');
			const outcome = attempt(watched.session, `${fault.url}/path`, { signal: controller.signal });
			await eventually(() => {
				expect(fault.log.connections.length).toBe(1);
				if (variant !== 'tls-hello') expect(fault.log.connections[0]?.requests).toHaveLength(1);
			});
			if (variant.endsWith('body'))
				await eventually(() => expect(watched.events.at(-1)?.type).toMatch(/head|progress/));
			controller.abort(reason);
			controller.abort(new Error('twice'));
			expect((await outcome).error).toBe(reason);
			await eventually(() => {
				const [connection] = fault.log.connections;
				const isReset = connection?.frames.some((frame) => frame.type === 'RST_STREAM');
				expect(isReset || connection?.closed !== null).toBe(true);
			});
		});
	});
});

describe('a body that is given up', () => {
	test('C02 h2-body: the stream is reset at once', async () => {
		await using fault = await startFault('C02', { variant: 'h2-body' });
		await underInvariants({}, async (watched) => {
			const response = await watched.session.fetch(`${fault.url}/path`);
			await response.body?.cancel();
			await eventually(() =>
				expect(fault.log.connections[0]?.frames.map((frame) => frame.type)).toContain('RST_STREAM'),
			);
			expect(watched.session.transport.stats()).toEqual({ connections: 1, exchanges: 0 });
		});
	});

	test('C02 body, drip-body: HTTP/1 does not wait for ever for the rest', async () => {
		await using silent = await startFault('C02', { variant: 'body' });
		await using dripping = await startFault('C02', { variant: 'drip-body', intervalMs: 20 });
		await underInvariants({ timeout: {} }, async (watched) => {
			for (const fault of [silent, dripping]) {
				const response = await watched.session.fetch(`${fault.url}/path`);
				await response.body?.cancel();
			}
			await eventually(() => expect(watched.session.transport.stats()).toEqual({ connections: 0, exchanges: 0 }));
			for (const fault of [silent, dripping]) {
				await eventually(() => expect(fault.log.connections[0]?.closed).not.toBeNull());
			}
		});
	});
});
