import { createHash } from 'node:crypto';
import {
	type ClientHello,
	type ConnectionRecord,
	isGrease,
	type Mirror,
	type RequestRecord,
	startMirror,
} from '@wiretwin/mirror';
import { withSession } from 'wiretwin';
import {
	type BrowserCapture,
	type CapturedProfile,
	FIRST_FLIGHT_RECORDS,
	readBrowserCapture,
} from './browser-capture.ts';
import type { ComparisonRow } from './table.ts';

/** The captures were taken with this host on port 443; `resolve` leads it to the mirror's port without a byte changed. */
const CAPTURED_HOST = 'www.mirror.test';

type Observation = { connection: ConnectionRecord; request: RequestRecord };

async function navigate(mirror: Mirror, profile: CapturedProfile): Promise<Observation> {
	await withSession(
		async (session) => {
			const response = await session.fetch(`https://${CAPTURED_HOST}/`);
			await response.text();
		},
		{
			browser: profile,
			os: 'linux',
			ca: mirror.caPem,
			resolve: { [`${CAPTURED_HOST}:443`]: [`127.0.0.1:${mirror.port}`] },
		},
	).finally(() => mirror.close());
	const connection = mirror.connections.at(-1);
	const request = connection?.requests[0];
	if (!connection || !request) throw new Error('the mirror saw no request');
	return { connection, request };
}

/** What stays of a hello's length when the parts that vary by design (SNI, GREASE ECH payload) are taken away. */
function fixedLength(hello: ClientHello): string {
	return String(hello.length - (hello.serverName?.length ?? 0) - (hello.ech?.payloadLength ?? 0));
}

/** GREASE values are random by design (RFC 8701), so only their places count. */
const numbers = (values: readonly number[]): string =>
	values.map((value) => (isGrease(value) ? 'GREASE' : value.toString(16).padStart(4, '0'))).join(' ');

function extensionOrder(hello: ClientHello, shuffled: boolean): string {
	const order = hello.extensionOrder.map(String);
	if (!shuffled) return order.join(' ');
	const inner = order.filter((id) => id !== 'GREASE').sort((a, b) => Number(a) - Number(b));
	return `${order[0]} {${inner.join(' ')}} ${order.at(-1)}`;
}

const digest = (hex: string): string =>
	`${hex.length / 2} B, sha256 ${createHash('sha256').update(hex, 'hex').digest('hex').slice(0, 16)}`;

const recordList = (records: readonly (readonly [number, number])[]): string =>
	records.map(([type, length]) => `${type}:${length}`).join(' ');

function helloRows(browser: BrowserCapture, hello: ClientHello): ComparisonRow[] {
	// Chromium shuffles its extensions on each connection, so only the set and the fixed places can be compared.
	const shuffled = browser.hello.extensionOrder[0] === 'GREASE';
	const row = (field: string, show: (hello: ClientHello) => string): ComparisonRow => ({
		field,
		browser: show(browser.hello),
		wiretwin: show(hello),
	});
	return [
		row(shuffled ? 'TLS extensions (set)' : 'TLS extensions (order)', (one) => extensionOrder(one, shuffled)),
		row('TLS cipher suites', (one) => numbers(one.cipherIds)),
		row('TLS groups', (one) => numbers(one.supportedGroups)),
		row('TLS key shares', (one) => one.keyShares.map((share) => `${numbers([share.group])}:${share.length}`).join(' ')),
		row('TLS signature algs', (one) => numbers(one.signatureAlgorithms)),
		row('hello length (fixed part)', fixedLength),
	];
}

function http2Rows(browser: BrowserCapture, { connection, request }: Observation): ComparisonRow[] {
	const priority = (one: { exclusive: number; dependsOn: number; weight: number } | null): string =>
		one ? `weight ${one.weight}, exclusive ${one.exclusive}, on ${one.dependsOn}` : 'none';
	const names = (headers: readonly (readonly [string, string])[]): string => headers.map(([name]) => name).join(' ');
	const [, ...afterHello] = connection.tlsRecords;
	const records = afterHello.slice(0, FIRST_FLIGHT_RECORDS).map(([type, , length]) => [type, length] as const);
	return [
		{ field: 'Akamai HTTP/2', browser: browser.akamai, wiretwin: connection.akamai ?? 'none' },
		{ field: 'first flight (type:bytes)', browser: recordList(browser.records), wiretwin: recordList(records) },
		{ field: 'first stream', browser: String(browser.stream), wiretwin: String(request.streamId) },
		{ field: 'HEADERS priority', browser: priority(browser.priority), wiretwin: priority(request.priority) },
		{ field: 'header order', browser: names(browser.headers), wiretwin: names(request.headers) },
		{ field: 'HPACK block', browser: digest(browser.hpack), wiretwin: digest(request.hpackHex ?? '') },
	];
}

/** Navigates once over HTTP/2 and once over HTTP/1.1 and puts what the mirror saw beside the browser's capture. */
export async function compareWithBrowser(profile: CapturedProfile): Promise<{ title: string; rows: ComparisonRow[] }> {
	const browser = readBrowserCapture(profile);
	const http2 = await navigate(await startMirror(), profile);
	const http1 = await navigate(await startMirror({ protocols: ['http/1.1'] }), profile);
	const { clientHello, fingerprints } = http2.connection;
	if (!clientHello || !fingerprints) throw new Error('the mirror saw no ClientHello');
	const text = (head: string): string => digest(Buffer.from(head, 'latin1').toString('hex'));
	return {
		title: `${profile}: ${browser.browser} ${browser.version} (captured) and wiretwin (now)`,
		rows: [
			{ field: 'JA4', browser: browser.ja4, wiretwin: fingerprints.ja4 },
			{ field: 'JA3n', browser: browser.ja3n, wiretwin: fingerprints.ja3nHash },
			...helloRows(browser, clientHello),
			...http2Rows(browser, http2),
			{ field: 'HTTP/1.1 head', browser: text(browser.http1Head), wiretwin: text(http1.request.rawHead ?? '') },
		],
	};
}
