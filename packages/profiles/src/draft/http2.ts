/** Reads the first flight of an HTTP/2 connection as keys of the `http2` section; the rest is the base profile's. */
import type { EngineSection } from '../types.ts';
import type { RecordedConnection } from './recording.ts';

/** `http2` as the connection's first request shows it. The connection must carry one. */
export function draftHttp2({ frames }: RecordedConnection, base: EngineSection): EngineSection {
	const at = frames.findIndex((frame) => frame.type === 'HEADERS');
	const [before, first, next] = [frames.slice(0, at), frames[at], frames.slice(at + 1)];
	const update = before.find((frame) => frame.type === 'WINDOW_UPDATE' && frame.stream === 0);
	const own = next.find((frame) => frame.type === 'WINDOW_UPDATE' && frame.stream === first?.stream);
	const pseudo = (first?.headers ?? []).flatMap(([name]) => (name.startsWith(':') ? name.slice(1) : []));
	return {
		...base,
		settings: before.find((frame) => frame.type === 'SETTINGS' && frame.settings?.length)?.settings ?? [],
		connectionWindowIncrement: update?.increment ?? 0,
		...(own?.increment === undefined && base.streamWindowIncrement === undefined
			? {}
			: { streamWindowIncrement: own?.increment ?? 0 }),
		firstStreamId: first?.stream ?? 1,
		pseudoOrder: pseudo,
	};
}
