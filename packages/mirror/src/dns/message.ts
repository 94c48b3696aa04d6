/** DNS messages as a name server sees them (RFC 1035, 6891, 9460). Shares no code with the engine's reader. */

/** Numbers of what is asked for. */
export const recordTypes = { A: 1, CNAME: 5, SOA: 6, AAAA: 28, HTTPS: 65 } as const;

/** One record of an answer. `owner`: another name than the one that was asked for. */
export type DnsRecord = { owner?: string; ttl?: number } & (
	| { type: 'A' | 'AAAA'; address: string }
	| { type: 'CNAME'; target: string }
	| ({ type: 'HTTPS' } & HttpsRecord)
);

/** An HTTPS record; priority 0 is an alias. */
export type HttpsRecord = {
	priority: number;
	/** @default the owner itself */
	target?: string;
	mandatory?: readonly number[];
	alpn?: readonly string[];
	noDefaultAlpn?: boolean;
	port?: number;
	ipv4Hint?: readonly string[];
	ech?: Uint8Array;
	/** Parameters as bytes, for what has no name here or is malformed. */
	raw?: ReadonlyArray<readonly [key: number, value: Uint8Array]>;
};

/** A question, and what came with it. */
export type DnsQuery = {
	id: number;
	name: string;
	/** Number of the record type. */
	type: number;
	/** Length of the message, bytes. */
	length: number;
	recursion: boolean;
	/** OPT, if there is one. `padding` counts bytes; other options are hexadecimal digits. */
	edns: { payloadSize: number; padding: number | undefined; options: Array<[number: number, hex: string]> } | undefined;
	/** The question's bytes, to be repeated. */
	question: Buffer;
};

/** Reads a question; throws a `RangeError` if it is none. */
export function readQuery(message: Buffer): DnsQuery {
	const labels: string[] = [];
	let at = 12;
	for (let length = message.readUInt8(at); length > 0; length = message.readUInt8(at)) {
		labels.push(message.toString('latin1', at + 1, at + 1 + length));
		at += length + 1;
	}
	const end = at + 5;
	return {
		id: message.readUInt16BE(0),
		name: labels.join('.'),
		type: message.readUInt16BE(at + 1),
		length: message.length,
		recursion: (message.readUInt16BE(2) & 0x0100) !== 0,
		edns: message.readUInt16BE(10) === 0 ? undefined : readOpt(message, end),
		question: message.subarray(12, end),
	};
}

function readOpt(message: Buffer, start: number): NonNullable<DnsQuery['edns']> {
	const options: Array<[number, string]> = [];
	let padding: number | undefined;
	const end = start + 11 + message.readUInt16BE(start + 9);
	for (let at = start + 11; at < end; ) {
		const number = message.readUInt16BE(at);
		const length = message.readUInt16BE(at + 2);
		if (number === 12) padding = length;
		else options.push([number, message.toString('hex', at + 4, at + 4 + length)]);
		at += 4 + length;
	}
	return { payloadSize: message.readUInt16BE(start + 3), padding, options };
}

/** An answer with these records. */
export function writeAnswer(
	query: DnsQuery,
	records: readonly DnsRecord[],
	{ code = 0, truncated = false, id = query.id } = {},
): Buffer {
	const head = Buffer.alloc(12);
	head.writeUInt16BE(id, 0);
	head.writeUInt16BE(0x8180 | (truncated ? 0x0200 : 0) | code, 2);
	head.writeUInt16BE(1, 4);
	head.writeUInt16BE(records.length, 6);
	return Buffer.concat([head, query.question, ...records.map(writeRecord)]);
}

function writeRecord(record: DnsRecord): Buffer {
	const data = recordData(record);
	const head = Buffer.alloc(10);
	head.writeUInt16BE(recordTypes[record.type], 0);
	head.writeUInt16BE(1, 2);
	head.writeUInt32BE(record.ttl ?? 60, 4);
	head.writeUInt16BE(data.length, 8);
	return Buffer.concat([record.owner === undefined ? Buffer.from([0xc0, 12]) : writeName(record.owner), head, data]);
}

function recordData(record: DnsRecord): Buffer {
	if (record.type === 'CNAME') return writeName(record.target);
	if (record.type === 'HTTPS') return serviceData(record);
	return address(record.address);
}

function address(text: string): Buffer {
	if (!text.includes(':')) return Buffer.from(text.split('.').map(Number));
	const [front = '', back] = text.split('::');
	const groups = (part: string) => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16)));
	const [first, last] = [groups(front), groups(back ?? '')];
	const all = [...first, ...Array<number>(8 - first.length - last.length).fill(0), ...last];
	return Buffer.concat(all.map(short));
}

function writeName(name: string): Buffer {
	const labels = name.split('.').filter((label) => label !== '');
	return Buffer.concat([
		...labels.map((label) => Buffer.from([label.length, ...Buffer.from(label)])),
		Buffer.from([0]),
	]);
}

function serviceData(record: HttpsRecord): Buffer {
	const alpn = record.alpn?.map((name) => Buffer.from([name.length, ...Buffer.from(name)]));
	const named: Array<readonly [number, Uint8Array | undefined]> = [
		[0, record.mandatory && Buffer.concat(record.mandatory.map(short))],
		[1, alpn && Buffer.concat(alpn)],
		[2, record.noDefaultAlpn ? Buffer.alloc(0) : undefined],
		[3, record.port === undefined ? undefined : short(record.port)],
		[4, record.ipv4Hint && Buffer.concat(record.ipv4Hint.map(address))],
		[5, record.ech],
	];
	const parameters = [...named, ...(record.raw ?? [])].sort(([first], [second]) => first - second);
	const written = parameters.flatMap(([key, value]) => (value ? [short(key), short(value.length), value] : []));
	return Buffer.concat([short(record.priority), writeName(record.target ?? '.'), ...written]);
}

function short(number: number): Buffer {
	return Buffer.from([number >> 8, number & 0xff]);
}
