// An addon without an engine, for javascript.mjs: it answers every request of a batch at the end of the turn. Layouts:
// docs/internals/binding.md. It speaks the protocol and has the version that the environment names.
'use strict';

const { ANSWERING_PROTOCOL, ANSWERING_VERSION } = process.env;
const text = [
	'',
	'127.0.0.1',
	'443',
	'127.0.0.1',
	'50000',
	'1,2,3,4,5,6,7',
	'',
	'1.3',
	'TLS_AES_128_GCM_SHA256',
	'X25519',
	'h2',
	'0011',
];
const fields = ['content-type', 'application/json', 'date', 'Mon, 30 Nov 2026 09:00:00 GMT', 'content-length', '100'];
const head = Buffer.from([...text, ...fields].join('\0'), 'latin1');
const body = Buffer.alloc(100, 'x');
const timings = Buffer.from('1,2,3,4,5,6,7,8', 'latin1');
const answer = Buffer.alloc(5 + 4 + 4 + head.length + 4 + body.length + 5 + 4 + timings.length);
answer[0] = 1;
answer.writeUInt16LE(200, 5);
answer[7] = 2;
answer[8] = 2;
answer.writeUInt32LE(head.length, 9);
head.copy(answer, 13);
answer.writeUInt32LE(body.length, 13 + head.length);
body.copy(answer, 17 + head.length);
const end = 17 + head.length + body.length;
answer[end] = 3;
answer.writeUInt32LE(timings.length, end + 5);
timings.copy(answer, end + 9);

/** Ids of the starts among packed commands; there are no others as long as bodies are read whole. */
function startsOf(packed, length) {
	const ids = [];
	for (let at = 0; at < length; ) {
		if (packed[at] !== 1) throw new Error('only starts are answered');
		ids.push(packed.readUInt32LE(at + 1));
		const flags = packed.readUInt32LE(at + 9);
		let next = at + 16;
		if (flags & 64) next += 4;
		if (flags & 128) next += 72;
		if (flags & 256) next += 8;
		if (flags & 512) next += 8;
		if (flags & 32_768) next += 4;
		next += 4 + packed.readUInt32LE(next);
		at = next + 1;
	}
	return ids;
}

exports.protocolVersion = () => Number(ANSWERING_PROTOCOL);
exports.buildId = () => `${ANSWERING_VERSION}+0`;
exports.certificates = () => [];
exports.openPort = (events, dispatch) => {
	const waiting = [];
	const deliver = () => {
		let length = 0;
		for (const id of waiting.splice(0)) {
			answer.copy(events, length);
			events.writeUInt32LE(id, length + 1);
			events.writeUInt32LE(id, length + end + 1);
			length += answer.length;
		}
		dispatch(length, undefined, undefined);
	};
	return {
		doorbell: () => null,
		take: () => {},
		submit: (packed, length) => {
			if (length === 0) return;
			if (waiting.length === 0) setImmediate(deliver);
			waiting.push(...startsOf(packed, length));
		},
		createTransport: () => ({ exportTickets: () => new Uint8Array(0), importTickets() {}, stats: () => ({}) }),
	};
};
