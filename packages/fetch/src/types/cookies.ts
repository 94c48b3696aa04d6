/** A cookie as `getAllCookies()` lists it. What is not stated is absent. */
export type CookieRecord = {
	name: string;
	value: string;
	domain: string;
	path: string;
	secure: boolean;
	httpOnly: boolean;
	/** `false`: the hosts below `domain` get it too. Absent: only this very host. */
	hostOnly?: false;
	/** Absent = not stated; it is treated as `Lax`. */
	sameSite?: 'Strict' | 'Lax' | 'None';
	/** Milliseconds since 1970. Absent = until the session ends. */
	expiresAtMs?: number;
	/** Top-level site of a partitioned cookie (CHIPS), `https://shop.example`. */
	partitionKey?: string;
};

/** A cookie to set: what `getAllCookies()` gives, and less. */
export type CookieInput = {
	/** A token. */
	name: string;
	/** What the server gets, as text. */
	value: string;
	/** Host that gets it; with a leading dot the hosts below it too. @default the host of the URL given beside the records */
	domain?: string | undefined;
	/** Paths that get it. @default '/' */
	path?: string | undefined;
	/** Only over https. @default false, but for a name with a prefix that asks for it */
	secure?: boolean | undefined;
	/** Not for scripts of a page; it changes nothing here but what is exported. @default false, but for a name with a prefix that asks for it */
	httpOnly?: boolean | undefined;
	/** `false`: the hosts below `domain` get it too. @default true unless `domain` begins with a dot */
	hostOnly?: boolean | undefined;
	/** Which other sites' requests carry it; in any case of letters. @default not stated: as `Lax` */
	sameSite?: 'Strict' | 'Lax' | 'None' | Lowercase<'Strict' | 'Lax' | 'None'> | undefined;
	/** Milliseconds since 1970; a time that is over removes the cookie. @default until the session ends */
	expiresAtMs?: number | undefined;
	/** Top-level site that the cookie is for alone (CHIPS). */
	partitionKey?: string | undefined;
};
