/**
 * Which certificate a server shows.
 *
 * - `trusted`: signed by the authority, valid now, all names of `mirrorHosts`, 127.0.0.1 and ::1
 * - `expired`, `not-yet-valid`: as `trusted`, but yesterday's or tomorrow's
 * - `self-signed`: right names, signed by itself
 * - `wrong-host`: signed by the authority, for `wrong.example` only
 * - `no-ip`: signed by the authority, all DNS names, no IP address
 * - `wildcard`: `*.mirror.test` only
 * - `nul-in-name`: `www.mirror.test\0.evil.example` and nothing else
 * - `client-purpose`: right names, but its extended key usage is clientAuth
 * - `unknown-authority`: signed by a CA nobody trusts that carries the same name as ours
 */
export type CertificateKind =
	| 'trusted'
	| 'expired'
	| 'not-yet-valid'
	| 'self-signed'
	| 'wrong-host'
	| 'no-ip'
	| 'wildcard'
	| 'nul-in-name'
	| 'client-purpose'
	| 'unknown-authority';
