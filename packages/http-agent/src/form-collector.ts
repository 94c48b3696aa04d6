import { formBytes, isLibraryForm, withBrowserBoundary } from 'wiretwin';
import type { AgentSettings } from './options.ts';
import { fieldValue, type RequestHead } from './request-head.ts';

/** Holds a form that a library encodes until it is whole, to send it with a boundary of the browser's and its length. */
export class FormCollector {
	readonly head: RequestHead;
	readonly pieces: Buffer[] = [];
	#size = 0;

	private constructor(head: RequestHead) {
		this.head = head;
	}

	/** For a form of a library's that is not known to be too long; `undefined` for everything else. */
	static of(head: RequestHead): FormCollector | undefined {
		const { framing, fields } = head;
		if (framing === 'none' || (typeof framing === 'number' && framing > formBytes)) return undefined;
		return isLibraryForm(fieldValue(fields, 'content-type')) ? new FormCollector(head) : undefined;
	}

	/** LIMIT: more than is held; the form goes out as a stream, with the library's boundary. */
	get isFull(): boolean {
		return this.#size > formBytes;
	}

	add(pieces: readonly Buffer[]): void {
		for (const piece of pieces) {
			this.pieces.push(piece);
			this.#size += piece.length;
		}
	}

	/** The whole form; the head says its new type and length. */
	finish(profile: AgentSettings['profile']): Buffer[] {
		const { fields } = this.head;
		const index = fields.findIndex((text, at) => at % 2 === 0 && text.toLowerCase() === 'content-type');
		const form = withBrowserBoundary(Buffer.concat(this.pieces), fields[index + 1] ?? '', profile);
		fields[index + 1] = form.contentType;
		this.head.framing = form.bytes.length;
		return [form.bytes];
	}
}
