/** Where fields stand: finds for each template an order of its slots that fits every request that was seen. */
import { isElsewhere } from '../../headers/field-values.ts';
import type { TemplateSlot } from '../../types.ts';
import { type Fitting, kindOf, type Sight } from './sight.ts';

/** Requests that one template laid out. */
type Member = { kind: string; property: 'template' | 'redirected'; sights: Sight[] };

/**
 * Reorders templates, adds slots for new names, and gives a kind a template of its own when it does not fit its
 * siblings' any more. `leading` are the names that HTTP/1.1 has in front of everything.
 */
export function fitOrder(headers: Fitting, sights: readonly Sight[], leading: ReadonlySet<string>): void {
	const members = new Map<string, Member>();
	for (const sight of sights) {
		const kind = kindOf(headers, sight);
		if (!kind) continue;
		const property = sight.request.context.redirected === true ? 'redirected' : 'template';
		const key = `${sight.kind} ${property}`;
		const member = members.get(key) ?? { kind: sight.kind, property, sights: [] };
		member.sights.push(sight);
		members.set(key, member);
	}
	for (const template of new Set([...members.values()].map((member) => nameOf(headers, member))))
		fitTemplate(
			headers,
			template,
			[...members.values()].filter((member) => nameOf(headers, member) === template),
			leading,
		);
}

function nameOf({ kinds }: Fitting, { kind, property }: Member): string {
	return kinds[kind]?.[property] ?? kinds[kind]?.template ?? '';
}

/** Takes kinds in one after the other; whoever contradicts those before gets a template of its own. */
function fitTemplate(headers: Fitting, name: string, members: readonly Member[], leading: ReadonlySet<string>): void {
	const original = headers.templates[name] as TemplateSlot[] | undefined;
	if (!original) return;
	let slots = original;
	const together: Member[] = [];
	for (const member of members) {
		const fitted = fitSlots(headers, original, [...together, member], leading);
		if (fitted) {
			together.push(member);
			slots = fitted;
			continue;
		}
		const own = fitSlots(headers, original, [member], leading);
		const kind = headers.kinds[member.kind];
		if (!own || !kind) continue; // stays, and is listed as a difference
		const other = Object.keys(headers.templates).find(
			(each) => JSON.stringify(headers.templates[each]) === JSON.stringify(own),
		);
		const target = other ?? (member.property === 'redirected' ? `${member.kind}-redirected` : member.kind);
		headers.templates[target] = own as Fitting['templates'][string];
		kind[member.property] = target;
	}
	headers.templates[name] = slots as Fitting['templates'][string];
}

/** A slot with the place it had; new ones stand behind the slot after which they were seen. */
type Placed = { slot: TemplateSlot; place: number };

function fitSlots(
	headers: Fitting,
	slots: readonly TemplateSlot[],
	members: readonly Member[],
	leading: ReadonlySet<string>,
): TemplateSlot[] | undefined {
	const placed: Placed[] = slots.map((slot, place) => ({ slot, place }));
	const sequences = members.flatMap(({ sights }) => sights).map((sight) => sequenceOf(headers, placed, sight, leading));
	const after = new Map<Placed, Set<Placed>>();
	for (const sequence of sequences) {
		if (!sequence) return undefined;
		for (let index = 1; index < sequence.length; index++) {
			const [earlier, later] = [sequence[index - 1] as Placed, sequence[index] as Placed];
			if (!after.has(later)) after.set(later, new Set());
			after.get(later)?.add(earlier);
		}
	}
	return sorted(placed, after)?.map(({ slot }) => slot);
}

/** Slots in the order of a request's fields; undefined if a group is torn apart. */
function sequenceOf(
	headers: Fitting,
	placed: Placed[],
	sight: Sight,
	leading: ReadonlySet<string>,
): Placed[] | undefined {
	const group = placed.find(({ slot }) => typeof slot !== 'string' && 'except' in slot)?.slot;
	const kept = new Set(typeof group === 'object' && 'except' in group ? group.except : []);
	const sequence: Placed[] = [];
	for (const name of sight.names) {
		// The policy of HTTP/1.1 puts these where they are, whatever the list says.
		if (sight.isHttp1 && leading.has(name)) continue;
		let slot = placed.find(({ slot: each }) => holds(headers, each, name, sight, kept));
		if (!slot) {
			slot = { slot: name, place: (sequence.at(-1)?.place ?? -1) + 0.5 };
			placed.push(slot);
		}
		if (sequence.at(-1) === slot) continue;
		if (sequence.includes(slot)) return undefined;
		sequence.push(slot);
	}
	return sequence;
}

/** Whether the field went out through this slot; `kept` are the caller's names that stay in slots of their own. */
function holds(headers: Fitting, slot: TemplateSlot, name: string, sight: Sight, kept: ReadonlySet<string>): boolean {
	const { clientHints } = headers;
	const { context: request } = sight.request;
	const { mode = kindOf(headers, sight)?.mode, site = 'same-origin' } = request;
	const isHint = clientHints?.order.includes(name) ?? false;
	const isBody = name === 'content-type' && request.body?.contentType !== undefined;
	if (typeof slot === 'string') {
		// The page's own type has no value of the browser's to take the place of.
		if (slot === 'content-type' && sight.own.has(name) && !isBody && !kept.has(name)) return false;
		if (!slot.includes(':')) return slot === name && !(name === 'content-length' && isEmptyPost(sight));
		// No page that is visited asks as `origin:storage` and `origin:carried` need it: a frame of another site for something of the page's.
		if (slot.split(':')[0] !== name || /^origin:(storage|carried)$/.test(slot)) return false;
		return name === 'content-length' ? isEmptyPost(sight) : !isElsewhere(slot, { request, mode, site });
	}
	if ('table' in slot) {
		if (slot.except.includes(name)) return (slot.hints && isHint) || slot.table.includes(name);
		return (
			sight.own.has(name) || name === 'user-agent' || isBody || slot.table.includes(name) || (slot.hints && isHint)
		);
	}
	if ('caller' in slot) return sight.own.has(name) && !slot.except.includes(name);
	return isHint;
}

function isEmptyPost({ request }: Sight): boolean {
	return request.context.body === null || request.context.body === undefined;
}

/** Stable topological order: of the slots that may come next, the one that stood first. */
function sorted(placed: readonly Placed[], after: ReadonlyMap<Placed, ReadonlySet<Placed>>): Placed[] | undefined {
	const left = [...placed].sort((one, other) => one.place - other.place);
	const order: Placed[] = [];
	const done = new Set<Placed>();
	while (left.length > 0) {
		const index = left.findIndex((slot) => [...(after.get(slot) ?? [])].every((earlier) => done.has(earlier)));
		const [next] = index < 0 ? [] : left.splice(index, 1);
		if (!next) return undefined;
		order.push(next);
		done.add(next);
	}
	return order;
}
