import type { FrameRecord, PriorityFields } from '../capture/records.ts';
import { errorCode, type Frame, frameFlag, frameType, Http2Error } from './frame.ts';

const names: Record<number, string> = {
	0: 'DATA',
	1: 'HEADERS',
	2: 'PRIORITY',
	3: 'RST_STREAM',
	4: 'SETTINGS',
	5: 'PUSH_PROMISE',
	6: 'PING',
	7: 'GOAWAY',
	8: 'WINDOW_UPDATE',
	9: 'CONTINUATION',
	10: 'ALTSVC',
	12: 'ORIGIN',
	16: 'PRIORITY_UPDATE',
};
const PRIORITY_LENGTH = 5;
/** Payload bytes kept as hex. DATA keeps less: a large upload has thousands of such frames. */
const MAX_RAW = 2048;
const MAX_RAW_DATA = 64;

/** Describes a client frame for the record. @throws Http2Error when a fixed-size payload has the wrong length. */
export function describeFrame(frame: Frame, ms: number): FrameRecord {
	const { type, flags, streamId, payload } = frame;
	const limit = type === frameType.data ? MAX_RAW_DATA : MAX_RAW;
	const raw = payload.toString('hex', 0, limit) + (payload.length > limit ? '...' : '');
	const name = names[type] ?? `0x${type.toString(16)}`;
	const record: FrameRecord = { type: name, flags, stream: streamId, length: payload.length, ms, raw };
	switch (type) {
		case frameType.settings:
			if ((flags & frameFlag.ack) === 0) record.settings = readSettings(payload);
			break;
		case frameType.windowUpdate:
			record.increment = readU32(payload, 0, 4) & 0x7fffffff;
			break;
		case frameType.rstStream:
			record.errorCode = readU32(payload, 0, 4);
			break;
		case frameType.goAway:
			record.lastStream = readU32(payload, 0) & 0x7fffffff;
			record.errorCode = readU32(payload, 4);
			break;
		case frameType.priority:
			record.priority = readPriority(payload);
			break;
		case frameType.headers:
			if (flags & frameFlag.priority) record.priority = readPriority(withoutPadding(frame));
			break;
	}
	return record;
}

/** Payload of DATA or HEADERS without its padding. */
export function withoutPadding({ flags, payload }: Frame): Buffer {
	if ((flags & frameFlag.padded) === 0) return payload;
	const padding = payload[0] ?? 0;
	if (padding + 1 > payload.length) throw new Http2Error(errorCode.protocolError, 'padding longer than the frame');
	return payload.subarray(1, payload.length - padding);
}

/** Header block fragment of a HEADERS frame. */
export function headerFragment(frame: Frame): Buffer {
	const body = withoutPadding(frame);
	return frame.flags & frameFlag.priority ? body.subarray(PRIORITY_LENGTH) : body;
}

function readPriority(bytes: Buffer): PriorityFields {
	if (bytes.length < PRIORITY_LENGTH) throw new Http2Error(errorCode.frameSizeError, 'short priority fields');
	const dependency = bytes.readUInt32BE(0);
	return {
		exclusive: dependency >>> 31 === 1 ? 1 : 0,
		dependsOn: dependency & 0x7fffffff,
		weight: bytes.readUInt8(4) + 1,
	};
}

function readSettings(payload: Buffer): [number, number][] {
	if (payload.length % 6 !== 0) throw new Http2Error(errorCode.frameSizeError, 'SETTINGS length');
	const settings: [number, number][] = [];
	for (let at = 0; at < payload.length; at += 6)
		settings.push([payload.readUInt16BE(at), payload.readUInt32BE(at + 2)]);
	return settings;
}

function readU32(payload: Buffer, at: number, exactLength?: number): number {
	const fits = exactLength === undefined ? payload.length >= at + 4 : payload.length === exactLength;
	if (!fits) throw new Http2Error(errorCode.frameSizeError, 'wrong payload length');
	return payload.readUInt32BE(at);
}
