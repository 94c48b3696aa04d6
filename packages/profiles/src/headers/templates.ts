/** Header templates with everything precomputed that does not depend on the request, once for each profile document. */
import { ProfileError } from '../errors.ts';
import type { HeadersSection, TemplateSlot } from '../types.ts';
import type { TableHash } from './blink-table.ts';
import { createSpeller, type Speller } from './spelling.ts';

/** A template slot with everything precomputed that does not depend on the request. */
export type Slot =
	| { type: 'field'; name: string; spelt: string /** Emitted name, lower case. */; wire: string }
	| { type: 'hints'; except: ReadonlySet<string> }
	| { type: 'caller'; except: ReadonlySet<string> }
	| {
			type: 'table';
			names: readonly string[];
			late: readonly string[];
			hash: TableHash;
			hints: boolean;
			except: ReadonlySet<string>;
			from: 'list' | 'map';
	  };

/** A compiled template. */
export type Template = {
	slots: readonly Slot[];
	/** Some slot takes the caller's fields. */
	hasCaller: boolean;
	/** Names the caller's group leaves to their own slots. */
	except: ReadonlySet<string>;
};

const NO_NAMES: ReadonlySet<string> = new Set();

function compileSlot(slot: TemplateSlot, speller: Speller): Slot {
	if (typeof slot === 'string') {
		const wire = slot.split(':')[0] ?? slot;
		return { type: 'field', name: slot, spelt: speller(wire), wire };
	}
	if ('table' in slot) {
		const { table, late = [], except, hash, hints, from } = slot;
		return { type: 'table', names: table, late, hash, hints, except: new Set(except), from };
	}
	const type = 'caller' in slot ? 'caller' : 'hints';
	return { type, except: slot.except ? new Set(slot.except) : NO_NAMES };
}

function compileTemplate(slots: readonly TemplateSlot[], speller: Speller): Template {
	const compiled = slots.map((slot) => compileSlot(slot, speller));
	const group = compiled.find((slot) => slot.type === 'caller' || slot.type === 'table');
	return {
		slots: compiled,
		hasCaller: group !== undefined,
		except: group && 'except' in group ? group.except : NO_NAMES,
	};
}

/** What all sessions of a browser share: its section is read-only data. */
export class CompiledHeaders {
	readonly speller: Speller;
	readonly #section: HeadersSection;
	readonly #templates = new Map<string, Template>();

	private constructor(section: HeadersSection) {
		this.#section = section;
		this.speller = createSpeller(section.spelling.lower, section.spelling.special);
	}

	/** Compiled once for each profile document of the process. */
	static of(section: HeadersSection): CompiledHeaders {
		let compiled = CompiledHeaders.#known.get(section);
		if (compiled === undefined) {
			compiled = new CompiledHeaders(section);
			CompiledHeaders.#known.set(section, compiled);
		}
		return compiled;
	}

	static readonly #known = new WeakMap<HeadersSection, CompiledHeaders>();

	/** A template by name, compiled at its first use. Throws `ERR_PROFILE_INVALID` if there is none. */
	template(name: string): Template {
		const known = this.#templates.get(name);
		if (known !== undefined) return known;
		const { templates } = this.#section;
		const slots = Object.hasOwn(templates, name) ? templates[name] : undefined;
		if (slots === undefined) throw new ProfileError('ERR_PROFILE_INVALID', `Unknown header template: ${name}`);
		const compiled = compileTemplate(slots, this.speller);
		this.#templates.set(name, compiled);
		return compiled;
	}
}
