import type { ConnectionRecord } from '@wiretwin/mirror';
import { eachConnection, type Fact, type Layer } from './layer.ts';

/** Updates are due when this much is consumed; one read more than that may come along. */
const GRANULE = 512 * 1024;

/**
 * Flow-control updates after the first flight. In a bulk transfer a client returns its window when a part of it is
 * consumed, plus what the read that crossed the line brought along; that last part depends on timing, so increments are
 * compared in steps of half a megabyte and each series by its first two, which nothing precedes.
 */
export const flowLayer: Layer = {
	name: 'flow',
	facts: (observation, { scenario }) =>
		scenario.bulk ? eachConnection(observation, (connection) => series(connection)) : [],
};

function series({ frames, requests }: ConnectionRecord): Fact[] {
	const streams = [0, ...requests.map((request) => request.streamId ?? 0)];
	return streams.flatMap((stream) => {
		const increments = frames
			.filter((frame) => frame.type === 'WINDOW_UPDATE' && frame.stream === stream)
			.map((frame) => frame.increment ?? 0);
		return [
			{ label: `stream ${stream}: all`, value: increments.join(' ') },
			{ label: `stream ${stream}: steps`, value: increments.map((each) => Math.floor(each / GRANULE)).join(' ') },
		];
	});
}
