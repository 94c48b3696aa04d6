import type { ConnectionRecord, FrameRecord } from '@wiretwin/mirror';
import { isUnasked } from './flow.ts';
import { eachConnection, type Fact, type Layer, lengthVaries } from './layer.ts';

/** HTTP/2 frames in their order: type, flags, stream, and the payload of those that no other layer compares. */
export const framesLayer: Layer = {
	name: 'frames',
	facts: (observation, { rules, scenario }) =>
		eachConnection(observation, (connection) =>
			withAckLast(connection)
				.filter((frame) => !(scenario.bulk && frame.type === 'WINDOW_UPDATE' && !isUnasked(frame)))
				.map((frame, index): Fact => {
					const request = connection.requests.find((each) => each.streamId === frame.stream);
					const varies = request !== undefined && lengthVaries(request, rules);
					return {
						label: `frame ${index + 1}`,
						value: `${frame.type} flags ${frame.flags} stream ${frame.stream} ${payload(frame, varies)}`.trimEnd(),
					};
				}),
		),
};

function payload(frame: FrameRecord, varies: boolean): string {
	switch (frame.type) {
		case 'HEADERS':
		case 'CONTINUATION':
		case 'PRIORITY':
			return ''; // layers hpack and priority
		case 'DATA':
			return varies ? 'length varies' : `${frame.length} bytes`; // layer body
		case 'SETTINGS':
			return (frame.settings ?? []).map(([id, value]) => `${id}:${value}`).join(' ');
		case 'PING':
			return `${frame.length} bytes`;
		default:
			return frame.raw;
	}
}

/** See `withAckLast` of the records layer: the place of the SETTINGS acknowledgement is a race. */
function withAckLast({ frames }: ConnectionRecord): FrameRecord[] {
	const isAck = (frame: FrameRecord): boolean => frame.type === 'SETTINGS' && (frame.flags & 1) === 1;
	return [...frames.filter((frame) => !isAck(frame)), ...frames.filter(isAck)];
}
