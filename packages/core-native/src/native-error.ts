import type { Phase } from './types.ts';

const brand = Symbol.for('wiretwin.NativeError');

/** What a failure is made of, before it is an `Error` object. */
export type NativeErrorFields = {
	code: string;
	phase: Phase;
	nodeCode?: string | undefined;
	limitMs?: number | undefined;
	proxyStatus?: number | undefined;
	detail?: string | undefined;
	replayable?: boolean | undefined;
};

/** A failure of an exchange or of a transport. See the interface of the same name in `types.ts` for the fields. */
export class NativeError extends Error {
	override readonly name = 'NativeError';
	readonly code: string;
	readonly phase: Phase;
	declare readonly nodeCode?: string;
	declare readonly limitMs?: number;
	declare readonly proxyStatus?: number;
	declare readonly detail?: string;
	readonly replayable: boolean;

	constructor(fields: NativeErrorFields) {
		super(describe(fields));
		this.code = fields.code;
		this.phase = fields.phase;
		this.replayable = fields.replayable ?? false;
		if (fields.nodeCode !== undefined) this.nodeCode = fields.nodeCode;
		if (fields.limitMs !== undefined) this.limitMs = fields.limitMs;
		if (fields.proxyStatus !== undefined) this.proxyStatus = fields.proxyStatus;
		if (fields.detail !== undefined) this.detail = fields.detail;
	}

	static {
		Object.defineProperty(NativeError.prototype, brand, { value: true });
	}
}

/** True for a `NativeError` of any copy of this package and of any realm. */
export function isNativeError(value: unknown): value is NativeError {
	return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[brand] === true;
}

/** A caller's mistake: `TypeError` with `code: 'ERR_INVALID_ARG'`, thrown before a byte is sent. Never quotes the value. */
export function invalidArgument(what: string): TypeError & { code: 'ERR_INVALID_ARG' } {
	return Object.assign(new TypeError(what), { code: 'ERR_INVALID_ARG' as const });
}

function describe(fields: NativeErrorFields): string {
	const limit = fields.limitMs === undefined ? '' : ` after ${fields.limitMs} ms`;
	const status = fields.proxyStatus === undefined ? '' : ` (status ${fields.proxyStatus})`;
	const detail = fields.detail ? `: ${fields.detail}` : '';
	return `${fields.code} in phase "${fields.phase}"${limit}${status}${detail}`;
}
