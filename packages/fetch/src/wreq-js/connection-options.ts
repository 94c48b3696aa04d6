/** Connection options of wreq-js as those of wiretwin. What has no counterpart is refused with a sentence. */
import { getProfile, type Profile, type ProfileOs } from '@wiretwin/profiles';
import { refusePromising } from '../options/neighbour-options.ts';
import type { TransportOptions } from '../types/options.ts';
import { customProfile, emulatedHeaders } from './emulation.ts';
import { RequestError, translated } from './request-error.ts';
import type { CreateTransportOptions, HeadersInit, RequestInit, TrustStoreMode } from './types.ts';

const TRUST_STORES: { readonly [mode in TrustStoreMode]: NonNullable<TransportOptions['trustStore']> } = {
	combined: 'combined',
	mozilla: 'bundled',
	defaultPaths: 'system',
};

/** Connections to one host that a browser keeps at most. */
const BROWSER_CONNECTIONS = 6;

/** The options that say what connections are like. */
export type ConnectionInit = Pick<RequestInit, 'browser' | 'os' | 'emulation' | 'proxy' | 'insecure' | 'trustStore'>;
export const connectionKeys = ['browser', 'os', 'emulation', 'proxy', 'insecure', 'trustStore'] as const;

/** Throws for an unknown option that promises what would not be done. `keys`: those that there are beside `connectionKeys`. */
export function refuseUnknownPromise(given: object | null | undefined, keys: readonly string[], where: string): void {
	translated(() => refusePromising(given, new Set([...connectionKeys, ...keys]), where));
}

/** A profile by name; without `os` on macOS, as wreq-js has it, where the browser runs there. */
export function chosenProfile(browser: string | undefined, os: ProfileOs | undefined): Profile {
	return translated(() => {
		if (browser !== undefined && typeof browser !== 'string') throw new RequestError('"browser" must be a name');
		const profile = getProfile(browser ?? 'chrome', os === undefined ? {} : { os });
		return os === undefined && profile.document.os.includes('macos')
			? getProfile(profile.name, { os: 'macos' })
			: profile;
	});
}

/** Options of `createTransport`. */
export function transportOptions(init: ConnectionInit): TransportOptions {
	const { browser, os, emulation, proxy, insecure, trustStore = 'combined' } = init;
	if (!Object.hasOwn(TRUST_STORES, trustStore))
		throw new RequestError('"trustStore" must be one of combined, mozilla, defaultPaths');
	if (browser === undefined && os === undefined && Object.keys(emulation ?? {}).length > 0)
		throw new RequestError('"emulation" changes a browser: name one as "browser", there is no client without identity');
	const profile = customProfile(chosenProfile(browser, os), emulation);
	return {
		browser: profile,
		trustStore: TRUST_STORES[trustStore],
		...(proxy === undefined ? {} : { proxy }),
		...(insecure === undefined ? {} : { insecure }),
	};
}

/** The fields that `emulation` adds to each request. */
export function defaultFields(init: ConnectionInit): HeadersInit | undefined {
	return emulatedHeaders(init.emulation);
}

/** The part of `createTransport` that concerns the pool and names. */
export function poolOptions(options: CreateTransportOptions): TransportOptions {
	const { poolIdleTimeout, poolMaxIdlePerHost, poolMaxSize, resolve } = options;
	positive(poolIdleTimeout, 'poolIdleTimeout');
	positive(poolMaxSize, 'poolMaxSize');
	if (poolMaxIdlePerHost !== undefined && (!Number.isInteger(poolMaxIdlePerHost) || poolMaxIdlePerHost < 0))
		throw new RequestError('"poolMaxIdlePerHost" must be a whole number of 0 or more');
	const most = Math.min(poolMaxIdlePerHost ?? BROWSER_CONNECTIONS, poolMaxSize ?? BROWSER_CONNECTIONS);
	return {
		...(poolIdleTimeout === undefined ? {} : { idleTimeout: poolIdleTimeout }),
		...(most > 0 && most < BROWSER_CONNECTIONS ? { maxConnectionsPerOrigin: Math.floor(most) } : {}),
		...(resolve === undefined ? {} : { resolve: addresses(resolve) }),
	};
}

/** Throws unless `value` is absent or above 0. */
export function positive(value: number | undefined, name: string): void {
	if (value !== undefined && !(Number.isFinite(value) && value > 0))
		throw new RequestError(`"${name}" must be a number above 0`);
}

/** The port of an address counts for nothing in wreq-js: it is always that of the URL. */
function addresses(resolve: NonNullable<CreateTransportOptions['resolve']>): Record<string, string[]> {
	if (typeof resolve !== 'object' || resolve === null || Array.isArray(resolve))
		throw new RequestError('"resolve" must be an object of hosts and addresses');
	const plain = (address: string) =>
		/^\[(.+)\](?::\d+)?$/.exec(address)?.[1] ?? address.replace(/^([\d.]+):\d+$/, '$1');
	return Object.fromEntries(
		Object.entries(resolve).map(([host, value]) => {
			const list = Array.isArray(value) ? value : [value];
			if (list.length === 0 || list.some((address) => typeof address !== 'string' || address.trim() === ''))
				throw new RequestError(`"resolve" must have at least one address for ${host}`);
			return [host, list.map((address) => plain(address.trim()))];
		}),
	);
}
