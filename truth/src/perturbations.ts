import type { BrowserName } from '@wiretwin/mirror/browsers';
import { defineProfile, type Profile, type ProfileDocument, type ProfileOptions } from '@wiretwin/profiles';
import type { LayerName } from './layers/layer.ts';

/** A profile made wrong in one place, and the layers that must notice; all others must stay equal. */
export type Perturbation = {
	name: string;
	/** Name of the scenario that must show it. @default 'typed navigation' */
	scenario?: string;
	/** Layers of that scenario. */
	noticedBy: readonly LayerName[];
	/** What is wrong on purpose is right in the other browser, or not seen there. */
	only?: BrowserName;
	apply(profile: Profile): Profile;
};

/** A profile's document, open for changes. */
export type Editable = { [key: string]: unknown } & { tls: Record<string, unknown>; http2: Record<string, unknown> };

/** A profile with something else in its document. */
export function edited(profile: Profile, edit: (document: Editable) => void): Profile {
	const document = structuredClone(profile.document) as ProfileDocument & Editable;
	edit(document);
	const options: ProfileOptions = { os: profile.os };
	if (profile.fullVersion !== undefined) options.fullVersion = profile.fullVersion;
	if (profile.brand !== undefined) options.brand = profile.brand as NonNullable<ProfileOptions['brand']>;
	return defineProfile(document, options);
}

/** Each proves that one layer looks at what it says it looks at. */
export const perturbations: readonly Perturbation[] = [
	{
		name: 'one header earlier',
		// The header block is the headers' bytes.
		noticedBy: ['headers', 'hpack'],
		apply: (profile) =>
			edited(profile, (document) => {
				const { templates, kinds } = document.headers as {
					templates: Record<string, unknown[]>;
					kinds: Record<string, { template: string }>;
				};
				const slots = templates[kinds.navigate?.template ?? ''] ?? [];
				const [one, other] = [slots.indexOf('accept'), slots.indexOf('user-agent')];
				[slots[one], slots[other]] = [slots[other], slots[one]];
			}),
	},
	{
		name: 'one SETTINGS value',
		noticedBy: ['frames'],
		apply: (profile) =>
			edited(profile, ({ http2 }) => {
				const settings = http2.settings as [number, number][];
				http2.settings = settings.map(([id, value]) => (id === 4 ? [id, value + 1] : [id, value]));
			}),
	},
	{
		name: 'without one TLS extension',
		noticedBy: ['hello'],
		apply: (profile) =>
			edited(profile, ({ tls }) => {
				tls.signedCertificateTimestamps = false;
				const order = tls.extensionOrder as { mode: string; order?: number[] };
				if (order.order) order.order = order.order.filter((id) => id !== 18);
			}),
	},
	{
		name: 'two cipher suites swapped',
		noticedBy: ['hello'],
		apply: (profile) =>
			edited(profile, ({ tls }) => {
				const ciphers = tls.ciphers as number[];
				tls.ciphers = [...ciphers.slice(0, -2), ...ciphers.slice(-2).reverse()];
			}),
	},
	{
		name: 'another HEADERS weight',
		noticedBy: ['priority'],
		apply: (profile) =>
			edited(profile, (document) => {
				const { priorities, kinds } = document.headers as {
					priorities: Record<string, { weight: number }>;
					kinds: Record<string, { priority: string }>;
				};
				const level = priorities[kinds.navigate?.priority ?? ''];
				if (level) level.weight -= 1;
			}),
	},
	{
		name: 'another connection window',
		noticedBy: ['frames'],
		apply: (profile) =>
			edited(profile, ({ http2 }) => {
				http2.connectionWindowIncrement = Number(http2.connectionWindowIncrement) + 1;
			}),
	},
	{
		name: 'one value that HPACK may index',
		noticedBy: ['hpack'],
		apply: (profile) =>
			edited(profile, ({ http2 }) => {
				const hpack = http2.hpack as { rules: unknown[] };
				hpack.rules = [{ name: 'upgrade-insecure-requests', representation: 'literal' }, ...hpack.rules];
			}),
	},
	{
		name: 'no connection for two hosts',
		scenario: 'sites and hosts',
		noticedBy: ['connections', 'hello', 'records', 'frames', 'hpack'],
		apply: (profile) =>
			edited(profile, ({ http2 }) => {
				http2.coalescing = 'none';
			}),
	},
	{
		name: 'one pool for all sites',
		scenario: 'sites and hosts',
		noticedBy: ['connections', 'hello', 'records', 'frames', 'hpack'],
		apply: (profile) =>
			edited(profile, (document) => {
				(document.headers as Record<string, unknown>).separateSites = false;
			}),
	},
	{
		name: 'credentials share the pool',
		scenario: 'credentials after none',
		noticedBy: ['connections', 'records', 'hpack'],
		only: 'chromium',
		apply: (profile) =>
			edited(profile, (document) => {
				(document.headers as Record<string, unknown>).separateAnonymous = false;
			}),
	},
	{
		name: '421 delivered',
		scenario: '421, own connection',
		noticedBy: ['connections', 'records', 'frames', 'hpack', 'headers', 'priority'],
		only: 'chromium', // one connection less in Firefox
		apply: (profile) =>
			edited(profile, ({ http2 }) => {
				http2.misdirected = 'deliver';
			}),
	},
	{
		name: '421 repeated elsewhere',
		scenario: '421, POST',
		noticedBy: ['connections', 'hello', 'records', 'frames', 'hpack'],
		apply: (profile) =>
			edited(profile, ({ http2 }) => {
				http2.misdirected = http2.misdirected === 'retry-on-new' ? 'retry-on-own' : 'retry-on-new';
			}),
	},
	{
		name: 'redirects end the other way',
		scenario: 'redirect that may be stored',
		noticedBy: ['records', 'frames'],
		apply: (profile) =>
			edited(profile, ({ http2 }) => {
				http2.resetEnded = http2.resetEnded !== true;
			}),
	},
	{
		name: 'HSTS as the other browser has it',
		scenario: 'HSTS, links',
		noticedBy: ['records', 'headers', 'hpack'],
		apply: (profile) =>
			edited(profile, (document) => {
				const { hsts } = document.headers as { hsts: { shows: boolean } };
				hsts.shows = !hsts.shows;
			}),
	},
	{
		name: 'critical hints with the next one',
		scenario: 'client hints that are critical',
		noticedBy: ['connections', 'records', 'frames', 'hpack', 'headers', 'priority'],
		only: 'chromium',
		apply: (profile) =>
			edited(profile, (document) => {
				const { kinds } = document.headers as { kinds: Record<string, { repeated?: string }> };
				for (const kind of Object.values(kinds)) delete kind.repeated;
			}),
	},
	{
		name: 'no dictionaries',
		scenario: 'dictionary',
		noticedBy: ['records', 'hpack', 'headers'],
		only: 'chromium',
		apply: (profile) =>
			edited(profile, (document) => {
				delete (document.headers as { dictionaries?: unknown }).dictionaries;
			}),
	},
	{
		name: 'a repetition with the first hello',
		scenario: '421, own connection',
		noticedBy: ['hello'],
		only: 'firefox',
		apply: (profile) =>
			edited(profile, ({ tls }) => {
				tls.retry = { certificateCompression: true };
			}),
	},
	{
		name: 'closing without an alert',
		scenario: '421, own connection',
		noticedBy: ['records'],
		only: 'firefox',
		apply: (profile) =>
			edited(profile, ({ tls }) => {
				tls.closeNotify = false;
			}),
	},
];
