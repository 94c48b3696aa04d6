import type { ConnectionRecord, FrameRecord } from '@wiretwin/mirror';
import { eachConnection, type Fact, type Layer } from './layer.ts';

/** Increments are compared in steps of this many bytes. */
const STEP = 512 * 1024;
/** No browser lets more than this be consumed before it returns the window; first flights give more. */
const UNASKED_ABOVE = 10 * 1024 * 1024;

/**
 * Flow-control updates of a bulk transfer. A client returns its window when it has consumed a part of it, plus whatever
 * the read that crossed the line brought along. How much that is depends on timing, and so does, later on, how many
 * updates there are (Firefox returns less than usual when its reader lags). Deterministic are the first flight and the
 * part after which the first update is due.
 */
export const flowLayer: Layer = {
	name: 'flow',
	facts: (observation, { scenario }) =>
		scenario.bulk ? eachConnection(observation, (connection) => bulkFacts(connection)) : [],
};

function bulkFacts({ frames, requests }: ConnectionRecord): Fact[] {
	const bulk = requests.at(-1)?.streamId ?? 0;
	const updates = frames.filter((frame) => frame.type === 'WINDOW_UPDATE');
	const incrementsOf = (stream: number): number[] =>
		updates.filter((frame) => frame.stream === stream).map((frame) => frame.increment ?? 0);
	return [0, bulk].flatMap((stream) => {
		const increments = incrementsOf(stream);
		// The first flight's update, where the browser sends one, is exact; the first that answers data is rounded.
		const unasked = increments.filter((each) => each > UNASKED_ABOVE);
		const first = increments.find((each) => each <= UNASKED_ABOVE) ?? 0;
		const name = stream === 0 ? 'connection' : 'stream';
		return [
			{ label: `${name}, first flight`, value: unasked.join(' ') || 'none' },
			{ label: `${name}, first update in steps of ${STEP}`, value: String(Math.floor(first / STEP)) },
		];
	});
}

/** A window update of the first flight, not one that answers data. */
export function isUnasked(frame: FrameRecord): boolean {
	return (frame.increment ?? 0) > UNASKED_ABOVE;
}
