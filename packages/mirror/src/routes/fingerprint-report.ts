import type { HeaderField, NegotiatedTls, PriorityFields, TlsRecordEntry } from '../capture/records.ts';
import type { HelloFingerprints } from '../fingerprints/fingerprint.ts';
import type { MirrorRequest } from '../servers/exchange.ts';

/** How many TLS records the report shows: the client's first flight and a little more. */
const REPORTED_RECORDS = 10;

/** What `/fingerprint` answers: the visitor as this connection saw it. */
export type FingerprintReport = {
	fingerprints: HelloFingerprints | null;
	akamai: string | null;
	tls: (NegotiatedTls & { helloLength: number; extensionOrder: (number | 'GREASE')[]; helloRetry: boolean }) | null;
	tlsRecords: TlsRecordEntry[];
	request: {
		protocol: string;
		method: string;
		path: string;
		headers: HeaderField[];
		priority: PriorityFields | null;
		hpackRepresentations: string[] | null;
	};
};

/** Collects the report for the request's own connection. */
export function fingerprintReport({ record, connection }: MirrorRequest): FingerprintReport {
	const { clientHello, negotiated } = connection;
	return {
		fingerprints: connection.fingerprints,
		akamai: connection.akamai,
		tls:
			negotiated && clientHello
				? {
						...negotiated,
						helloLength: clientHello.length,
						extensionOrder: clientHello.extensionOrder,
						helloRetry: connection.secondClientHello !== null,
					}
				: null,
		tlsRecords: connection.tlsRecords.slice(0, REPORTED_RECORDS),
		request: {
			protocol: record.protocol,
			method: record.method,
			path: record.path,
			headers: record.headers,
			priority: record.priority,
			hpackRepresentations: record.hpackRepresentations,
		},
	};
}
