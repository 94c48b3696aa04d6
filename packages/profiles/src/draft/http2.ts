/** Reads the frames of a visit as keys of the `http2` section; what they do not decide is the base profile's. */
import type { EngineSection, JsonValue } from '../types.ts';
import { draftHpack } from './hpack.ts';
import type { RecordedConnection, RecordedFrame, Recording } from './recording.ts';
import { windowThreshold } from './window-threshold.ts';

/** First flight of a connection: `http2` as its first request shows it. The connection must carry one. */
export function draftHttp2({ frames }: RecordedConnection, base: EngineSection): EngineSection {
	const at = frames.findIndex((frame) => frame.type === 'HEADERS');
	const [before, first, next] = [frames.slice(0, at), frames[at], frames.slice(at + 1)];
	const update = before.find((frame) => frame.type === 'WINDOW_UPDATE' && frame.stream === 0);
	const own = next.find((frame) => frame.type === 'WINDOW_UPDATE' && frame.stream === first?.stream);
	return {
		...base,
		settings: before.find((frame) => frame.type === 'SETTINGS' && frame.settings?.length)?.settings ?? [],
		connectionWindowIncrement: update?.increment ?? 0,
		...(own?.increment === undefined && base.streamWindowIncrement === undefined
			? {}
			: { streamWindowIncrement: own?.increment ?? 0 }),
		firstStreamId: first?.stream ?? 1,
		pseudoOrder: pseudoNames(first),
	};
}

const pseudoNames = (frame: RecordedFrame | undefined): string[] =>
	(frame?.headers ?? []).flatMap(([name]) => (name.startsWith(':') ? name.slice(1) : []));

/** Everything of `http2` that the whole visit shows. `seen` has the keys that it decides. */
export function draftHttp2Behaviour(
	recording: Recording,
	main: RecordedConnection,
	base: EngineSection,
): { section: EngineSection; seen: string[] } {
	const all = recording.connections.flatMap(({ frames }) => frames);
	const hpack = draftHpack(all, base.hpack as EngineSection);
	const connect = all.find(({ headers }) => headers?.some(([name]) => name === ':protocol'));
	const decided: Record<string, JsonValue | undefined> = {
		...dependency(main.frames),
		maxDataFrame: largestData(main.frames),
		flowControl: recording.download && flowControl(recording.download, base),
		connectPseudoOrder: connect && pseudoNames(connect),
	};
	const known = Object.entries(decided).flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]));
	const section: Record<string, JsonValue> = { ...base, ...Object.fromEntries(known), hpack: hpack.section };
	for (const [key, value] of known) if (value === null) delete section[key];
	const seen = known.flatMap(([key, value]) => (value === null ? [] : [key]));
	return { section, seen: [...seen, ...hpack.seen.map((key) => `hpack.${key}`)] };
}

/** What the parent of a stream is. Two requests were made at once, so a browser that builds a tree has shown it. */
function dependency(frames: readonly RecordedFrame[]): Record<string, JsonValue | undefined> {
	const heads = frames.filter(({ type }) => type === 'HEADERS');
	if (heads.length < 2) return {};
	const blocks = heads.flatMap(({ priority }) => priority ?? []);
	if (blocks.length === 0) return { dependency: 'none', priorityFrames: null };
	const first = frames.indexOf(heads[0] as RecordedFrame);
	const tree = frames.slice(0, first).filter(({ type, priority }) => type === 'PRIORITY' && priority);
	const parents = new Set(blocks.map(({ dependsOn }) => dependsOn));
	if (tree.length > 0 && tree.some(({ stream }) => parents.has(stream))) {
		const priorityFrames = tree.map(({ stream, priority }) => ({
			stream,
			dependsOn: priority?.dependsOn ?? 0,
			weight: priority?.weight ?? 16,
			exclusive: priority?.exclusive === 1,
		}));
		return { dependency: 'priority-frame-of-rank', priorityFrames };
	}
	const isFlat = parents.size === 1 && parents.has(0);
	return { dependency: isFlat ? 'root' : 'latest-same-or-higher', priorityFrames: null };
}

/** The size that a long body is cut into: seen only if some frame is followed by more of the same stream. */
function largestData(frames: readonly RecordedFrame[]): number | undefined {
	const lengths = frames.filter(({ type }) => type === 'DATA').map(({ length }) => length ?? 0);
	const largest = Math.max(0, ...lengths);
	return lengths.filter((length) => length === largest).length > 1 ? largest : undefined;
}

type FlowControl = { streamUpdateAbove: number; connectionUpdateAbove: number };

/** Thresholds at which windows are returned. A threshold of the base is kept if the increments lie right above it. */
function flowControl({ frames }: RecordedConnection, base: EngineSection): JsonValue | undefined {
	const known = base.flowControl as FlowControl & EngineSection;
	const streams = frames.filter(({ type }) => type === 'HEADERS').map(({ stream }) => stream);
	const settings = frames.find((frame) => frame.settings?.length)?.settings ?? [];
	const initial = settings.find(([id]) => id === 4)?.[1] ?? 65_535;
	const returned = (stream: number) => {
		const at = frames.findIndex((frame) => frame.type === 'HEADERS' && frame.stream === (streams.at(-1) ?? 0));
		const list = frames.slice(at + 1).filter((frame) => frame.type === 'WINDOW_UPDATE' && frame.stream === stream);
		return list.map(({ increment }) => increment ?? 0);
	};
	const unasked = base.streamWindowIncrement === undefined ? 0 : Number(base.streamWindowIncrement);
	const ofStream = returned(streams.at(-1) ?? 0).filter((increment, index) => index > 0 || increment !== unasked);
	const ofConnection = returned(0);
	if (ofStream.length === 0 || ofConnection.length === 0) return undefined;
	const connectionWindow = 65_535 + Number(base.connectionWindowIncrement ?? 0);
	return {
		...known,
		streamUpdateAbove: windowThreshold(ofStream, known.streamUpdateAbove, initial + unasked),
		connectionUpdateAbove: windowThreshold(ofConnection, known.connectionUpdateAbove, connectionWindow),
	};
}
