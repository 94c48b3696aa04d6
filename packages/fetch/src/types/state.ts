import type { ExportedAltSvc, ExportedHsts } from './memory.ts';

/** JSON of `session.export()`. Secret: it holds cookies. */
export type SessionState = {
	version: 1;
	browser: string;
	os: string;
	/** Patch level that client hints tell; absent for browsers that tell none. */
	fullVersion?: string;
	/** Product in the brand list; absent for browsers that have none. */
	brand?: string;
	cookies: ReadonlyArray<ExportedCookie>;
	/** TLS session tickets, sealed with the session's `stateKey`; `''` without one. What is not sealed is never believed. */
	tickets: string;
	/** Client hints that each origin asked for (Accept-CH). */
	clientHints: Readonly<Record<string, readonly string[]>>;
	/** Hosts that want to be asked over TLS only (Strict-Transport-Security). @default none */
	hsts?: readonly ExportedHsts[];
	/** Where else origins answer (Alt-Svc). @default none */
	altSvc?: readonly ExportedAltSvc[];
};

/** A cookie with everything that is needed to restore it. */
export type ExportedCookie = Readonly<Record<string, unknown>> & { readonly partitionKey?: string };
