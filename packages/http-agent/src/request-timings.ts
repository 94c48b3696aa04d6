import type { Timings } from 'wiretwin';

/** Lengths of the parts of a request, ms. */
type Phases = {
	/** Until there was a socket. */
	wait: number | undefined;
	dns: number | undefined;
	tcp: number | undefined;
	tls: number | undefined;
	/** Sending the request. */
	request: number | undefined;
	/** From the last byte sent to the head of the answer. */
	firstByte: number | undefined;
	/** Reading the body. */
	download: number | undefined;
	/** All, also of a request that failed. */
	total: number | undefined;
};

/**
 * When the parts of a request ended, ms of the Unix epoch: the shape of `@szmarczak/http-timer`, which got and others
 * read from `request.timings`. It is there from the start, so that no client needs a dozen listeners to find it out.
 */
export class RequestTimings {
	readonly start: number = Date.now();
	readonly socket: number = this.start;
	lookup: number | undefined;
	connect: number | undefined;
	secureConnect: number | undefined;
	upload: number | undefined;
	response: number | undefined;
	end: number | undefined;
	error: number | undefined;
	abort: number | undefined;
	readonly phases: Phases = {
		wait: 0,
		dns: undefined,
		tcp: undefined,
		tls: undefined,
		request: undefined,
		firstByte: undefined,
		download: undefined,
		total: undefined,
	};

	/** A part of connecting has ended, while somebody watches. */
	mark(part: 'lookup' | 'connect' | 'secureConnect'): void {
		this[part] ??= Date.now();
		this.#measureConnecting();
	}

	/** The request has been sent. */
	markUpload(): void {
		this.upload = Date.now();
		this.#measureSending();
	}

	/**
	 * The head is here. What nobody watched is taken from the exchange: parts of a connection that was used before took no
	 * time of this request.
	 * @param opened When the exchange began, ms of the epoch.
	 */
	markResponse(opened: number, { resolve, connect, tls, send }: Timings, isSecure: boolean): void {
		this.response = Date.now();
		const at = (part: number | undefined, before: number): number =>
			part === undefined ? before : Math.max(before, Math.min(Math.round(opened + part), this.response as number));
		this.lookup ??= at(resolve, this.socket);
		this.connect ??= at(connect, this.lookup);
		if (isSecure) this.secureConnect ??= at(tls, this.connect);
		this.#measureConnecting();
		if (this.upload !== undefined) {
			this.upload = Math.min(this.upload, at(send, this.secureConnect ?? this.connect));
			this.#measureSending();
			this.phases.firstByte = this.response - this.upload;
		}
	}

	/** The body has been read to its end. */
	markEnd(): void {
		if (this.phases.total !== undefined) return; // failed before
		this.end = Date.now();
		this.phases.download = this.end - (this.response ?? this.end);
		this.phases.total = this.end - this.start;
	}

	/** The request or its body failed, or somebody gave it up. */
	markFailure(part: 'error' | 'abort'): void {
		this[part] = Date.now();
		this.phases.total = (this[part] as number) - this.start;
	}

	#measureConnecting(): void {
		const { lookup, connect, secureConnect, phases } = this;
		if (lookup !== undefined) phases.dns = lookup - this.socket;
		if (connect !== undefined) phases.tcp = connect - (lookup ?? this.socket);
		if (secureConnect !== undefined) phases.tls = secureConnect - (connect ?? this.socket);
	}

	#measureSending(): void {
		const connected = this.secureConnect ?? this.connect;
		if (this.upload !== undefined && connected !== undefined) this.phases.request = this.upload - connected;
	}
}
