import type { KindRecord } from '../types.ts';
import type { LayoutRequest } from './types.ts';

/** Types with a charset that follow from a body which is a text (fetch: extract a body). */
const textTypes: ReadonlySet<string | undefined> = new Set([
	'text/plain;charset=UTF-8',
	'application/x-www-form-urlencoded;charset=UTF-8',
]);

/** The type that follows from a body, as this kind of request spells its charset. */
export function typeOfBody(type: string | undefined, { bodyCharset }: KindRecord): string | undefined {
	return bodyCharset !== undefined && textTypes.has(type) ? type?.replace(/[^=]*$/, bodyCharset) : type;
}

/** A charset at the beginning of a word, with what stands around its value. */
const charsets = /(?<=[\t ;])(charset[\t ]*=[\t "']*)[^\t "';]+/gi;

/** The type that a script has stated, after XMLHttpRequest has seen to its charset. */
export function statedType(stated: string, { body, redirected }: LayoutRequest, { statedCharset }: KindRecord): string {
	if (statedCharset === undefined || !textTypes.has(body?.contentType)) return stated;
	if (statedCharset === 'in-place') return stated.replace(charsets, '$1UTF-8');
	return redirected ? stated : parsed(stated);
}

/** XMLHttpRequest, send(), step 4: a type that cannot be read stays, and so does one that says UTF-8 in letters of any case. */
function parsed(stated: string): string {
	// An `import` would make all of Node's module at start, lazy parts too.
	const { MIMEType } = process.getBuiltinModule('node:util');
	try {
		const type = new MIMEType(stated);
		const charset = type.params.get('charset');
		if (charset === null || charset.toLowerCase() === 'utf-8') return stated;
		type.params.set('charset', 'UTF-8');
		return String(type);
	} catch {
		return stated;
	}
}
