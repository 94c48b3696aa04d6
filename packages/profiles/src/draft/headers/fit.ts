/** Fits the `headers` and `http1` sections of a draft to the requests of a visit, and lists what still differs. */
import type { EngineSection, ProfileDocument, ProfileOs, TemplateSlot } from '../../types.ts';
import type { RecordedRequest } from '../recording.ts';
import { fitBoundary } from './boundary.ts';
import { isMeasured } from './hints.ts';
import { fitHttp1, fitSpelling } from './http1.ts';
import { fitOrder } from './order.ts';
import { fitPriorities } from './priorities.ts';
import { type Fitting, type Layout, layoutsOf, type Sight, sightOf } from './sight.ts';
import { fitValues } from './values.ts';

/** A document whose requests are fitted, the kinds that were seen, and by name what no template or key can say. */
export type Fitted = { document: ProfileDocument; kinds: string[]; http1: string[]; unsupported: string[] };

/** Values may decide about places (a new field needs a slot) and the other way round: after this it is settled or never. */
const ROUNDS = 3;

export function fitRequests(base: ProfileDocument, os: ProfileOs, requests: readonly RecordedRequest[]): Fitted {
	const sights = requests.map(sightOf).filter(({ kind }) => Object.hasOwn(base.headers.kinds, kind));
	const boundary = fitBoundary(base.headers.form.boundary, requests);
	const form = { ...base.headers.form, ...(boundary ? { boundary } : {}) };
	let document: ProfileDocument = { ...base, headers: { ...base.headers, form } };
	let http1: string[] = [];
	for (let round = 0; round < ROUNDS; round++) {
		const headers = structuredClone(document.headers) as Fitting;
		fitValues(headers, os, sights, layoutsOf(document, os));
		fitPriorities(headers, sights, document.http2.dependency === 'latest-same-or-higher');
		fitSpelling(headers, sights);
		const fitted = fitHttp1(document.http1, sights, layoutsOf({ ...document, headers } as ProfileDocument, os));
		http1 = fitted.seen;
		fitOrder(headers, sights, leadingOf(fitted.section));
		document = { ...document, http1: fitted.section, headers: headers as ProfileDocument['headers'] };
		document = fitTables(document, os, sights);
	}
	const layout = layoutsOf(document, os);
	const unsupported = new Set(sights.flatMap((sight) => differences(sight, layout(sight), document.http1)));
	return { document, kinds: [...new Set(sights.map(({ kind }) => kind))], http1, unsupported: [...unsupported] };
}

function leadingOf(http1: EngineSection): ReadonlySet<string> {
	return new Set(http1.leading as readonly string[]);
}

type Table = Extract<TemplateSlot, { table: unknown }>;
const isTable = (slot: TemplateSlot): slot is Table => typeof slot !== 'string' && 'table' in slot;

/** The order inside a hash map follows from the hash and from how the fields get into the map: four possibilities. */
function fitTables(document: ProfileDocument, os: ProfileOs, sights: readonly Sight[]): ProfileDocument {
	let best = document;
	for (const [name, slots] of Object.entries(document.headers.templates)) {
		const table = slots.find(isTable);
		const users = sights.filter(({ kind }) => document.headers.kinds[kind]?.template === name);
		for (const changes of table ? variants(table) : []) {
			const changed = slots.map((slot) => (isTable(slot) ? { ...slot, ...changes } : slot));
			const templates = { ...best.headers.templates, [name]: changed };
			const other = { ...best, headers: { ...best.headers, templates } };
			if (misplaced(other, os, users) < misplaced(best, os, users)) best = other;
		}
	}
	return best;
}

/** Smaller changes first: one that explains the requests is believed before one that changes more. */
function variants({ hash, from }: Table): Array<Pick<Table, 'hash' | 'from'>> {
	const other = { hash: hash === 'rapid' ? 'super-fast' : 'rapid', from: from === 'list' ? 'map' : 'list' } as const;
	return [
		{ hash: other.hash, from },
		{ hash, from: other.from },
		{ hash: other.hash, from: other.from },
	];
}

function misplaced(document: ProfileDocument, os: ProfileOs, sights: readonly Sight[]): number {
	const layout = layoutsOf(document, os);
	return sights.filter((sight) => orderDifference(sight, layout(sight), document.http1) !== undefined).length;
}

/** What the draft would do differently, by name; nothing is left when it reproduces the request. */
function differences(sight: Sight, layout: Layout, http1: EngineSection): string[] {
	const where = `${sight.kind}${sight.isHttp1 ? ' over HTTP/1.1' : ''}`;
	const dropped = new Set(sight.isHttp1 ? (http1.drop as string[] | undefined) : []);
	const expected = [...layout.values].filter(([name]) => !dropped.has(name) && name !== 'connection');
	const seen = [...sight.values].filter(([name]) => name !== 'connection');
	const missing = seen.filter(([name]) => !expected.some(([other]) => other === name));
	const extra = expected.filter(([name]) => !sight.values.has(name));
	const other = expected.filter(
		([name, value]) => sight.values.has(name) && sight.values.get(name) !== value && !isMeasured(name),
	);
	const order = missing.length + extra.length === 0 ? orderDifference(sight, layout, http1) : undefined;
	const block = sight.isHttp1 ? null : sight.request.record.priority;
	const { weight, exclusive } = layout.priority;
	const isOther = block !== null && (block.weight !== weight || (block.exclusive === 1) !== exclusive);
	return [
		...missing.map(([name]) => `field ${name} of ${where}`),
		...extra.map(([name]) => `${where} without the field ${name}`),
		...other.map(([name]) => `value of ${name} in ${where}`),
		...(order === undefined ? [] : [`order of ${where}: ${order}`]),
		...(isOther ? [`priority of ${where}: weight ${block.weight}`] : []),
	];
}

function orderDifference(sight: Sight, layout: Layout, http1: EngineSection): string | undefined {
	const leading = leadingOf(http1);
	const relevant = (name: string) => !(sight.isHttp1 && leading.has(name)) && (sight.isHttp1 || name !== 'connection');
	const seen = sight.names.filter(relevant).join();
	const expected = layout.names.filter((name) => relevant(name) && sight.values.has(name)).join();
	return seen === expected ? undefined : seen;
}
