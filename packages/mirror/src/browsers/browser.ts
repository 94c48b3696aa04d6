/** A real browser under remote control, with a fresh profile that trusts the mirror's CA. */
export interface Browser {
	readonly name: BrowserName;
	/** Full version, e.g. `156.0.8078.79`. */
	readonly version: string;
	/** Loads a URL as if typed into the address bar; resolves when the page's `load` event has fired. */
	navigate(url: string): Promise<void>;
	/** Clicks the first element that matches, with real input events, so that the page has user activation. */
	click(selector: string): Promise<void>;
	/** The same for a link or button that leads to another page; resolves when that page's `load` event has fired. */
	follow(selector: string): Promise<void>;
	/** Evaluates a script that takes the tab to another page, without a click; resolves when that page's `load` event has fired. */
	leave(expression: string): Promise<void>;
	reload(): Promise<void>;
	/** Evaluates an expression in the page, awaiting a promise; the result must be JSON. */
	evaluate<T>(expression: string): Promise<T>;
	/** Removes every cookie, so that scenarios do not see each other's (cookies know no ports). */
	forgetCookies(): Promise<void>;
	close(): Promise<void>;
}

export type BrowserName = 'chromium' | 'firefox';

export type BrowserOptions = {
	/** PEM of the CA that the browser shall trust. */
	caPem: string;
	/** PEM of further certificates that it shall trust. */
	moreCas?: readonly string[];
	/**
	 * PEM of a server's certificate, for Chromium where no file of its own profile says whom it trusts (Windows, macOS): its
	 * key is accepted whoever signed it.
	 */
	certificatePem?: string;
	/** Host names that lead to 127.0.0.1. */
	hosts: readonly string[];
	/** Program to start. @default Debian's name: `chromium`, `firefox-esr` */
	program?: string;
	/** DNS server over HTTPS that is asked for every name, instead of leading `hosts` to 127.0.0.1. @default none */
	dohUrl?: string;
	/** Name servers of the system are asked for every name, HTTPS records included, instead of leading `hosts` to 127.0.0.1. @default false */
	asksSystem?: boolean;
	/** HTTP proxy on loopback for every request. @default none */
	proxyPort?: number;
};
