import { isWiretwinError } from '../errors/guards.ts';
import { UsageError } from './arguments.ts';

/** A file that was asked for could not be written. */
export class OutputError extends Error {
	constructor(file: string, cause: unknown) {
		super(`cannot write ${file}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
	}
}

/** `-C`: the server does not go on where the file ends. */
export class ResumeError extends Error {}

/** curl's exit statuses by code of an error; the longest beginning that fits counts. */
const statuses: Readonly<Record<string, number>> = {
	ERR_INVALID_URL: 3,
	ERR_INVALID: 2,
	ERR_PROFILE: 2,
	ERR_DNS: 6,
	ERR_CONNECTION: 56,
	ERR_CONNECTION_REFUSED: 7,
	ERR_ADDRESS_UNREACHABLE: 7,
	ERR_TIMEOUT: 28,
	ERR_TLS: 35,
	ERR_TLS_CERT: 60,
	ERR_PROXY: 97,
	ERR_REDIRECT_TOO_MANY: 47,
	ERR_REDIRECT: 3,
	ERR_H1: 8,
	ERR_H2: 92,
	ERR_BODY: 18,
	ERR_BODY_TOO_LARGE: 63,
	ERR_DECODE: 61,
	ENOENT: 26,
	EACCES: 26,
	EISDIR: 26,
};

/** Exit status for a failure: curl's, so that scripts go on working. 1 for what curl has no number for. */
export function exitStatus(error: unknown): number {
	if (error instanceof UsageError) return 2;
	if (error instanceof OutputError) return 23;
	if (error instanceof ResumeError) return 33;
	const code = String((error as { code?: unknown } | undefined)?.code ?? '');
	const known = Object.keys(statuses)
		.filter((beginning) => code === beginning || code.startsWith(`${beginning}_`))
		.sort((left, right) => right.length - left.length)[0];
	if (known !== undefined) return statuses[known] as number;
	return isWiretwinError(error) && error.phase === 'input' ? 2 : 1;
}

/** One line, with the code where there is one. */
export function describe(error: unknown): string {
	if (!(error instanceof Error)) return String(error);
	const { code } = error as { code?: unknown };
	const shown = typeof code === 'string' && !error.message.includes(code) ? ` (${code})` : '';
	return `${error.message.replaceAll('\n', ' ')}${shown}`;
}
