import type { BodySource, BodyWatcher } from './body-source.ts';

/** Passes a body on and keeps it, until it is whole or longer than what is kept. What is given up is not kept. */
export class StoringSource implements BodySource {
	readonly #source: BodySource;
	readonly #largest: number;
	#store: ((body: Uint8Array) => void) | undefined;
	#parts: Uint8Array[] = [];
	#length = 0;
	#isReading = false;
	/** All has been read but for what is on its way; told to those who watch. */
	#ended = false;

	constructor(source: BodySource, largest: number, store: (body: Uint8Array) => void) {
		this.#source = source;
		this.#largest = largest;
		this.#store = store;
	}

	async read(): Promise<Uint8Array | null> {
		this.#isReading = true;
		const part = await this.#source.read();
		this.#isReading = false;
		if (part !== null) this.#add(part);
		if (part === null || this.#ended) this.#finish();
		return part;
	}

	async readAll(): Promise<Uint8Array> {
		const rest = await this.#source.readAll();
		this.#add(rest);
		this.#finish();
		return rest;
	}

	takeBuffered(): Uint8Array | undefined {
		const rest = this.#source.takeBuffered();
		if (rest === undefined) return undefined;
		this.#add(rest);
		this.#finish();
		return rest;
	}

	cancel(): void {
		this.#giveUp();
		this.#source.cancel();
	}

	watch(watcher: BodyWatcher): void {
		this.#source.watch?.((failure) => {
			if (failure === undefined) {
				this.#ended = true;
				// The last piece may be on its way here: the end comes behind it.
				if (!this.#isReading) this.#finish();
			}
			watcher(failure);
		});
	}

	get settled(): boolean {
		return this.#source.settled === true;
	}

	get failure(): unknown {
		return this.#source.failure;
	}

	get complete(): boolean {
		return this.#source.complete === true;
	}

	/** A copy: what is read belongs to the reader, who may change or transfer it. */
	#add(part: Uint8Array): void {
		if (this.#store === undefined || part.byteLength === 0) return;
		this.#length += part.byteLength;
		if (this.#length > this.#largest) this.#giveUp();
		else this.#parts.push(new Uint8Array(part));
	}

	#finish(): void {
		const store = this.#store;
		if (store === undefined) return;
		const [only] = this.#parts;
		const body = this.#parts.length === 1 && only ? only : Buffer.concat(this.#parts);
		this.#giveUp();
		store(body);
	}

	#giveUp(): void {
		this.#store = undefined;
		this.#parts = [];
	}
}
