import type { BodySource, BodyWatcher } from './body-source.ts';

/** What becomes of a body. */
export type Storing = {
	/** Called with the whole; nothing is kept without it. */
	store?: ((body: Uint8Array) => void) | undefined;
	/** Called once: it is whole, or will not be stored. */
	over?: (() => void) | undefined;
};

/** Passes a body on and keeps it, until it is whole or longer than what is kept. What is given up is not kept. */
export class StoringSource implements BodySource {
	readonly #source: BodySource;
	readonly #largest: number;
	#storing: Storing | undefined;
	#parts: Uint8Array[] = [];
	#length = 0;
	#isReading = false;
	/** All has been read but for what is on its way; told to those who watch. */
	#ended = false;
	/** Pieces that were read for others than the reader, who takes them from here. */
	#ahead: Uint8Array[] = [];
	#aheadLength = 0;
	/** Somebody reads ahead; settles with its next step. */
	#drained: PromiseWithResolvers<void> | undefined;
	/** The reader's own read that is under way. */
	#own: Promise<unknown> | undefined;
	/** The end, for a watcher, behind what was read ahead. */
	#tellEnd: (() => void) | undefined;

	constructor(source: BodySource, largest: number, storing: Storing) {
		this.#source = source;
		this.#largest = largest;
		this.#storing = storing;
	}

	async read(): Promise<Uint8Array | null> {
		for (;;) {
			const part = this.#source.failure === undefined ? this.#ahead.shift() : undefined;
			if (part !== undefined) {
				this.#aheadLength -= part.byteLength;
				this.#passEnd();
				return part;
			}
			if (this.#drained === undefined) break;
			await this.#drained.promise;
		}
		return await this.#asOwn(this.#pull());
	}

	async readAll(): Promise<Uint8Array> {
		if (this.#isAhead()) {
			const parts: Uint8Array[] = [];
			for (let part = await this.read(); part !== null; part = await this.read()) parts.push(part);
			return Buffer.concat(parts);
		}
		try {
			const rest = await this.#asOwn(this.#source.readAll());
			this.#add(rest);
			this.#finish();
			return rest;
		} catch (error) {
			this.#giveUp();
			throw error;
		}
	}

	takeBuffered(): Uint8Array | undefined {
		if (this.#isAhead()) return undefined;
		const rest = this.#source.takeBuffered();
		if (rest === undefined) return undefined;
		this.#add(rest);
		this.#finish();
		return rest;
	}

	/** Reads on whether or not the reader does, for those who wait for the whole; no more than is kept. */
	drain(): void {
		if (this.#storing === undefined || this.#drained !== undefined) return;
		this.#drained = Promise.withResolvers();
		void this.#drain().catch(() => {}); // who reads is told
	}

	cancel(): void {
		this.#giveUp();
		this.#ahead = [];
		this.#source.cancel();
	}

	watch(watcher: BodyWatcher): void {
		this.#source.watch?.((failure) => {
			if (failure !== undefined) this.#giveUp();
			else {
				this.#ended = true;
				// The last piece may be on its way here: the end comes behind it.
				if (!this.#isReading) this.#finish();
				if (this.#isAhead()) {
					this.#tellEnd = () => watcher(undefined);
					return;
				}
			}
			watcher(failure);
		});
	}

	get settled(): boolean {
		return this.#source.settled === true && !this.#isAhead();
	}

	get failure(): unknown {
		return this.#source.failure;
	}

	get complete(): boolean {
		return this.#source.complete === true;
	}

	async #drain(): Promise<void> {
		try {
			await this.#own?.catch(() => {});
			while (this.#storing !== undefined && !this.#ended) {
				const part = await this.#pull();
				if (part === null) break;
				this.#ahead.push(part);
				this.#aheadLength += part.byteLength;
				if (this.#aheadLength > this.#largest) this.#giveUp();
				this.#drained?.resolve();
				this.#drained = Promise.withResolvers();
			}
		} finally {
			this.#drained?.resolve();
			this.#drained = undefined;
			this.#passEnd();
		}
	}

	async #pull(): Promise<Uint8Array | null> {
		this.#isReading = true;
		let part: Uint8Array | null;
		try {
			part = await this.#source.read();
		} catch (error) {
			this.#giveUp();
			throw error;
		} finally {
			this.#isReading = false;
		}
		if (part !== null) this.#add(part);
		if (part === null || this.#ended) this.#finish();
		return part;
	}

	async #asOwn<T>(reading: Promise<T>): Promise<T> {
		this.#own = reading;
		try {
			return await reading;
		} finally {
			this.#own = undefined;
		}
	}

	#isAhead(): boolean {
		return this.#drained !== undefined || this.#ahead.length > 0;
	}

	#passEnd(): void {
		if (this.#isAhead() || this.#tellEnd === undefined) return;
		const tell = this.#tellEnd;
		this.#tellEnd = undefined;
		tell();
	}

	/** A copy: what is read belongs to the reader, who may change or transfer it. */
	#add(part: Uint8Array): void {
		if (this.#storing === undefined || part.byteLength === 0) return;
		this.#length += part.byteLength;
		if (this.#length > this.#largest) this.#giveUp();
		else if (this.#storing.store) this.#parts.push(new Uint8Array(part));
	}

	#finish(): void {
		const storing = this.#storing;
		if (storing === undefined) return;
		const [only] = this.#parts;
		const body = this.#parts.length === 1 && only ? only : Buffer.concat(this.#parts);
		this.#storing = undefined;
		this.#parts = [];
		storing.store?.(body);
		storing.over?.();
	}

	#giveUp(): void {
		const storing = this.#storing;
		this.#storing = undefined;
		this.#parts = [];
		storing?.over?.();
	}
}
