import type { HeaderLayout, LayoutRequest } from './types.ts';

type Facts = Readonly<Record<string, unknown>>;

/** The layout before: most requests of a session say the same, and a layout follows from what they say alone. */
export class LastLayout {
	readonly #facts: Facts;
	readonly #count: number;
	readonly #layout: HeaderLayout;

	private constructor(facts: Facts, layout: HeaderLayout) {
		this.#facts = facts;
		this.#count = Object.keys(facts).length;
		this.#layout = { ...layout, headers: [...layout.headers] };
	}

	/** `undefined` for a request that says something by an object, which could change behind our back. */
	static of(request: LayoutRequest, layout: HeaderLayout): LastLayout | undefined {
		for (const fact of Object.values(request)) if (typeof fact === 'object' && fact !== null) return undefined;
		return new LastLayout({ ...request }, layout);
	}

	isRepeatedBy(request: LayoutRequest): boolean {
		let count = 0;
		for (const name in request) {
			if ((request as Facts)[name] !== this.#facts[name]) return false;
			count++;
		}
		return count === this.#count;
	}

	/** The caller's own: it may change the list. */
	layout(): HeaderLayout {
		const { headers, priority } = this.#layout;
		return { headers: headers.slice(), priority };
	}
}
