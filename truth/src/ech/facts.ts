import { type ClientHello, parseClientHello } from '@wiretwin/mirror';
import type { EchConnection } from './ech-servers.ts';

const HANDSHAKE = 22;
const PRE_SHARED_KEY = 41;
const GREASE_ECH_OR_REAL = 65_037;

/** How the hellos of a client are to be read. */
export type Reading = {
	/** The order of extensions says nothing. */
	readonly isShuffled: boolean;
	/** Payloads of GREASE have one of several lengths. */
	readonly drawsLengths: boolean;
};

/**
 * What the connections of a situation showed, each kind once, in no order: browsers open a second one ahead of need. Whether
 * a ticket was there is a matter of chance, too, but where it is asked for.
 */
export function factsOf(connections: readonly EchConnection[], reading: Reading, wantsTicket: boolean): string[] {
	const wanted = connections.filter((connection) => hasTicket(connection) === wantsTicket);
	const shapes = wanted.map((connection) => shape(connection, reading));
	return [...new Set(shapes)].sort();
}

/** What everybody on the way can read: the hello, and the one after a HelloRetryRequest. */
export const sentHellos = ({ sent }: EchConnection): ClientHello[] => hellos(records(Buffer.from(sent, 'hex')));

/** The hello that was meant; none if the server understood nothing. */
export const understoodHello = ({ understood }: EchConnection): ClientHello | undefined => hellos(frame(understood))[0];

/** Whether a connection wants to go on with an earlier session. */
export function hasTicket(connection: EchConnection): boolean {
	const hello = understoodHello(connection);
	return hello !== undefined && (hello.preSharedKey !== null || (hello.sessionTicketLength ?? 0) > 0);
}

function shape(connection: EchConnection, reading: Reading): string {
	const { isHidden } = connection;
	const outer = sentHellos(connection);
	const facts = outer.map((hello, index) => {
		const extensions = hello.extensions.map(({ id, name, raw }) => {
			const isDrawn = id === GREASE_ECH_OR_REAL && !isHidden && reading.drawsLengths && !isOfConfiguration(hello);
			return `${name === 'GREASE' ? name : id}:${isDrawn ? 'drawn' : raw.length / 2}`;
		});
		return `hello ${index + 1}: ${hello.serverName} suites ${hello.cipherIds.length}, ${arrange(extensions, reading)}`;
	});
	const [first] = outer;
	const inner = isHidden ? understoodHello(connection) : undefined;
	if (first && inner) {
		if (reading.isShuffled) facts.push(`ordered as outside: ${isOrderedAsOutside(inner, first)}`);
		const suites = inner.cipherIds.filter((id) => (id & 0x0f0f) !== 0x0a0a);
		facts.push(`inside: ${inner.serverName} suites ${suites}, ${arrange(inner.extensionOrder.map(String), reading)}`);
	}
	return facts.join('; ');
}

/** What the inner hello has of its own stands in front, then what it takes from the outer one, both in the outer order; a ticket last. */
function isOrderedAsOutside(inner: ClientHello, outer: ClientHello): boolean {
	const own = new Set([0, 43, GREASE_ECH_OR_REAL]);
	const ids = ({ extensions }: ClientHello) => extensions.map(({ id }) => id).filter((id) => id !== PRE_SHARED_KEY);
	const shared = ids(outer).filter((id) => ids(inner).includes(id));
	const expected = [...shared.filter((id) => own.has(id)), ...shared.filter((id) => !own.has(id))];
	return String(ids(inner)) === String(expected);
}

/** The cover is shown only with a real configuration. */
const isOfConfiguration = ({ serverName }: ClientHello): boolean =>
	serverName !== null && !serverName.startsWith('www.');

const arrange = (list: readonly string[], { isShuffled }: Reading): string =>
	`${isShuffled ? list.toSorted() : list}${list.at(-1)?.split(':')[0] === String(PRE_SHARED_KEY) ? ' ticket last' : ''}`;

/** The bytes of handshake records. */
function records(bytes: Buffer): Buffer {
	const parts: Buffer[] = [];
	for (let at = 0; at + 5 <= bytes.length; ) {
		const end = at + 5 + bytes.readUInt16BE(at + 3);
		if (bytes[at] === HANDSHAKE) parts.push(bytes.subarray(at + 5, end));
		at = end;
	}
	return Buffer.concat(parts);
}

function frame(bodyHex: string): Buffer {
	const body = Buffer.from(bodyHex, 'hex');
	return body.length === 0 ? body : Buffer.concat([Buffer.from([1, 0, body.length >> 8, body.length & 255]), body]);
}

function hellos(messages: Buffer): ClientHello[] {
	const found: ClientHello[] = [];
	for (let at = 0; messages[at] === 1; ) {
		const end = at + 4 + messages.readUIntBE(at + 1, 3);
		found.push(parseClientHello(messages.subarray(at, end)));
		at = end;
	}
	return found;
}
