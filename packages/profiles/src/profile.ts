/** Profiles as callers use them: a document made ready for one operating system and brand. */
import type { BrowserName } from './browser-name.ts';
import { ProfileError } from './errors.ts';
import { chooseFullVersion } from './full-version.ts';
import { createHeaderEngine } from './headers/layout.ts';
import type { HeaderLayout, LayoutRequest } from './headers/types.ts';
import { loadDocument, nameForSystem } from './registry.ts';
import type { Profile, ProfileDocument, ProfileOptions, ProfileOs, ThirdPartyCookies } from './types.ts';

/** Makes a document ready for use. */
export function profileFromDocument(document: ProfileDocument, options: ProfileOptions = {}): Profile {
	const os = options.os ?? document.os[0];
	if (os === undefined || !document.os.includes(os)) {
		throw new ProfileError(
			'ERR_PROFILE_OS',
			`${document.name} has no ${os} variant; it has ${document.os.join(', ')}`,
			document.os,
		);
	}
	const brands = Object.keys(document.headers.clientHints?.brands ?? {});
	if (options.brand !== undefined && !brands.includes(options.brand)) {
		const known = brands.length > 0 ? brands.join(', ') : 'none';
		throw new ProfileError(
			'ERR_PROFILE_BRAND',
			`${document.name} has no brand ${options.brand}; it has ${known}`,
			brands,
		);
	}
	const brand = options.brand ?? document.headers.clientHints?.brand;
	const profile: Profile = {
		name: document.name,
		browser: document.browser,
		version: document.version,
		os,
		brand,
		thirdPartyCookies: chooseThirdPartyCookies(document, brand, options.thirdPartyCookies),
		fullVersion: chooseFullVersion(document, options.fullVersion),
		verified: isVerified(document, os, brand) ? document.verified : 'derived',
		provenance: document.provenance,
		document,
	};
	made.add(profile);
	return profile;
}

function chooseThirdPartyCookies(
	{ name, headers: { thirdPartyCookies, clientHints } }: ProfileDocument,
	brand: string | undefined,
	wanted: ThirdPartyCookies | undefined,
): ThirdPartyCookies {
	const { normally, storageAccess } = thirdPartyCookies;
	const known = Object.keys(storageAccess);
	if (wanted === undefined) return clientHints?.brands[brand ?? '']?.thirdPartyCookies ?? normally;
	if (Object.hasOwn(storageAccess, wanted)) return wanted;
	throw new ProfileError(
		'ERR_PROFILE_COOKIES',
		`In ${name} third-party cookies cannot be ${wanted}; they are ${known.join(' or ')}`,
		known,
	);
}

function isVerified(document: ProfileDocument, os: string, brand: string | undefined): boolean {
	return os === (document.verifiedOs ?? document.os[0]) && brand === document.headers.clientHints?.brand;
}

/** Every profile of this process comes from `profileFromDocument`, so its document was shipped or checked. */
const made = new WeakSet<object>();

/** Whether a value is a profile of `getProfile` or `defineProfile`. A look-alike is not: nobody checked its document. */
export function isProfile(value: unknown): value is Profile {
	return typeof value === 'object' && value !== null && made.has(value);
}

/**
 * The same browser on another system, with another brand or build; the profile itself where nothing changes.
 * @throws ProfileError `ERR_PROFILE_OS`, `ERR_PROFILE_BRAND`, `ERR_PROFILE_VERSION`
 */
export function profileVariant(profile: Profile, options: ProfileOptions): Profile {
	const { os = profile.os, brand = profile.brand, fullVersion = profile.fullVersion } = options;
	// What the user has set stays; what he has not follows the product.
	const { clientHints, thirdPartyCookies: ofBrowser } = profile.document.headers;
	const usual = clientHints?.brands[profile.brand ?? '']?.thirdPartyCookies ?? ofBrowser.normally;
	const set = profile.thirdPartyCookies === usual ? undefined : profile.thirdPartyCookies;
	const { thirdPartyCookies = set } = options;
	const isSame = os === profile.os && brand === profile.brand && fullVersion === profile.fullVersion;
	if (isSame && thirdPartyCookies === set) return profile;
	return profileFromDocument(profile.document, {
		os,
		...(thirdPartyCookies === undefined ? {} : { thirdPartyCookies }),
		...(fullVersion === undefined ? {} : { fullVersion }),
		...(brand === undefined ? {} : { brand: brand as NonNullable<ProfileOptions['brand']> }),
	});
}

const profiles = new Map<string, Profile>();

/** Names as callers write them that stand for a profile with nothing chosen: whoever makes sessions all the time asks for the same. */
const plain = new Map<string, Profile>();

/** Spellings of a name are without number; a program uses a handful. */
const maxPlain = 64;

/**
 * A profile by name or alias. The same object is returned for the same arguments, unless they name a `fullVersion`.
 * @throws ProfileError `ERR_PROFILE_UNKNOWN`, `ERR_PROFILE_OS` (the browser has no such variant), `ERR_PROFILE_BRAND`,
 * `ERR_PROFILE_VERSION` (not a version of this release, or the browser tells nobody)
 * @example getProfile('chrome', { os: 'windows' })
 */
export function getProfile(name: BrowserName, options: ProfileOptions = {}): Profile {
	const { os, brand, fullVersion, thirdPartyCookies } = options;
	const isPlain =
		os === undefined && brand === undefined && fullVersion === undefined && thirdPartyCookies === undefined;
	const known = isPlain ? plain.get(name) : undefined;
	if (known !== undefined) return known;
	const profile = findProfile(name, options);
	if (isPlain && plain.size < maxPlain) plain.set(name, profile);
	return profile;
}

function findProfile(name: BrowserName, options: ProfileOptions): Profile {
	const document = loadDocument(nameForSystem(name, options.os));
	// Any number of them may be asked for.
	if (options.fullVersion !== undefined) return profileFromDocument(document, options);
	const key = `${document.name} ${options.os ?? ''} ${options.brand ?? ''} ${options.thirdPartyCookies ?? ''}`;
	const known = profiles.get(key);
	if (known !== undefined) return known;
	const profile = profileFromDocument(document, options);
	profiles.set(key, profile);
	return profile;
}

const engineTexts = new WeakMap<ProfileDocument, string>();

/**
 * JSON text of the engine's part of a profile, `{name, tls, http2, http1, dns}`. The text is the same string each time, so
 * the engine parses it once. Nothing in it depends on the operating system.
 */
export function engineProfileJson(profile: Profile): string {
	const known = engineTexts.get(profile.document);
	if (known !== undefined) return known;
	const { name, tls, http2, http1, dns } = profile.document;
	const text = JSON.stringify({ name, tls, http2, http1, dns });
	engineTexts.set(profile.document, text);
	return text;
}

/** What the systems' IP stacks start with: the setting of Windows (`DefaultTTL`), `ip_default_ttl` or `net.inet.ip.ttl` of the others. */
const hopLimits: { readonly [os in ProfileOs]: number } = { windows: 128, macos: 64, linux: 64, android: 64, ios: 64 };

/** Time to live (IPv4) or hop limit (IPv6) that packets from the profile's system start with: it tells that system. */
export function profileHopLimit(profile: Profile): number {
	return hopLimits[profile.os];
}

/** Lays one request out with the profile's default locale. */
export function layoutHeaders(profile: Profile, request: LayoutRequest): HeaderLayout {
	return createHeaderEngine(profile).layout(request);
}
