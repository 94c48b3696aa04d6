import { nearest } from '../options/near-match.ts';
import { usage, withoutEffect } from './usage.ts';

/** A command line that makes no sense; exit status 2. */
export class UsageError extends Error {
	override readonly name = 'UsageError';
}

type Option = { long: string; takesValue: boolean };

const byLong = new Map<string, Option>();
const byShort = new Map<string, Option>();
for (const line of `${usage}${withoutEffect}`.split('\n')) {
	const match = /^ {2}(?:-(.), | {4})--([\w.-]+)( <)?/.exec(line);
	if (!match) continue;
	const option = { long: match[2] as string, takesValue: match[3] !== undefined };
	byLong.set(option.long, option);
	if (match[1] !== undefined) byShort.set(match[1], option);
}

/** An option as it was given; flags have the value `''`. */
export type GivenOption = { name: string; value: string };

/** A parsed command line. */
export class CliCommand {
	/** At least one; none for `--help` and `--version`. */
	readonly urls: readonly string[];
	readonly #given: readonly GivenOption[];

	constructor(given: readonly GivenOption[], urls: readonly string[]) {
		this.#given = given;
		this.urls = urls;
	}

	/** The flag was given, and not taken back by `--no-<name>` behind it. */
	has(name: string): boolean {
		return this.all(name, `no-${name}`).at(-1)?.name === name;
	}

	/** The last value of an option. */
	value(name: string): string | undefined {
		return this.all(name).at(-1)?.value;
	}

	/** Every value of an option, in order. */
	values(name: string): string[] {
		return this.all(name).map((option) => option.value);
	}

	/** Everything given of some options, in order. */
	all(...names: readonly string[]): GivenOption[] {
		for (const name of names) {
			if (!byLong.has(name.replace(/^no-/, ''))) throw new Error(`no such option: ${name}`);
		}
		return this.#given.filter((option) => names.includes(option.name));
	}
}

/** Reads a command line as curl does: `-sSLo file`, `-XPOST`, `--data text`. Throws `UsageError`. */
export function parseArguments(args: readonly string[]): CliCommand {
	const given: GivenOption[] = [];
	const urls: string[] = [];
	let index = 0;
	const readValue = (option: Option, attached: string | undefined): string => {
		if (!option.takesValue) {
			if (attached === undefined) return '';
			throw new UsageError(`option --${option.long} takes no value`);
		}
		const value = attached ?? args[++index];
		if (value === undefined) throw new UsageError(`option --${option.long} needs a value`);
		return value;
	};
	for (let onlyUrls = false; index < args.length; index++) {
		const argument = args[index] as string;
		if (onlyUrls || !/^-./s.test(argument)) urls.push(argument);
		else if (argument === '--') onlyUrls = true;
		else {
			const read = argument.startsWith('--')
				? [readLong(argument.slice(2), readValue)]
				: readShort(argument, readValue);
			given.push(...read);
			for (const { name, value } of read) if (name === 'url') urls.push(value);
		}
	}
	if (given.some(({ name }) => name === 'help' || name === 'version')) return new CliCommand(given, []);
	if (urls.length === 0) throw new UsageError('no URL is given; see wiretwin --help');
	return new CliCommand(
		given,
		urls.map((url) => withScheme(withoutEscapes(url))),
	);
}

/** Whether an option of this name, long or one letter, takes a value; `undefined` = there is none. */
export function takesValue(name: string): boolean | undefined {
	return (name.length === 1 ? byShort : byLong).get(name)?.takesValue;
}

type ReadValue = (option: Option, attached: string | undefined) => string;

function readLong(text: string, readValue: ReadValue): GivenOption {
	const equals = text.indexOf('=');
	const name = equals === -1 ? text : text.slice(0, equals);
	const negated = name.startsWith('no-') && !byLong.has(name) ? byLong.get(name.slice(3)) : undefined;
	if (negated && !negated.takesValue) return { name, value: readValue(negated, undefined) };
	const option = byLong.get(name);
	if (!option) throw unknown(`--${name}`, nearest(name, byLong.keys()));
	return { name, value: readValue(option, equals === -1 ? undefined : text.slice(equals + 1)) };
}

/** `-sSL`, and `-ofile` or `-o file` where a value follows. */
function readShort(argument: string, readValue: ReadValue): GivenOption[] {
	const given: GivenOption[] = [];
	const letters = [...argument.slice(1)];
	for (const [index, letter] of letters.entries()) {
		const option = byShort.get(letter);
		if (!option) throw unknown(`-${letter}`, undefined);
		const rest = letters.slice(index + 1).join('');
		given.push({ name: option.long, value: readValue(option, option.takesValue && rest !== '' ? rest : undefined) });
		if (option.takesValue) break;
	}
	return given;
}

function unknown(shown: string, near: string | undefined): UsageError {
	const hint = near === undefined ? '' : `; did you mean --${near}?`;
	return new UsageError(`unknown option ${shown}${hint} See wiretwin --help`);
}

/** Chrome and Safari copy brackets and braces with a backslash, because curl would expand them. */
function withoutEscapes(text: string): string {
	return text.replaceAll(/\\([[\]{}])/g, '$1');
}

/**
 * What a browser makes of an address without a scheme: https, but http for addresses, for names that no certificate is
 * issued for and for ports of one's own choice. curl takes http.
 */
function withScheme(text: string): string {
	if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return text;
	const [, host = '', port] = /^([^/?#]*?)(?::([0-9]+))?(?:[/?#]|$)/.exec(text) ?? [];
	const isOwn = /^[0-9.]+$|^\[|^[^.]+$|\.(?:localhost|test|example|invalid|local)\.?$/i.test(host);
	const plain = port === undefined ? isOwn : port !== '443';
	return `${plain ? 'http' : 'https'}://${text}`;
}
