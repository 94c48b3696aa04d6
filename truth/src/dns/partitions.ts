import type { FetchInit } from 'wiretwin';

/**
 * Two pages that load something of one host, the second after the first: it asks name servers only if what is known of names is kept
 * apart. Page: an origin, or `undefined` where the host itself is the page.
 */
export type PartitionCase = {
	/** Unique, shown in the report, and first label of the host. */
	name: string;
	/** Of the host. @default that of the other cases */
	domain?: string;
	first: PartitionVisit;
	second: PartitionVisit;
};

type PartitionVisit = { page: string | undefined; loads: keyof typeof loads };

const one = 'https://a.one.example';
const sibling = 'https://b.one.example';
const other = 'https://a.two.example';
/** Origin of a frame between a page and what it loads. */
const between = 'https://a.three.example';

/** Domains of the pages. */
export const pageDomains = ['one.example', 'two.example', 'three.example'];

export const partitions: readonly PartitionCase[] = [
	{ name: 'same-page', first: { page: one, loads: 'image' }, second: { page: one, loads: 'image' } },
	{ name: 'same-site', first: { page: one, loads: 'image' }, second: { page: sibling, loads: 'image' } },
	{ name: 'other-site', first: { page: one, loads: 'image' }, second: { page: other, loads: 'image' } },
	{ name: 'then-page', first: { page: one, loads: 'image' }, second: { page: undefined, loads: 'image' } },
	{ name: 'page-then', first: { page: undefined, loads: 'image' }, second: { page: one, loads: 'image' } },
	{ name: 'anonymous', first: { page: one, loads: 'image' }, second: { page: one, loads: 'anonymous' } },
	{ name: 'anonymous-first', first: { page: one, loads: 'anonymous' }, second: { page: one, loads: 'image' } },
	{ name: 'frame', first: { page: one, loads: 'image' }, second: { page: one, loads: 'frame' } },
	{ name: 'in-frame', first: { page: one, loads: 'image' }, second: { page: one, loads: 'inFrame' } },
	{
		name: 'own-in-frame',
		domain: 'one.example',
		first: { page: one, loads: 'image' },
		second: { page: one, loads: 'inFrame' },
	},
	{ name: 'in-frame-first', first: { page: one, loads: 'inFrame' }, second: { page: one, loads: 'image' } },
];

/** What a page loads of a host: what it is written as, and the requests for it. */
const loads = {
	image: {
		markup: (host: string) => `<img src="https://${host}/image">`,
		requests: (page: string, host: string) => [asked(`https://${host}/image`, { kind: 'image', initiator: page })],
	},
	anonymous: {
		markup: (host: string) => `<img crossorigin=anonymous src="https://${host}/image">`,
		requests: (page: string, host: string) => [
			asked(`https://${host}/image`, { kind: 'image', mode: 'cors', credentials: 'same-origin', initiator: page }),
		],
	},
	frame: {
		markup: (host: string) => `<iframe src="https://${host}/frame"></iframe>`,
		requests: (page: string, host: string) => [asked(`https://${host}/frame`, { kind: 'iframe', initiator: page })],
	},
	inFrame: {
		markup: (host: string) => `<iframe src="${pageUrl(between, 'image', host)}"></iframe>`,
		requests: (page: string, host: string) => {
			const frame = pageUrl(between, 'image', host);
			const inside = { url: frame, parent: { url: page } };
			return [
				asked(frame, { kind: 'iframe', initiator: page }),
				asked(`https://${host}/image`, { kind: 'image', initiator: inside }),
			];
		},
	},
};

type Asked = readonly [url: string, init: FetchInit];
const asked = (url: string, init: FetchInit): Asked => [url, init];

const pageUrl = (origin: string, what: keyof typeof loads, host: string) => `${origin}/?loads=${what}&of=${host}`;

/** Where a browser goes for a visit. */
export const addressOf = ({ page, loads }: PartitionVisit, host: string): string =>
	page === undefined ? `https://${host}/` : pageUrl(page, loads, host);

/** What wiretwin asks for in its place, in order. */
export function requestsOf(visit: PartitionVisit, host: string): Asked[] {
	const address = addressOf(visit, host);
	const page = asked(address, { kind: 'navigate' });
	return visit.page === undefined ? [page] : [page, ...loads[visit.loads].requests(address, host)];
}

/** What a page of a visit is made of. */
export function markupOf(url: URL): string {
	const what = url.searchParams.get('loads') ?? '';
	const host = url.searchParams.get('of') ?? '';
	return Object.hasOwn(loads, what) ? loads[what as keyof typeof loads].markup(host) : '';
}
