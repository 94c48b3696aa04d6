/** What a session remembers besides its cookies and tickets, by kind. */
export type MemoryKind = 'hsts' | 'clientHints' | 'altSvc' | 'cache' | 'dictionaries' | 'names';

/** A host that wants to be asked over TLS only, as `session.export()` has it. */
export type ExportedHsts = {
	readonly host: string;
	/** Milliseconds since 1970. */
	readonly expires: number;
	readonly includeSubDomains: boolean;
	/** On pages of this site only. @default everywhere */
	readonly partition?: string;
};

/** Another place where an origin answers (RFC 7838). */
export type Alternative = {
	/** ALPN name, as `h3`. */
	readonly protocol: string;
	/** `''`: the origin's own. */
	readonly host: string;
	readonly port: number;
	/** Milliseconds since 1970. */
	readonly expires: number;
	/** Stays when the network changes. */
	readonly persist: boolean;
};

/** Where else an origin answers, as `session.export()` has it. */
export type ExportedAltSvc = {
	readonly origin: string;
	/** Site of the page. */
	readonly partition: string;
	readonly alternatives: readonly Alternative[];
};
