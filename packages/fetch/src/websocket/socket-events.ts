/** How a `WebSocket` ended; Node 22 has no `CloseEvent` of its own. */
export class CloseEvent extends Event {
	/** Code of the peer's close frame; 1005 = it named none, 1006 = there was no close frame. */
	readonly code: number;
	readonly reason: string;
	/** Both sides said goodbye. */
	readonly wasClean: boolean;
	constructor(code: number, reason: string, wasClean: boolean) {
		super('close');
		this.code = code;
		this.reason = reason;
		this.wasClean = wasClean;
	}
}

/** Why a `WebSocket` failed; comes before `close`. */
export class SocketErrorEvent extends Event {
	/** A `WiretwinError`, or the reason of the caller's signal. */
	readonly error: unknown;
	readonly message: string;
	constructor(error: unknown) {
		super('error');
		this.error = error;
		this.message = error instanceof Error ? error.message : String(error);
	}
}
