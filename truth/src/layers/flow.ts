import type { ConnectionRecord, FrameRecord } from '@wiretwin/mirror';
import type { BrowserRules, ReturnedSteps } from '../rules.ts';
import { eachConnection, type Fact, type Layer } from './layer.ts';

/** No browser lets more than this be consumed before it returns the window; first flights give more. */
const UNASKED_ABOVE = 10 * 1024 * 1024;

/**
 * Flow-control updates of a bulk transfer. A client returns its window when it has consumed a part of it, plus whatever
 * the read that crossed the line brought along: the increments are compared by the range that the
 * browser's own reads and frames allow. All of the connection's window is returned, so
 * the number of its updates counts; a stream gets none once its answer is complete, which is a race with the reader.
 */
export const flowLayer: Layer = {
	name: 'flow',
	facts: (observation, { rules, scenario }) =>
		scenario.bulk ? eachConnection(observation, (connection) => bulkFacts(connection, rules)) : [],
};

function bulkFacts({ frames, requests }: ConnectionRecord, { flow }: BrowserRules): Fact[] {
	const bulk = requests.at(-1)?.streamId ?? 0;
	const updates = frames.filter((frame) => frame.type === 'WINDOW_UPDATE');
	return [0, bulk].flatMap((stream) => {
		const ofStream = updates.filter((frame) => frame.stream === stream);
		const unasked = ofStream.filter(isUnasked).map((frame) => frame.increment);
		const returned = ofStream.filter((frame) => !isUnasked(frame)).map((frame) => frame.increment ?? 0);
		const name = stream === 0 ? 'connection' : 'stream';
		const facts = [
			{ label: `${name}, first flight`, value: unasked.join(' ') || 'none' },
			{ label: `${name}, steps`, value: stepsFact(returned, flow[name]) },
		];
		if (stream === 0) facts.push({ label: `${name}, number of updates`, value: String(returned.length) });
		return facts;
	});
}

/** That all increments are in the range; those that are not are shown. */
function stepsFact(increments: readonly number[], { from, to }: ReturnedSteps): string {
	if (increments.length === 0) return 'none';
	const outside = increments.filter((each) => each < from || each > to);
	return outside.length === 0 ? `${from} to ${to}` : outside.join(' ');
}

/** A window update of the first flight, not one that answers data. */
export function isUnasked(frame: FrameRecord): boolean {
	return (frame.increment ?? 0) > UNASKED_ABOVE;
}
