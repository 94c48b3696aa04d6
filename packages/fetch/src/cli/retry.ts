import { setTimeout as wait } from 'node:timers/promises';
import { type CliCommand, UsageError } from './arguments.ts';

/** What became of one attempt. */
export type Attempt = { status?: number; retryAfter?: string | null; error?: unknown };

/** curl's, in milliseconds. */
const firstDelay = 1000;
const longestDelay = 600_000;
const transient: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);

/**
 * When a transfer is tried again, by curl's rules: after timeouts, names that cannot be looked up and some statuses, a
 * second later, then two, four ... up to ten minutes, or when the server says.
 */
export class Retries {
	readonly #command: CliCommand;
	readonly #most: number;
	readonly #started = performance.now();
	#done = 0;
	#delay = firstDelay;

	constructor(command: CliCommand) {
		this.#command = command;
		this.#most = count(command, 'retry');
	}

	/** Waits if there is to be another attempt; `say` hears why and how long. */
	async again(attempt: Attempt, say: (text: string) => void): Promise<boolean> {
		if (this.#done >= this.#most || !this.#isTransient(attempt)) return false;
		const fixed = count(this.#command, 'retry-delay') * 1000;
		const asked = retryAfter(attempt.retryAfter);
		const delay = Math.max(fixed > 0 ? fixed : this.#delay, asked);
		const most = count(this.#command, 'retry-max-time') * 1000;
		const spent = performance.now() - this.#started;
		// As curl counts: what the server asks for has to fit in, a wait of one's own only has to begin in time.
		if (most > 0 && (spent >= most || spent + asked > most)) return false;
		this.#done++;
		this.#delay = Math.min(this.#delay * 2, longestDelay);
		const left = this.#most - this.#done;
		say(`${reason(attempt)}. Will retry in ${Math.ceil(delay / 1000)} seconds. ${left} retries left.`);
		await wait(delay);
		return true;
	}

	#isTransient({ status, error }: Attempt): boolean {
		if (error === undefined) {
			return transient.has(status ?? 0) || (this.#command.has('retry-all-errors') && this.#fails(status ?? 0));
		}
		const code = String((error as { code?: unknown }).code ?? '');
		if (error instanceof UsageError || code.startsWith('ERR_INVALID')) return false;
		if (this.#command.has('retry-all-errors')) return true;
		if (code === 'ERR_CONNECTION_REFUSED') return this.#command.has('retry-connrefused');
		return code.startsWith('ERR_TIMEOUT_') || code.startsWith('ERR_DNS_');
	}

	#fails(status: number): boolean {
		return status >= 400 && (this.#command.has('fail') || this.#command.has('fail-with-body'));
	}
}

function reason({ status, error }: Attempt): string {
	if (error === undefined) return `HTTP status ${status}`;
	return error instanceof Error ? error.message.replaceAll('\n', ' ') : String(error);
}

/** Seconds, or a date; milliseconds from now. */
function retryAfter(value: string | null | undefined): number {
	if (!value) return 0;
	if (/^[0-9]+$/.test(value.trim())) return Math.min(Number(value) * 1000, longestDelay);
	const date = Date.parse(value);
	return Number.isNaN(date) ? 0 : Math.min(Math.max(0, date - Date.now()), longestDelay);
}

function count(command: CliCommand, name: string): number {
	const text = command.value(name);
	if (text === undefined) return 0;
	const value = Number(text);
	if (!Number.isInteger(value) || value < 0) throw new UsageError(`--${name} takes a whole number`);
	return value;
}
