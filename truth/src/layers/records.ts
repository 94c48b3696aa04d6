import type { ConnectionRecord, TlsRecordEntry } from '@wiretwin/mirror';
import { eachConnection, type Fact, hasBoundary, type Layer } from './layer.ts';

const HANDSHAKE = 22;
const APPLICATION_DATA = 23;
/** Header of an HTTP/2 frame: the whole of a SETTINGS ACK. */
const EMPTY_FRAME = 9;

/** How the client cut its bytes into TLS records: type, version and length of each, in order. */
export const recordsLayer: Layer = {
	name: 'records',
	facts: (observation, { scenario }) => {
		// The reader's pace decides when a window update leaves in a bulk transfer, so records are compared up to it.
		if (scenario.bulk) return [];
		return eachConnection(observation, (connection) => {
			const varies = connection.requests.some(hasBoundary);
			const facts = inOrder(connection).map((record, index): Fact => {
				const length = isHello(record, connection) ? 'ClientHello' : varies && index > 3 ? 'varies' : record[2];
				return { label: `record ${index + 1}`, value: `${record[0]} ${record[1]} ${length}` };
			});
			return facts;
		});
	},
};

/** The hello's length varies with its ECH payload; the layer for the hello compares the rest. */
function isHello([type, , length]: TlsRecordEntry, { clientHello, secondClientHello }: ConnectionRecord): boolean {
	return type === HANDSHAKE && (length === clientHello?.length || length === secondClientHello?.length);
}

/**
 * The acknowledgement of the server's SETTINGS crosses the first requests on their way: whether it leaves before or
 * after them is a race that the same browser decides differently from run to run. It is compared as the last record.
 */
function inOrder(connection: ConnectionRecord): TlsRecordEntry[] {
	if (connection.protocol !== 'h2') return connection.tlsRecords;
	const overhead = recordOverhead(connection);
	const records = [...connection.tlsRecords];
	const ack = records.findIndex(([type, , length]) => type === APPLICATION_DATA && length === EMPTY_FRAME + overhead);
	if (ack >= 0) records.push(...records.splice(ack, 1));
	return records;
}

/** Bytes that encryption adds: TLS 1.3 content type and tag; TLS 1.2 AES-GCM explicit nonce and tag, ChaCha20 tag. */
function recordOverhead({ negotiated }: ConnectionRecord): number {
	if (negotiated?.version === 'TLSv1.3') return 17;
	return negotiated?.cipher.includes('CHACHA20') ? 16 : 24;
}
