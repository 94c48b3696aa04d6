import { faults, startFault } from '@wiretwin/mirror';
import { describe, expect, test } from 'vitest';
import { isProxyError, isTlsError } from 'wiretwin';
import { describeFault, proxyOptions } from './support/fault-table.ts';
import { answers, attempt, each, expectOutcome, fails } from './support/outcome.ts';
import { browsers, underInvariants, useWorld } from './support/world.ts';

useWorld();

/** Resolved by nobody: reaching it would need the proxy. */
const TARGET = 'https://target.example/path';

const mismatch = fails('ERR_TLS_CERT_HOST_MISMATCH', 'tls', { nodeCode: 'ERR_TLS_CERT_ALTNAME_INVALID' });
const untrusted = fails('ERR_TLS_CERT_UNTRUSTED', 'tls', { nodeCode: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY' });

describeFault('T01', {
	variants: {
		expired: fails('ERR_TLS_CERT_EXPIRED', 'tls', { nodeCode: 'CERT_HAS_EXPIRED' }),
		'not-yet-valid': fails('ERR_TLS_CERT_NOT_YET_VALID', 'tls', { nodeCode: 'CERT_NOT_YET_VALID' }),
		// A leaf that may not sign certificates has not signed itself either, as far as the rules go.
		...each(['self-signed', 'unknown-authority'], untrusted),
		...each(['wrong-host', 'no-ip', 'wildcard', 'nul-in-name'], mismatch),
		'client-purpose': fails('ERR_TLS_CERT_INVALID', 'tls', { nodeCode: 'INVALID_PURPOSE' }),
	},
});

describe.each(browsers)('T01 names, %s', (browser) => {
	test.each([
		['wildcard', 'mirror.test'],
		['wildcard', 'a.b.mirror.test'],
		['nul-in-name', 'www.mirror.test'],
		['wrong-host', 'www.mirror.test'],
	])('T01 %s does not cover %s', async (variant, host) => {
		await using fault = await startFault('T01', { variant });
		await underInvariants({ browser, resolve: { [host]: '127.0.0.1', localhost: '127.0.0.1' } }, async (watched) => {
			await expectOutcome(watched, `https://${host}:${fault.port}/`, mismatch);
			expect(fault.log.connections.flatMap((connection) => connection.requests)).toEqual([]);
		});
	});

	test('T01 wildcard covers one label', async () => {
		await using fault = await startFault('T01', { variant: 'wildcard' });
		const resolve = { 'www.mirror.test': '127.0.0.1', localhost: '127.0.0.1' };
		await underInvariants({ browser, resolve }, async (watched) => {
			const { status, error } = await attempt(watched.session, `https://www.mirror.test:${fault.port}/`);
			expect([status, error]).toEqual([200, undefined]);
		});
	});

	test.each(Object.keys(faults.T01?.variants ?? {}))('T01 %s with insecure: accepted and flagged', async (variant) => {
		await using fault = await startFault('T01', { variant });
		await underInvariants({ browser, insecure: true }, async (watched) => {
			const response = await watched.session.fetch(fault.url);
			expect([response.status, response.tls?.verified]).toEqual([200, false]);
			await response.bytes();
		});
	});
});

describeFault('T04', {
	variants: {
		...each(['accept-then-eof', 'hello-then-eof', 'half-server-hello'], fails('ERR_TLS_CLOSED', 'tls')),
		'accept-then-reset': fails('ERR_CONNECTION_RESET', 'tls', { nodeCode: 'ECONNRESET' }),
		...each(['speaks-http', 'garbage'], fails('ERR_TLS_HANDSHAKE', 'tls')),
		alert: fails('ERR_TLS_HANDSHAKE', 'tls', { nodeCode: 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE' }),
		'one-byte-segments': answers('slow but right', { connection: 'kept' }),
		'huge-certificate': fails('ERR_TLS_HANDSHAKE', 'tls'),
	},
});

const refused = (proxyStatus: number) => fails('ERR_PROXY_REFUSED', 'proxy', { proxyStatus });

describeFault(
	'P01',
	{
		variants: {
			...each(['status-407', 'status-407-close'], fails('ERR_PROXY_AUTH_REQUIRED', 'proxy', { proxyStatus: 407 })),
			'status-403': refused(403),
			'status-502': refused(502),
			'status-302': refused(302),
			// Chromium takes the interim answer for the proxy's (profile: http1.answers.refuseInterimOfProxy).
			'interim-first': { chrome_156: refused(100), firefox_153: refused(403) },
			...each(['200-with-body', '200-chunked', 'garbage'], fails('ERR_PROXY_PROTOCOL', 'proxy')),
			'huge-head': fails('ERR_PROXY_HEAD_TOO_LARGE', 'proxy'),
			nothing: fails('ERR_TIMEOUT_PROXY', 'proxy', { init: { timeout: { proxy: 100 } } }),
			...each(['close', 'close-at-once'], fails('ERR_PROXY_CLOSED', 'proxy')),
			reset: fails('ERR_PROXY_CONNECTION', 'proxy', { nodeCode: 'ECONNRESET' }),
			'200-then-close': fails('ERR_TLS_CLOSED', 'tls'),
		},
	},
	{ url: TARGET },
);

const unreachable = fails('ERR_PROXY_UNREACHABLE', 'proxy');
const protocol = fails('ERR_PROXY_PROTOCOL', 'proxy');

describeFault(
	'P02',
	{
		variants: {
			...each(['wrong-version', 'unoffered-method', 'reply-wrong-version', 'reply-wrong-address-type'], protocol),
			...each(['unknown-reply', 'speaks-http'], protocol),
			'no-method': fails('ERR_PROXY_AUTH_REQUIRED', 'proxy'),
			'auth-refused': fails('ERR_PROXY_AUTH_REFUSED', 'proxy'),
			...each(['close-at-once', 'short-reply'], fails('ERR_PROXY_CLOSED', 'proxy')),
			...each(['general-failure', 'not-allowed', 'command-not-supported', 'address-not-supported'], {
				...fails('ERR_PROXY_REFUSED', 'proxy'),
			}),
			...each(['network-unreachable', 'host-unreachable', 'refused', 'ttl-expired'], unreachable),
			'refused-in-pieces': unreachable,
			'success-then-close': fails('ERR_TLS_CLOSED', 'tls'),
		},
	},
	{ url: TARGET },
);

describe.each(browsers)('proxies, %s', (browser) => {
	test.each(['http-proxy', 'socks5-proxy'])('C02 %s that says nothing', async (variant) => {
		await using fault = await startFault('C02', { variant });
		await underInvariants({ browser, ...proxyOptions(fault.url), timeout: { proxy: 100 } }, async (watched) => {
			await expectOutcome(watched, TARGET, fails('ERR_TIMEOUT_PROXY', 'proxy'));
		});
	});

	test('P01 the proxy learns the target, and nothing of the request but who asks', async () => {
		await using fault = await startFault('P01', { variant: 'status-403' });
		await underInvariants({ browser, ...proxyOptions(fault.url) }, async (watched) => {
			const { error } = await attempt(watched.session, TARGET);
			expect([isProxyError(error), isTlsError(error)]).toEqual([true, false]);
			const [head = ''] = fault.log.connections[0]?.requests ?? [];
			const names = head
				.split('\r\n')
				.slice(1, -2)
				.map((line) => line.split(':')[0]?.toLowerCase());
			expect(head.split('\r\n')[0]).toBe('CONNECT target.example:443 HTTP/1.1');
			const connection = browser.startsWith('firefox') ? ['connection'] : [];
			expect(names.sort()).toEqual([...connection, 'host', 'proxy-authorization', 'proxy-connection', 'user-agent']);
		});
	});

	test.each(['http', 'socks5h', 'https', 'socks4a'])(
		'P01 no %s proxy there: an error, never a direct connection',
		async (kind) => {
			await using target = await startFault('C01'); // would answer
			await using gone = await startFault('P01');
			await gone.close();
			const proxy = `${kind}://127.0.0.1:${gone.port}`;
			await underInvariants({ browser, proxy: { url: proxy, noProxy: ['localhost'] } }, async (watched) => {
				const expected = fails('ERR_PROXY_CONNECTION', 'connect', { nodeCode: 'ECONNREFUSED' });
				await expectOutcome(watched, target.url, expected);
				expect(target.log.connections).toEqual([]);
			});
		},
	);

	test('P01 a proxy whose name is unknown is a failure of the proxy', async () => {
		const proxy = { url: 'http://proxy.invalid:3128', noProxy: ['localhost'] };
		await underInvariants({ browser, proxy }, async (watched) => {
			await expectOutcome(watched, TARGET, fails('ERR_PROXY_CONNECTION', 'resolve', { nodeCode: 'ENOTFOUND' }));
		});
	});
});
