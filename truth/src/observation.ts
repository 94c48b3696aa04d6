import { setImmediate } from 'node:timers/promises';
import type { ConnectionRecord, Mirror, RequestRecord } from '@wiretwin/mirror';

/** What the peer saw of one side in one scenario. Connections without a request are left out (Chromium opens spare ones). */
export type Observation = {
	connections: ConnectionRecord[];
	/** In order of arrival. */
	requests: RequestRecord[];
	/** Connections that carried nothing, for the report. */
	idle: number;
};

const QUIET_TURNS = 40;
const MAX_TURNS = 20_000;

/** Takes what the mirror recorded since its last `reset()`, once what the client owes has arrived, and resets it. */
export async function observe(mirror: Mirror): Promise<Observation> {
	await untilSettled(mirror);
	const observation = structuredClone({
		connections: mirror.connections.filter((connection) => connection.requests.length > 0),
		requests: [...mirror.requests],
		idle: mirror.connections.filter((connection) => connection.requests.length === 0).length,
	});
	mirror.reset();
	return observation;
}

/**
 * A client's last frames (SETTINGS ACK, window updates) are on their way when its caller already has the answer. Waits
 * until each HTTP/2 connection has acknowledged SETTINGS and nothing new was read in a number of event loop turns.
 */
async function untilSettled(mirror: Mirror): Promise<void> {
	let quiet = 0;
	let last = -1;
	for (let turn = 0; turn < MAX_TURNS && quiet < QUIET_TURNS; turn++) {
		await setImmediate();
		const total = mirror.connections.reduce((sum, each) => sum + each.frames.length + each.tlsRecords.length, 0);
		const owed = mirror.connections.some(
			(each) => each.alpn === 'h2' && each.requests.length > 0 && !acknowledged(each),
		);
		quiet = total === last && !owed ? quiet + 1 : 0;
		last = total;
	}
}

function acknowledged(connection: ConnectionRecord): boolean {
	return connection.frames.some((frame) => frame.type === 'SETTINGS' && (frame.flags & 1) === 1);
}
