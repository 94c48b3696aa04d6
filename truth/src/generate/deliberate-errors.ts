import type { BrowserName } from '@wiretwin/mirror/browsers';
import type { Profile } from '@wiretwin/profiles';
import type { FetchInit } from 'wiretwin';
import { type Editable, edited } from '../perturbations.ts';
import type { Alter } from './wiretwin-side.ts';

/** Something wrong on purpose that no scenario was written for: the generator must come upon it by itself. */
export type DeliberateError = {
	name: string;
	only?: BrowserName;
	/** In what the browser is said to be. */
	apply?: (profile: Profile) => Profile;
	/** In what becomes of a call: as if the code did it. */
	alter?: Alter;
};

type Kinds = Record<string, Record<string, unknown>>;
type Headers = Record<string, Record<string, unknown>> & { kinds: Kinds };

const headersOf = (document: Editable): Headers => document.headers as Headers;

/** A kind of request with other facts. */
function kind(name: string, change: Record<string, unknown>): (profile: Profile) => Profile {
	return (profile) =>
		edited(profile, (document) => {
			const { kinds } = headersOf(document);
			const changed = { ...kinds[name], ...change };
			// `undefined` takes a fact away.
			kinds[name] = Object.fromEntries(Object.entries(changed).filter(([, value]) => value !== undefined));
		});
}

const document = (change: (document: Editable) => void) => (profile: Profile) => edited(profile, change);

const fields = (init: FetchInit): (readonly [string, string])[] =>
	(init.headers ?? []) as (readonly [string, string])[];
const withFields = (init: FetchInit, headers: (readonly [string, string])[]): FetchInit =>
	headers.length === 0 ? init : { ...init, headers };

const isEmpty = (body: unknown): boolean =>
	body === '' ||
	(body instanceof Blob && body.size === 0) ||
	(ArrayBuffer.isView(body) && body.byteLength === 0) ||
	(body instanceof URLSearchParams && body.size === 0);

export const deliberateErrors: readonly DeliberateError[] = [
	{ name: 'style sheets accept anything', apply: kind('style', { accept: 'any' }) },
	{ name: 'a prefetch does not say so', apply: kind('prefetch', { fixed: undefined }) },
	{ name: 'videos may be compressed', apply: kind('video', { acceptEncoding: undefined }) },
	{ name: 'audio without a range', apply: kind('audio', { fixed: undefined }) },
	{ name: 'an object says embed', apply: kind('object', { dest: 'embed' }) },
	{ name: 'frames accept what images do', apply: kind('iframe', { accept: 'image' }) },
	{ name: 'event streams may be cached', apply: kind('eventsource', { cache: undefined }) },
	{ name: 'a beacon without credentials', apply: kind('beacon', { credentials: 'omit' }) },
	{ name: 'module scripts without CORS', apply: kind('module', { mode: 'no-cors' }) },
	{
		name: 'low priority is the usual one',
		apply: (profile) => {
			const { priority } = profile.document.headers.kinds.fetch ?? {};
			return kind('fetch', { priorityLow: priority })(profile);
		},
	},
	{ name: 'fetch spells names its own way', apply: kind('fetch', { spelling: 'own' }) },
	{ name: 'XHR in the order of fetch', only: 'chromium', apply: kind('xhr', { template: 'fetch' }) },
	{ name: 'redirected pages as typed ones', apply: kind('navigate', { redirected: undefined }) },
	{ name: 'worker scripts accept images', apply: kind('worker', { accept: 'image' }) },
	{
		name: 'storage access for third parties',
		apply: document((profile) => {
			const { thirdPartyCookies } = headersOf(profile);
			const told = thirdPartyCookies?.storageAccess as Record<string, string | null>;
			for (const state of Object.keys(told)) told[state] = 'active';
		}),
	},
	{
		name: 'quotes in form names',
		apply: document((profile) => {
			const { form } = headersOf(profile);
			if (form) form.escape = (form.escape as [string, string][]).filter(([from]) => from !== '"');
		}),
	},
	{
		name: 'one byte more in DATA frames',
		apply: document(({ http2 }) => {
			http2.maxDataFrame = Number(http2.maxDataFrame) + 1;
		}),
	},
	{
		name: 'Huffman code by another rule',
		apply: document(({ http2 }) => {
			const hpack = http2.hpack as Record<string, unknown>;
			hpack.huffman = hpack.huffman === 'always' ? 'shorter' : 'always';
		}),
	},
	{
		name: 'streams depend on the root',
		only: 'chromium',
		apply: document(({ http2 }) => {
			http2.dependency = 'root';
		}),
	},
	{
		name: 'Connection comes first over HTTP/1.1',
		only: 'chromium',
		apply: document((profile) => {
			const http1 = profile.http1 as { leading: string[] };
			http1.leading = ['connection', 'host', 'content-length'];
		}),
	},
	{
		name: 'cookies indexed or not',
		apply: document(({ http2 }) => {
			const hpack = http2.hpack as { rules: { name: string }[] };
			const without = hpack.rules.filter(({ name }) => name !== 'cookie');
			hpack.rules =
				without.length < hpack.rules.length
					? without
					: ([{ name: 'cookie', representation: 'never-indexed' }, ...without] as typeof without);
		}),
	},
	{
		name: 'asked hints in another order',
		only: 'chromium',
		apply: document((profile) => {
			const { clientHints } = headersOf(profile);
			if (clientHints) clientHints.order = [...(clientHints.order as string[])].reverse();
		}),
	},
	{ name: 'no referrer policy', alter: ({ referrerPolicy: _policy, ...init }) => init },
	{
		name: 'empty bodies are none',
		alter: ({ body, ...init }) => (isEmpty(body) ? init : { ...init, ...(body === undefined ? {} : { body }) }),
	},
	{
		name: 'fields of the caller sorted',
		alter: (init) =>
			withFields(
				init,
				[...fields(init)].sort(([one], [other]) => (one < other ? -1 : 1)),
			),
	},
	{
		name: 'fields of the caller in lower case',
		alter: (init) =>
			withFields(
				init,
				fields(init).map(([name, value]) => [name.toLowerCase(), value] as const),
			),
	},
	{
		name: 'empty fields dropped',
		alter: (init) =>
			withFields(
				init,
				fields(init).filter(([, value]) => value !== ''),
			),
	},
	{
		name: 'credentials to every origin',
		alter: (init) => (init.kind === 'fetch' ? { ...init, credentials: 'include' } : init),
	},
	{ name: 'crossorigin ignored', alter: ({ mode: _mode, credentials: _credentials, ...init }) => init },
	{ name: 'cache mode ignored', alter: ({ cache: _cache, ...init }) => init },
	{ name: 'scripts navigate as users', alter: ({ userActivation: _activation, ...init }) => init },
	{
		name: 'a type of a blob forgotten',
		alter: (init) => (init.body instanceof Blob ? { ...init, body: new Blob([init.body]) } : init),
	},
	{
		name: 'text in the wrong charset',
		alter: (init) => (typeof init.body === 'string' ? { ...init, body: Buffer.from(init.body, 'latin1') } : init),
	},
	{
		name: 'requests with bodies come late',
		alter: (init) => (init.body == null ? init : new Promise((resolve) => setImmediate(() => resolve(init)))),
	},
];
