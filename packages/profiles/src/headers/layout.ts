/**
 * The header engine: puts a browser's fields and the caller's into the order in which that browser sends them. It knows
 * slots, tables and the Fetch standard; which browser has which of them is the profile's data.
 */
import { ProfileError } from '../errors.ts';
import { withFullVersion } from '../full-version.ts';
import type { HeadersSection, KindRecord, PriorityLevel, Profile } from '../types.ts';
import { blinkTableOrder } from './blink-table.ts';
import {
	asksForConditions,
	type CallerFields,
	isConditional,
	isSingleRange,
	readCallerFields,
} from './caller-fields.ts';
import { browserValue, isElsewhere, isTopLevel, type ResolvedRequest, type SessionValues } from './field-values.ts';
import { kindRecord } from './kind-record.ts';
import { acceptLanguage } from './language.ts';
import { LastLayout } from './last-layout.ts';
import { isTightened } from './referrer-policy.ts';
import type { Speller } from './spelling.ts';
import { statedType } from './stated-charset.ts';
import { CompiledHeaders, type Slot, type Template } from './templates.ts';
import type { HeaderEngine, HeaderEngineOptions, HeaderLayout, LayoutRequest, RequestKind } from './types.ts';

/** State of one layout. */
type Output = { headers: string[]; emitted: Set<string> | undefined };

class Engine implements HeaderEngine {
	readonly #headers: HeadersSection;
	readonly #session: SessionValues;
	readonly #speller: Speller;
	readonly #compiled: CompiledHeaders;
	readonly #defaultHints: readonly string[];
	readonly #hintOrder: readonly string[];
	readonly #hintTableOrder: readonly string[];
	#last: LastLayout | undefined;

	constructor(profile: Profile, options: HeaderEngineOptions) {
		const { headers } = profile.document;
		this.#headers = headers;
		this.#compiled = CompiledHeaders.of(headers);
		this.#speller = this.#compiled.speller;
		this.#session = sessionValues(profile, options);
		this.#defaultHints = headers.clientHints?.default ?? [];
		this.#hintOrder = headers.clientHints?.order ?? [];
		this.#hintTableOrder = headers.clientHints?.tableOrder ?? [];
	}

	layout(request: LayoutRequest): HeaderLayout {
		const last = this.#last;
		if (last?.isRepeatedBy(request)) return last.layout();
		const layout = this.#layOut(request);
		this.#last = LastLayout.of(request, layout);
		return layout;
	}

	#layOut(request: LayoutRequest): HeaderLayout {
		const caller = readCallerFields(request.headers);
		const resolved = this.#resolve(request, caller);
		const template = this.#template(resolved);
		const output: Output = { headers: [], emitted: caller && new Set() };
		if (request.verbatim && caller) this.#emitVerbatim(caller, resolved, output);
		else {
			const type = caller?.get('content-type');
			if (type) type.value = statedType(type.value, request, resolved.kind);
			for (const slot of template.slots) this.#emitSlot(slot, template, resolved, caller, output);
			if (caller && this.#movesRange(caller, resolved)) moveBehind(output.headers, 'range', this.#speller('range'));
		}
		return { headers: output.headers, priority: resolved.priority };
	}

	#resolve(request: LayoutRequest, caller: CallerFields | undefined): ResolvedRequest {
		const kind = kindRecord(this.#headers, request.kind, request.client);
		if (kind === undefined) throw new ProfileError('ERR_PROFILE_KIND', `Unknown kind of request: ${request.kind}`);
		const secure = request.scheme !== 'http' || request.trustworthy === true;
		const mode = request.mode ?? kind.mode;
		return {
			request,
			kind,
			method: request.method ?? kind.method ?? 'GET',
			secure,
			site: kind.site ?? request.site ?? (mode === 'navigate' && kind.dest === 'document' ? 'none' : 'same-origin'),
			mode,
			cacheFields: this.#cacheFields(request, kind, caller),
			priority: this.#priority(request, kind),
			isRange: caller?.has('range') === true,
		};
	}

	/** Only where the cache takes part: it has no say in unsafe methods, without a store, nor beside conditions. */
	#movesRange(caller: CallerFields, { method, request }: ResolvedRequest): boolean {
		if (this.#headers.singleRange !== 'last' || method !== 'GET' || request.cache === 'no-store') return false;
		return isSingleRange(caller) && !isConditional(caller);
	}

	#cacheFields(request: LayoutRequest, kind: KindRecord, caller: CallerFields | undefined) {
		const { background } = this.#headers;
		let mode: string | null | undefined = request.cache === 'default' ? undefined : request.cache;
		if (request.background) mode = background?.cache;
		if (mode === undefined && caller !== undefined && isConditional(caller))
			mode = this.#conditionalCacheOf(request.kind, request.client);
		if (mode === undefined && kind.conditionsAskedFor === true) {
			const requested = request.preflight?.headers ?? caller?.get('access-control-request-headers')?.value;
			if (asksForConditions(requested)) mode = this.#conditionalCacheOf(askingKind(request), request.client);
		}
		mode ??= (request.client === 'service-worker' ? kind.serviceWorkerCache : undefined) ?? kind.cache;
		return mode ? this.#headers.cacheModes[mode] : undefined;
	}

	#conditionalCacheOf(kind: RequestKind, client: LayoutRequest['client']): string | null {
		const own = kindRecord(this.#headers, kind, client)?.conditionalCache;
		return own === undefined ? this.#headers.conditionalCache : own;
	}

	#priority(request: LayoutRequest, ownKind: KindRecord): PriorityLevel {
		const asked = ownKind.asUrgentAsAsked ? kindRecord(this.#headers, askingKind(request), request.client) : undefined;
		const kind = asked ?? ownKind;
		const wanted =
			request.fetchPriority === 'high'
				? kind.priorityHigh
				: request.fetchPriority === 'low'
					? kind.priorityLow
					: undefined;
		const waited = request.sync === true ? kind.prioritySync : undefined;
		const behind = request.background ? this.#headers.background?.priority : undefined;
		const name = behind ?? waited ?? wanted ?? (request.validators ? kind.priorityAgain : undefined) ?? kind.priority;
		const level = this.#headers.priorities[name];
		if (level === undefined) throw new ProfileError('ERR_PROFILE_INVALID', `Unknown priority level: ${name}`);
		return level;
	}

	#template(resolved: ResolvedRequest): Template {
		return this.#compiled.template(this.#variant(resolved) ?? resolved.kind.template);
	}

	/** Template other than the kind's usual one. */
	#variant(resolved: ResolvedRequest): string | undefined {
		const { request, kind } = resolved;
		if (request.background && kind.background !== undefined) return kind.background;
		if (request.internal === 'repeated') return kind.repeated;
		if (request.internal === 'upgraded') return kind.upgraded ?? kind.redirected;
		const isTight = isPolicyTightened(this.#headers, resolved);
		if (request.redirected) {
			const own = isTight ? kind.tightenedRedirected : request.keepalive ? kind.keepaliveRedirected : undefined;
			return own ?? kind.redirected;
		}
		if (isTight) return kind.tightened;
		if (request.keepalive && kind.keepalive !== undefined) return kind.keepalive;
		return request.referrerPolicy ? kind.stated : undefined;
	}

	#emitSlot(
		slot: Slot,
		template: Template,
		resolved: ResolvedRequest,
		caller: CallerFields | undefined,
		output: Output,
	): void {
		switch (slot.type) {
			case 'field':
				this.#emitField(slot, template, resolved, caller, output);
				return;
			case 'hints':
				for (const name of this.#hintsFor(resolved, this.#hintOrder))
					if (!slot.except.has(name)) this.#emitNamed(name, resolved, caller, output);
				return;
			case 'caller':
				if (caller === undefined) return;
				for (const name of caller.keys()) {
					if (!slot.except.has(name)) this.#emitNamed(name, resolved, caller, output);
				}
				return;
			case 'table':
				this.#emitTable(slot, resolved, caller, output);
		}
	}

	#emitField(
		slot: Slot & { type: 'field' },
		template: Template,
		resolved: ResolvedRequest,
		caller: CallerFields | undefined,
		output: Output,
	): void {
		if (slot.name !== slot.wire && isElsewhere(slot.name, resolved)) return;
		const own = browserValue(slot.name, resolved, this.#headers, this.#session);
		const given = caller?.get(slot.wire);
		if (given === undefined) {
			if (own === undefined || output.emitted?.has(slot.wire)) return;
			output.emitted?.add(slot.wire);
			output.headers.push(slot.spelt, own);
			return;
		}
		if (output.emitted?.has(slot.wire)) return;
		// The caller's group comes elsewhere unless this name is left to its slot; a value of the browser's own that
		// comes first keeps the place, and takes the caller's text. Without a group every field has but its slot.
		const isPlaced = slot.name !== slot.wire;
		if (own === undefined && !isPlaced && template.hasCaller && !template.except.has(slot.wire)) return;
		output.emitted?.add(slot.wire);
		// What the browser has set before it sees the caller's keeps its spelling too; the body's type it learns after.
		const isAhead = slot.name !== 'content-type' && (isPlaced || own !== undefined);
		output.headers.push(isAhead ? slot.spelt : this.#spell(slot.wire, given.typed, resolved), given.value);
	}

	#emitNamed(name: string, resolved: ResolvedRequest, caller: CallerFields | undefined, output: Output): void {
		if (output.emitted?.has(name)) return;
		const given = caller?.get(name);
		const value = given?.value ?? this.#session.hints.get(name) ?? this.#ownValue(name, resolved);
		if (value === undefined) return;
		output.emitted?.add(name);
		output.headers.push(given ? this.#spell(name, given.typed, resolved) : this.#speller(name), value);
	}

	#ownValue(name: string, resolved: ResolvedRequest): string | undefined {
		return browserValue(name, resolved, this.#headers, this.#session);
	}

	#emitTable(
		slot: Slot & { type: 'table' },
		resolved: ResolvedRequest,
		caller: CallerFields | undefined,
		output: Output,
	): void {
		// Insertion order decides who keeps a bucket: first what the page set, then what the browser adds, hints before
		// the user agent.
		const page = pageNames(slot, resolved, caller);
		this.#pushOwn(slot.names, resolved, page);
		if (slot.hints) page.push(...this.#hintsFor(resolved, this.#hintTableOrder));
		this.#pushOwn(slot.late, resolved, page);
		page.push('user-agent');
		const order = blinkTableOrder(page, slot.hash);
		const { before } = resolved.request;
		for (const name of before ? asBefore(order, before) : order) this.#emitNamed(name, resolved, caller, output);
	}

	/** Adds the names that the browser has a value for. */
	#pushOwn(names: readonly string[], resolved: ResolvedRequest, page: string[]): void {
		for (const name of names) if (!page.includes(name) && this.#ownValue(name, resolved) !== undefined) page.push(name);
	}

	/** Names of the hints this request carries; `order` is that of hints beyond the default ones. */
	#hintsFor({ request, kind, secure }: ResolvedRequest, order: readonly string[]): readonly string[] {
		if (!secure || kind.hints === false) return [];
		const { hints } = request;
		if (hints === undefined || hints.length === 0) return this.#defaultHints;
		return order.filter((name) => this.#defaultHints.includes(name) || hints.includes(name));
	}

	/** HTTP/1.1 spelling of a field that the caller gave. */
	#spell(name: string, typed: string, { kind }: ResolvedRequest): string {
		if (kind.spelling === 'typed' && !this.#headers.spelling.ahead?.includes(name)) return typed;
		return kind.spelling === 'typed' || this.#headers.spelling.own.includes(name) ? this.#speller(name) : typed;
	}

	/** The caller's list as it is, then only what the request cannot do without. */
	#emitVerbatim(caller: CallerFields, resolved: ResolvedRequest, output: Output): void {
		for (const [, { typed, value }] of caller) output.headers.push(typed, value);
		for (const name of ['content-type', 'content-length', 'content-length:empty', 'cookie']) {
			const wire = name.split(':')[0] ?? name;
			const value = caller.has(wire) ? undefined : this.#ownValue(name, resolved);
			if (value !== undefined) output.headers.push(this.#speller(wire), value);
		}
	}
}

/** What a preflight is for. */
function askingKind({ preflightFor, sync }: LayoutRequest): RequestKind {
	return preflightFor ?? (sync === true ? 'xhr' : 'fetch');
}

function isPolicyTightened(headers: HeadersSection, resolved: ResolvedRequest): boolean {
	const { referrerPolicy: policy, party, foreign } = resolved.request;
	if (!policy) return false;
	const isThirdParty = foreign ?? (party === undefined ? resolved.site === 'cross-site' : party === 'third');
	return isTightened(headers, { policy, isThirdParty, isTopLevel: isTopLevel(resolved) });
}

/** The names in the order in which they were sent before, those that are new at the end. */
function asBefore(names: readonly string[], before: readonly string[]): string[] {
	return [...before.filter((name) => names.includes(name)), ...names.filter((name) => !before.includes(name))];
}

/** Moves a field to the end, but for `priority`, which the connection adds. */
function moveBehind(headers: string[], name: string, spelt: string): void {
	const from = headers.findIndex((text, index) => index % 2 === 0 && text.toLowerCase() === name);
	const [, value = ''] = headers.splice(from, 2);
	const last = headers.at(-2)?.toLowerCase() === 'priority' ? headers.length - 2 : headers.length;
	headers.splice(last, 0, spelt, value);
}

/** Names the page set, in the order in which they reach the header map. */
function pageNames(
	slot: Slot & { type: 'table' },
	resolved: ResolvedRequest,
	caller: CallerFields | undefined,
): string[] {
	const names: string[] = [];
	if (caller) for (const name of caller.keys()) if (!slot.except.has(name)) names.push(name);
	if (!caller?.has('content-type') && resolved.request.body?.contentType !== undefined) names.push('content-type');
	return slot.from === 'list' ? names.sort() : [...blinkTableOrder(names, slot.hash)];
}

function sessionValues(profile: Profile, options: HeaderEngineOptions): SessionValues {
	const { headers } = profile.document;
	const platform = headers.platforms[profile.os];
	if (platform === undefined) throw new ProfileError('ERR_PROFILE_OS', `${profile.name} has no ${profile.os} variant`);
	const hints = new Map<string, string>();
	const section = headers.clientHints;
	const ofBuild = (value: string) => withFullVersion(profile, value);
	if (section !== null) {
		for (const [name, value] of Object.entries({ ...section.values, ...platform.hints }))
			hints.set(name, ofBuild(value));
		const brand = section.brands[profile.brand ?? section.brand];
		if (brand !== undefined) {
			hints.set('sec-ch-ua', brand.short);
			hints.set('sec-ch-ua-full-version-list', ofBuild(brand.full));
		}
	}
	return {
		userAgent: ofBuild(platform.userAgent),
		storageAccess: headers.thirdPartyCookies.storageAccess[profile.thirdPartyCookies] ?? undefined,
		acceptLanguage: acceptLanguage(options.locale ?? headers.acceptLanguage.default, headers.acceptLanguage),
		hints,
	};
}

const defaultEngines = new WeakMap<Profile, HeaderEngine>();

/**
 * The header engine of a profile. Templates are compiled once for each document, at their first use; a layout then costs
 * about a microsecond, a few more when the caller's fields go through a hash table that has not been seen before.
 * An engine keeps nothing of a request, so all sessions with the profile's own locale get the same one.
 */
export function createHeaderEngine(profile: Profile, options: HeaderEngineOptions = {}): HeaderEngine {
	if (options.locale !== undefined) return new Engine(profile, options);
	let engine = defaultEngines.get(profile);
	if (engine === undefined) {
		engine = new Engine(profile, options);
		defaultEngines.set(profile, engine);
	}
	return engine;
}
