/** Status codes of a close frame that this side sends by itself (RFC 6455 7.4.1). */
export const closeCode = {
	normal: 1000,
	protocol: 1002,
	noStatus: 1005,
	abnormal: 1006,
	data: 1007,
	tooLarge: 1009,
} as const;

/** The peer broke the protocol: the connection ends with this code (RFC 6455 7.1.7, "Fail the WebSocket Connection"). */
export class SocketFailure extends Error {
	override readonly name = 'SocketFailure';
	readonly closeCode: number;
	constructor(code: number, message: string) {
		super(message);
		this.closeCode = code;
	}
}
