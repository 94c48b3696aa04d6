import { startFault } from '@wiretwin/mirror';
import { describe, expect, test } from 'vitest';
import { describeFault } from './support/fault-table.ts';
import { answers, bodyFails, each, expectOutcome, fails } from './support/outcome.ts';
import { browsers, eventually, underInvariants, useWorld } from './support/world.ts';

useWorld();

const framing = fails('ERR_H1_FRAMING', 'head', { connection: 'closed' });
const chunk = bodyFails('ERR_H1_CHUNK', { connection: 'closed' });
const incomplete = bodyFails('ERR_BODY_INCOMPLETE', { connection: 'closed' });
const parse = fails('ERR_H1_PARSE', 'head', { connection: 'closed' });
const tooLarge = fails('ERR_HEAD_TOO_LARGE', 'head', { connection: 'closed' });

describeFault('F01', {
	variants: {
		...each(['two-fields', 'list', 'plus', 'inner-space', 'hex', 'too-long'], framing),
		// Say nothing to any reader; the body ends with the connection.
		...each(['minus', 'empty'], answers('hello!', { connection: 'closed' })),
		...each(['identical-list', 'identical-fields'], answers('hello!', { connection: 'kept' })),
	},
});

describeFault('F02', {
	variants: each(['chunked-first', 'length-first'], answers('hello', { connection: 'closed' })),
});

describeFault('F03', {
	variants: {
		...each(['gzip', 'look-alike', 'chunked-not-last'], framing),
		...each(['chunked-twice', 'two-fields'], answers('hello', { connection: 'closed' })),
	},
});

describeFault('F04', {
	variants: {
		...each(['overflow', 'wraps-to-five', 'negative', 'empty', 'no-digits', 'huge-extension'], chunk),
		'bare-lf': answers('hello', { connection: 'closed' }),
		'no-crlf-after-data': chunk,
		'missing-final-crlf': incomplete,
	},
});

describeFault('F05', {
	variants: {
		...each(['length', 'inside-chunk', 'no-last-chunk', 'inside-chunk-size', 'h2-close'], incomplete),
		// A reset is told from an end: it may be the network's doing.
		'length-reset': bodyFails('ERR_CONNECTION_RESET', { connection: 'closed' }),
	},
});

describeFault('F06', { variants: {}, elsewhere: ['same-record', 'next-record'] });

describeFault('F07', {
	variants: {
		garbage: parse,
		// Chromium takes what digits there are, up to four (profile: http1.answers.statusLine).
		'status-1000': { chrome_156: answers('ok', { status: 1000, connection: 'kept' }), firefox_153: parse },
		'status-letters': { chrome_156: answers('ok', { status: 2, connection: 'kept' }), firefox_153: parse },
		...each(['nul-in-value', 'nul-in-name', 'bare-cr'], parse),
		// Leniency of every browser, documented in docs/internals/http1.md.
		...each(['missing-reason', 'obs-fold', 'bare-lf', 'wrong-version'], answers('ok', { connection: 'kept' })),
		...each(['space-before-colon', 'no-colon'], answers('ok', { connection: 'kept' })),
		'status-99': answers('ok', { status: 99, connection: 'kept' }),
		'empty-reply': fails('ERR_CONNECTION_CLOSED', 'head', { nodeCode: 'ECONNRESET', connection: 'closed' }),
		'cut-in-head': fails('ERR_H1_HEAD_INCOMPLETE', 'head', { nodeCode: 'ECONNRESET', connection: 'closed' }),
	},
});

describeFault('F08', {
	variants: {
		...each(['huge-field', 'many-fields', 'endless-interim', 'endless-status-line'], tooLarge),
		'endless-trailers': bodyFails('ERR_HEAD_TOO_LARGE', { connection: 'closed' }),
	},
});

describeFault('F09', {
	variants: {
		...each(['hints-then-final', 'hints-twice', 'continue-unasked'], answers('final', { connection: 'kept' })),
		...each(['unknown-1xx', 'interim-with-length'], answers('final', { connection: 'kept' })),
		'switching-unasked': fails('ERR_H1_UNEXPECTED_UPGRADE', 'head', { connection: 'closed' }),
		'interim-then-close': fails('ERR_H1_HEAD_INCOMPLETE', 'head', { connection: 'closed' }),
	},
});

describeFault('F10', {
	variants: {
		'head-with-body': answers('', { connection: 'closed', init: { method: 'HEAD' } }),
		'head-clean': answers('', { connection: 'kept', init: { method: 'HEAD' } }),
		'204-with-body': answers('', { status: 204, connection: 'closed' }),
		'204-clean': answers('', { status: 204, connection: 'kept' }),
		'304-with-body': answers('', { status: 304, connection: 'closed' }),
		'304-clean': answers('', { status: 304, connection: 'kept' }),
	},
});

describeFault('F13', {
	variants: {
		'read-to-close': incomplete,
		'read-to-close-clean': answers('hello', { connection: 'closed' }),
		...each(['length', 'chunked'], answers('hello', { connection: 'closed' })),
		h2: answers('answer to /path', { connection: 'closed' }),
	},
});

describe.each(browsers)('F06 a forged answer behind the genuine one, %s', (browser) => {
	test('F06 in the same record: every request gets its own answer', async () => {
		await using fault = await startFault('F06', { variant: 'same-record' });
		await underInvariants({ browser }, async (watched) => {
			for (let index = 0; index < 20; index++) {
				await expectOutcome(watched, `${fault.url}/${index}`, answers(`genuine /${index}`));
			}
			expect(fault.log.connections).toHaveLength(20);
		});
	});

	test('F06 on the idle connection: it is retired before the next request', async () => {
		await using fault = await startFault('F06', { variant: 'next-record' });
		await underInvariants({ browser }, async (watched) => {
			for (let index = 0; index < 5; index++) {
				await expectOutcome(watched, `${fault.url}/${index}`, answers(`genuine /${index}`));
				await eventually(() => expect(watched.session.transport.stats().connections).toBe(0));
			}
			expect(fault.log.connections).toHaveLength(5);
		});
	});
});
