import type { FrameRecord } from '../capture/records.ts';

/**
 * Akamai's HTTP/2 fingerprint `settings|window|priorities|pseudo-order` from the client's frames in order, up to the
 * first HEADERS. A part that is absent is `` (settings), `00` (window) or `0` (priorities).
 */
export function akamai(frames: readonly FrameRecord[]): string {
	let settings = '';
	let window = '00';
	const priorities: string[] = [];
	let pseudoOrder = '';
	for (const frame of frames) {
		if (frame.settings && settings === '') settings = frame.settings.map(([id, value]) => `${id}:${value}`).join(';');
		else if (frame.type === 'WINDOW_UPDATE' && frame.stream === 0 && window === '00') window = String(frame.increment);
		else if (frame.type === 'PRIORITY' && frame.priority) {
			const { exclusive, dependsOn, weight } = frame.priority;
			priorities.push(`${frame.stream}:${exclusive}:${dependsOn}:${weight}`);
		} else if (frame.headers) {
			pseudoOrder = frame.headers.flatMap(([name]) => (name.startsWith(':') ? [name.charAt(1)] : [])).join(',');
			break;
		}
	}
	return `${settings}|${window}|${priorities.join(',') || '0'}|${pseudoOrder}`;
}
