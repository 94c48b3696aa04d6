/** Headers of wreq-js: names keep their case and order, unlike those of the fetch standard. */
import type { HeadersInit, HeaderTuple } from './types.ts';

type Entry = { name: string; values: string[] };

/** An ordered list of fields. A name is found in any case and shown as it was first written. */
export class Headers implements Iterable<HeaderTuple> {
	readonly #entries = new Map<string, Entry>();

	constructor(init?: HeadersInit) {
		if (init === undefined || init === null) return;
		if (Symbol.iterator in init) for (const [name, value] of init as Iterable<HeaderTuple>) this.append(name, value);
		else
			for (const [name, value] of Object.entries(init)) {
				if (value !== undefined && value !== null) this.set(name, value);
			}
	}

	append(name: string, value: unknown): void {
		const text = textOf(value);
		const entry = this.#entries.get(keyOf(name));
		if (entry === undefined) this.set(name, text);
		else entry.values.push(text);
	}

	set(name: string, value: unknown): void {
		this.#entries.set(keyOf(name), { name: name.trim(), values: [textOf(value)] });
	}

	get(name: string): string | null {
		return this.#entries.get(keyOf(name))?.values.join(', ') ?? null;
	}

	/** Each `set-cookie` by itself. */
	getSetCookie(): string[] {
		return [...(this.#entries.get('set-cookie')?.values ?? [])];
	}

	has(name: string): boolean {
		return this.#entries.has(keyOf(name));
	}

	delete(name: string): void {
		this.#entries.delete(keyOf(name));
	}

	*entries(): IterableIterator<HeaderTuple> {
		for (const [key, { name, values }] of this.#entries) {
			if (key === 'set-cookie') for (const value of values) yield [name, value];
			else yield [name, values.join(', ')];
		}
	}

	*keys(): IterableIterator<string> {
		for (const [name] of this) yield name;
	}

	*values(): IterableIterator<string> {
		for (const [, value] of this) yield value;
	}

	forEach(callback: (value: string, name: string, parent: Headers) => void, thisArg?: unknown): void {
		for (const [name, value] of this) callback.call(thisArg, value, name, this);
	}

	[Symbol.iterator](): IterableIterator<HeaderTuple> {
		return this.entries();
	}

	/** Names and values as an object; several values of one name are joined. */
	toObject(): Record<string, string> {
		return Object.fromEntries([...this.#entries.values()].map(({ name, values }) => [name, values.join(', ')]));
	}

	/** Names and values as a list of pairs. */
	toTuples(): HeaderTuple[] {
		return [...this];
	}
}

function keyOf(name: string): string {
	if (typeof name !== 'string' || name.trim() === '') throw new TypeError('The name of a header must be a text');
	return name.trim().toLowerCase();
}

function textOf(value: unknown): string {
	if (value === undefined || value === null) throw new TypeError('The value of a header must not be null or undefined');
	return String(value);
}
