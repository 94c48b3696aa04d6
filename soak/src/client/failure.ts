/** An answer that is not what was asked for, or a failure where there must be none. */
export class Wrong extends Error {
	override readonly name = 'Wrong';
}

/** Causes are followed so far. */
const DEPTH = 8;
/** Codes of ours, of the parsers of Node and undici, of the system's in the clothes of Node's, and of undici's. */
const CODE = /^(HPE_[A-Z_]+|ERR_[A-Z0-9_]+|E[A-Z]+[0-9]?|UND_ERR_[A-Z_]+)$/;

/**
 * What a failure calls itself, of itself or of one of its causes: a code, `AbortError`, `TimeoutError`. `undefined` for one that
 * names no reason: a slip of a program, ours or an adapter's.
 */
export function failureName(error: unknown): string | undefined {
	let name: string | undefined;
	for (let each = error, depth = 0; each instanceof Object && depth < DEPTH; depth++) {
		const { code, cause, name: own } = each as { code?: unknown; cause?: unknown; name?: unknown };
		// The innermost code is the engine's; what stands around it is a client's.
		if (typeof code === 'string' && CODE.test(code)) name = code;
		else if (own === 'AbortError' || own === 'TimeoutError') name ??= own;
		// undici's fetch refuses more codings than it likes, with an error of no name.
		else if (cause === undefined && own === 'Error' && depth > 0) name ??= 'no code';
		each = cause;
	}
	return name;
}

/** As a finding shows it. */
export function described(error: unknown): string {
	if (!(error instanceof Error)) return String(error);
	const cause = error.cause === undefined ? '' : ` (because: ${described(error.cause)})`;
	const code = (error as { code?: unknown }).code;
	return `${error.name}${code === undefined ? '' : ` ${String(code)}`}: ${error.message}${cause}`;
}
