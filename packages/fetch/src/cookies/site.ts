import { loadTldts } from '#literal';

let loaded: ReturnType<typeof loadTldts> | undefined;

/** The list of public suffixes, 5 ms to load. */
function tldts(): ReturnType<typeof loadTldts> {
	loaded ??= loadTldts();
	return loaded;
}

const suffixRules = { allowPrivateDomains: true, extractHostname: false, validateHostname: false } as const;

/** Host name of a URL as cookies compare it: lower case (WHATWG URL did that), IPv6 without brackets. */
export function cookieHost(url: URL): string {
	const host = url.hostname;
	return host.startsWith('[') ? host.slice(1, -1) : host;
}

/**
 * Whether the host of a URL is an IP address; `host` as `cookieHost` gives it. The URL parser lets a colon into IPv6
 * addresses only. Node's `isIP` would compile an expression that takes 4 ms, a twentieth of a short program.
 */
export function isAddress(host: string): boolean {
	return host.includes(':') || isIpv4(host);
}

/** True if nobody may set a cookie for all hosts below `host` (`com`, `co.uk`, `github.io`, any single label). */
export function isPublicSuffix(host: string): boolean {
	if (isAddress(host)) return false;
	return tldts().getPublicSuffix(host, suffixRules) === host;
}

/** Whatever the list says, a name of one or two labels is a suffix or has a suffix of one label. */
const hasTwoLabels = /^[^.]+(?:\.[^.]+)?$/;

/** eTLD+1 of a host; an IP address or a bare public suffix stands for itself. */
export function registrableDomain(host: string): string {
	if (isAddress(host) || hasTwoLabels.test(host)) return host;
	return tldts().getDomain(host, suffixRules) ?? host;
}

/** The "site" of a URL, scheme included (HTML: obtain a site); also the CHIPS partition key. */
export function siteOf(url: URL): string {
	const { href } = url;
	if (lastSite.href === href) return lastSite.site;
	const site = `${url.protocol}//${registrableDomain(cookieHost(url))}`;
	if (href.length <= keptMax) lastSite = { href, site };
	return site;
}

/** Of the last URL: a request asks for the site of where it goes several times, and mostly goes where the last one went. */
let lastSite: { readonly href: string; readonly site: string } = { href: '', site: '' };
/** Longer URLs are not kept. */
const keptMax = 2048;

/**
 * Same site (HTML), which includes the scheme.
 * @param schemeless http and https are one site (profile: `schemelessSites`)
 */
export function isSameSite(left: URL, right: URL, schemeless = false): boolean {
	if (!schemeless && left.protocol !== right.protocol) return false;
	return (
		left.hostname === right.hostname || registrableDomain(cookieHost(left)) === registrableDomain(cookieHost(right))
	);
}

/** Same origin (HTML). */
export function isSameOrigin(left: URL, right: URL): boolean {
	return left.protocol === right.protocol && left.host === right.host;
}

/** Whether `Secure` cookies may be read and written: https, and http on the local machine as in Chromium and Firefox. */
export function isSecureChannel(url: URL): boolean {
	return url.protocol === 'https:' || url.protocol === 'wss:' || isLoopback(cookieHost(url));
}

/** W3C Secure Contexts 3.1: loopback addresses and `localhost` names. */
export function isLoopback(host: string): boolean {
	if (host === 'localhost' || host.endsWith('.localhost') || host === '::1') return true;
	return host.startsWith('127.') && isIpv4(host);
}

/** As `isIPv4` of `node:net`, whose regular expression costs a new process more than all else that it does with a host. */
function isIpv4(host: string): boolean {
	const last = host.charCodeAt(host.length - 1);
	if (!(last >= 0x30 && last <= 0x39)) return false;
	const parts = host.split('.');
	return parts.length === 4 && parts.every((part) => String(Number(part) & 255) === part);
}
