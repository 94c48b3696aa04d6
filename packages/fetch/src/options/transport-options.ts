import type { NativeIdentity, NativeTransportOptions } from '@wiretwin/core-native';
import {
	engineProfileJson,
	getProfile,
	isProfile,
	type Profile,
	ProfileError,
	type ProfileOptions,
	profileHopLimit,
	profileVariant,
} from '@wiretwin/profiles';
import { InvalidArgumentError } from '../errors/classes.ts';
import { checkFieldValue } from '../headers/check.ts';
import type { CheckServerIdentity } from '../tls/peer-certificate.ts';
import type { LookupFunction } from '../types/options.ts';
import { addressGuard } from './address-guard.ts';
import { booleanOption, choiceOption, countOption, objectOption, refuse, stringOption } from './checks.ts';
import { nameServers } from './dns.ts';
import { normalizeEch } from './ech.ts';
import { hostKeys } from './host-key.ts';
import { isIP } from './ip-version.ts';
import { refuseUnknown } from './near-match.ts';
import type { NormalizedProxy } from './proxy.ts';
import { chooseProxies } from './proxy-choice.ts';

/** Keys of `TransportOptions`. */
export const transportKeys = [
	'browser',
	'os',
	'brand',
	'thirdPartyCookies',
	'fullVersion',
	'proxy',
	'insecure',
	'locale',
	'acceptLanguage',
	'ca',
	'cert',
	'key',
	'pfx',
	'passphrase',
	'trustStore',
	'checkServerIdentity',
	'resolve',
	'lookup',
	'dns',
	'localAddress',
	'http1',
	'http2',
	'idleTimeout',
	'maxConnectionsPerOrigin',
	'keyLog',
	'denyPrivateAddresses',
	'ech',
	'io',
	'ioThreads',
] as const;
/** `IO_THREADS_MAX` of the engine's limits.rs. */
const ioThreadsMax = 64;
const known: ReadonlySet<string> = new Set(transportKeys);

/** Checked transport options. */
export type NormalizedTransport = {
	profile: Profile;
	locale: string | undefined;
	/** Exact `accept-language`, if it cannot be written as a locale. */
	acceptLanguage: string | undefined;
	/** For https. */
	proxy: NormalizedProxy | undefined;
	/** For http; another one only by `proxy: 'env'`. */
	httpProxy: NormalizedProxy | undefined;
	lookup: LookupFunction | undefined;
	checkServerIdentity: CheckServerIdentity | undefined;
	/** Without `proxy`: that is added unless the host is reached directly. */
	native: NativeTransportOptions;
};

/** Checks the options of `createTransport`. */
export function normalizeTransport(options: unknown): NormalizedTransport {
	const given = objectOption(options, 'options', `an object, as { browser: 'chrome' }`);
	refuseUnknown(given, known, 'the options');
	return normalizeKnown(given);
}

/** Checks the transport part of a session's options, whose names are known already. */
export function normalizeKnown(given: Record<string, unknown>): NormalizedTransport {
	const profile = chooseProfile(given);
	const { locale, acceptLanguage } = normalizeLanguage(given);
	const { https: proxy, http: httpProxy } = chooseProxies(given.proxy);
	const lookup = given.lookup;
	if (lookup !== undefined && typeof lookup !== 'function') refuse('lookup', 'a function');
	const check = given.checkServerIdentity;
	if (check !== undefined && typeof check !== 'function') refuse('checkServerIdentity', 'a function');
	return {
		profile,
		locale,
		acceptLanguage,
		proxy,
		httpProxy,
		lookup: lookup as LookupFunction | undefined,
		checkServerIdentity: check as CheckServerIdentity | undefined,
		native: nativeOptions(given, profile),
	};
}

function nativeOptions(given: Record<string, unknown>, profile: Profile): NativeTransportOptions {
	const native: NativeTransportOptions = { profile: engineProfileJson(profile), hopLimit: profileHopLimit(profile) };
	takeTrust(native, given);
	if (given.resolve !== undefined) native.resolve = normalizeResolve(given.resolve);
	const dns = nameServers(given.dns);
	if (dns) native.dns = dns;
	const only = protocols(given);
	if (only !== 'auto') native.protocols = only;
	const idle = countOption(given.idleTimeout, 'idleTimeout', 0);
	if (idle !== undefined) native.idleTimeoutMs = idle;
	const most = countOption(given.maxConnectionsPerOrigin, 'maxConnectionsPerOrigin', 1);
	if (most !== undefined) native.maxHttp1Connections = most;
	const keyLog = stringOption(given.keyLog, 'keyLog');
	if (keyLog !== undefined)
		native.keyLog = isPath(keyLog)
			? process.getBuiltinModule('node:path').resolve(keyLog)
			: refuse('keyLog', 'the path of a file');
	const guard = addressGuard(given.denyPrivateAddresses);
	if (guard) native.denyPrivateAddresses = guard;
	const ech = normalizeEch(given.ech);
	if (ech) native.ech = ech;
	const io = choiceOption(given.io, 'io', ['auto', 'thread', 'loop']);
	if (io !== undefined) native.io = io;
	const threads = countOption(given.ioThreads, 'ioThreads', 1, ioThreadsMax);
	if (threads !== undefined) native.ioThreads = threads;
	if (io === 'loop' && threads !== undefined && threads > 1) refuse('ioThreads', "1 with io: 'loop'");
	return native;
}

const isPath = (text: string): boolean => text !== '' && !text.includes('\0');

type TrustOptions = Pick<NativeTransportOptions, 'insecure' | 'ca' | 'trustStore' | 'identity' | 'localAddress'>;

/** Whom connections trust, as whom they show themselves, and from where they come. */
export function trustOptions(given: Record<string, unknown>): TrustOptions {
	const native: TrustOptions = {};
	takeTrust(native, given);
	return native;
}

function takeTrust(native: TrustOptions, given: Record<string, unknown>): void {
	if (booleanOption(given.insecure, 'insecure', false)) native.insecure = true;
	const ca = given.ca;
	if (ca !== undefined) native.ca = (Array.isArray(ca) ? ca : [ca]).map((item) => pem(item, 'ca'));
	const trustStore = choiceOption(given.trustStore, 'trustStore', ['bundled', 'system', 'combined', 'none']);
	if (trustStore !== undefined) native.trustStore = trustStore;
	const identity = normalizeIdentity(given);
	if (identity) native.identity = identity;
	const localAddress = stringOption(given.localAddress, 'localAddress');
	if (localAddress !== undefined)
		native.localAddress = isIP(localAddress) ? localAddress : refuse('localAddress', 'an IP address');
}

const states = ['sent', 'blocked', 'partitioned'] as const;

function chooseProfile(given: Record<string, unknown>): Profile {
	const browser = given.browser ?? 'chrome';
	if (typeof browser !== 'string' && !isProfile(browser)) {
		refuse('browser', 'the name of a profile or a profile made by defineProfile()');
	}
	const options: ProfileOptions = {};
	if (given.os !== undefined) options.os = stringOption(given.os, 'os') as NonNullable<ProfileOptions['os']>;
	if (given.brand !== undefined)
		options.brand = stringOption(given.brand, 'brand') as NonNullable<ProfileOptions['brand']>;
	const thirdPartyCookies = choiceOption(given.thirdPartyCookies, 'thirdPartyCookies', states);
	if (thirdPartyCookies !== undefined) options.thirdPartyCookies = thirdPartyCookies;
	const fullVersion = stringOption(given.fullVersion, 'fullVersion');
	if (fullVersion !== undefined) options.fullVersion = fullVersion;
	try {
		return isProfile(browser) ? profileVariant(browser, options) : getProfile(browser, options);
	} catch (error) {
		if (!(error instanceof ProfileError)) throw error;
		throw new InvalidArgumentError(error.message, 'ERR_INVALID_OPTION', error);
	}
}

function normalizeLanguage(given: Record<string, unknown>): {
	locale: string | undefined;
	acceptLanguage: string | undefined;
} {
	const locale = stringOption(given.locale, 'locale');
	const exact = stringOption(given.acceptLanguage, 'acceptLanguage');
	if (
		locale !== undefined &&
		!/^[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*(?:,\s*[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)*$/.test(locale)
	) {
		refuse('locale', 'a language tag or a comma-separated list of them');
	}
	if (exact === undefined) return { locale, acceptLanguage: undefined };
	checkFieldValue('accept-language', exact);
	// With weights the header engine takes the text as it is and puts it where the browser does.
	return exact.includes(';') ? { locale: exact, acceptLanguage: undefined } : { locale, acceptLanguage: exact };
}

function normalizeIdentity(given: Record<string, unknown>): NativeIdentity | undefined {
	const { cert, key, pfx } = given;
	const passphrase = stringOption(given.passphrase, 'passphrase');
	if (pfx === undefined && cert === undefined && key === undefined) return undefined;
	const withPassphrase = passphrase === undefined ? {} : { passphrase };
	if (pfx !== undefined) {
		if (cert !== undefined || key !== undefined) refuse('pfx', 'given without "cert" and "key"');
		if (!(pfx instanceof Uint8Array)) refuse('pfx', 'bytes');
		return { pfx: pfx as Uint8Array, ...withPassphrase };
	}
	if (cert === undefined || key === undefined) refuse('cert', 'given together with "key"');
	return { cert: pem(cert, 'cert'), key: pem(key, 'key'), ...withPassphrase };
}

function pem(value: unknown, name: string): string | Uint8Array {
	return typeof value === 'string' || value instanceof Uint8Array ? value : refuse(name, 'PEM text or bytes');
}

function normalizeResolve(value: unknown): Record<string, readonly string[]> {
	const map: Record<string, readonly string[]> = Object.create(null);
	for (const [host, addresses] of Object.entries(objectOption(value, 'resolve'))) {
		const list = typeof addresses === 'string' ? [addresses] : addresses;
		if (!Array.isArray(list) || list.length === 0 || !list.every((item) => typeof item === 'string')) {
			refuse(`resolve.${host}`, 'an IP address or a list of them');
		}
		for (const key of hostKeys(host)) map[key] = list as string[];
	}
	return map;
}

function protocols(given: Record<string, unknown>): 'auto' | 'http1' | 'http2' {
	const http1 = booleanOption(given.http1, 'http1', false);
	const http2 = booleanOption(given.http2, 'http2', false);
	if (http1 && http2) refuse('http1', 'given without "http2": each means that protocol only');
	return http1 ? 'http1' : http2 ? 'http2' : 'auto';
}
