/** JSON of `session.export()`. Secret: it holds cookies and TLS tickets. */
export type SessionState = {
	version: 1;
	browser: string;
	os: string;
	cookies: ReadonlyArray<ExportedCookie>;
	/** Base64 of TLS session tickets. */
	tickets: string;
	/** Client hints that each origin asked for (Accept-CH). */
	clientHints: Readonly<Record<string, readonly string[]>>;
};

/** A cookie with everything that is needed to restore it. */
export type ExportedCookie = Readonly<Record<string, unknown>> & { readonly partitionKey?: string };
