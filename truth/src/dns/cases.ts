import type { DnsRecord, HttpsRecord, ZoneAnswer } from '@wiretwin/mirror';

/** A host, what name servers say of it, and the URL that is visited. */
export type NameCase = {
	/** First label of the host, unique, shown in the report. */
	name: string;
	/** @default 127.0.0.1 */
	addresses?: ZoneAnswer | 'silence';
	/** @default none */
	records?: ZoneAnswer | 'silence';
	/** `{host}` is filled in. @default 'https://{host}/' */
	url?: string;
};

/** Domain of all cases. */
export const domain = 'names.mirror.test';

const https = (record: Partial<HttpsRecord>): ZoneAnswer => ({ records: [service(record)] });
const service = (record: Partial<HttpsRecord>): DnsRecord => ({ type: 'HTTPS', priority: 1, ...record });
const h2: Partial<HttpsRecord> = { alpn: ['h2'] };
const plain = 'http://{host}/';

/**
 * What browsers make of names: one case a line. Whoever meets an odd record adds a line and runs `make truth TRUTH=--only=dns`.
 * Waits are told apart by 1500 ms: Chromium waits for 50 at most, so load of the machine does not decide.
 */
export const cases: readonly NameCase[] = [
	{ name: 'no-record' },
	{ name: 'service', records: https(h2) },
	{ name: 'service-without-alpn', records: https({}) },
	{ name: 'port', records: https({ ...h2, port: 8443 }) },
	{ name: 'own-port', records: https({ ...h2, port: 443 }) },
	{ name: 'hint', records: https({ ...h2, ipv4Hint: ['127.0.0.2'] }) },
	{ name: 'alias', records: https({ priority: 0, target: `elsewhere.${domain}` }) },
	{ name: 'elsewhere', addresses: { records: [{ type: 'A', address: '127.0.0.3' }] } },
	{ name: 'target', records: https({ ...h2, target: `elsewhere.${domain}` }) },
	{ name: 'cname', addresses: { records: cname() } },
	{ name: 'mandatory-unknown', records: https({ ...h2, mandatory: [0x7777], raw: [[0x7777, Buffer.from('x')]] }) },
	{ name: 'two-services', records: { records: [service({ ...h2, priority: 2, port: 8443 }), service(h2)] } },
	{ name: 'records-silent', records: 'silence' },
	{ name: 'records-late', records: { ...https(h2), delayMs: 1500 } },
	{ name: 'records-servfail', records: { code: 2 } },
	{ name: 'records-nxdomain', records: { code: 3 } },
	{ name: 'addresses-late', addresses: later(1500), records: https(h2) },
	{ name: 'nxdomain', addresses: { code: 3 }, records: { code: 3 } },
	{ name: 'no-address', addresses: {}, records: https({ ...h2, ipv4Hint: ['127.0.0.1'] }) },
	{ name: 'other-port', url: 'https://{host}:8443/' },
	{ name: 'other-port-service', url: 'https://{host}:8443/', records: https(h2) },
	{ name: 'plain-no-record', url: plain },
	{ name: 'plain-service', url: plain, records: https(h2) },
	{ name: 'plain-without-alpn', url: plain, records: https({}) },
	{ name: 'plain-port', url: plain, records: https({ ...h2, port: 8443 }) },
	{ name: 'plain-alias', url: plain, records: https({ priority: 0, target: `elsewhere.${domain}` }) },
	{ name: 'plain-target', url: plain, records: https({ ...h2, target: `elsewhere.${domain}` }) },
	{
		name: 'plain-mandatory',
		url: plain,
		records: https({ ...h2, mandatory: [0x7777], raw: [[0x7777, Buffer.from('x')]] }),
	},
	{ name: 'plain-servfail', url: plain, records: { code: 2 } },
	{ name: 'plain-late', url: plain, records: { ...https(h2), delayMs: 1500 } },
];

function later(delayMs: number): ZoneAnswer {
	return { records: [{ type: 'A', address: '127.0.0.1' }], delayMs };
}

function cname(): DnsRecord[] {
	return [
		{ type: 'CNAME', target: `elsewhere.${domain}` },
		{ type: 'A', address: '127.0.0.3', owner: `elsewhere.${domain}` },
	];
}
