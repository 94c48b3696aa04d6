import { choiceOption, objectOption, refuse } from '../options/checks.ts';
import { refuseUnknown } from '../options/near-match.ts';
import type { PageForm } from '../types/page.ts';

const keys: ReadonlySet<string> = new Set(['action', 'method', 'enctype', 'fields'] satisfies ReadonlyArray<
	keyof PageForm
>);

/** What a form asks for (HTML: form submission algorithm). */
export type SubmittedForm = {
	action: unknown;
	method: 'GET' | 'POST';
	/** The query that takes the place of the action's own, of a GET. */
	query: string | undefined;
	body: URLSearchParams | FormData | string | undefined;
	contentType: string | undefined;
};

/** Checks a form and encodes its fields. Throws `ERR_INVALID_OPTION`. */
export function readForm(value: unknown): SubmittedForm {
	const form = objectOption(value, 'form') as Partial<Record<keyof PageForm, unknown>>;
	refuseUnknown(form, keys, 'the form');
	const word = choiceOption(form.method, 'form.method', ['GET', 'POST', 'get', 'post']) ?? 'GET';
	const enctype = choiceOption(form.enctype, 'form.enctype', [
		'application/x-www-form-urlencoded',
		'multipart/form-data',
		'text/plain',
	]);
	const fields = fieldsOf(form.fields);
	const facts = { action: form.action, contentType: undefined, query: undefined, body: undefined };
	if (word.toUpperCase() === 'GET') return { ...facts, method: 'GET', query: textFields(fields).toString() };
	if (enctype === 'multipart/form-data') return { ...facts, method: 'POST', body: multipart(fields) };
	if (enctype !== 'text/plain') return { ...facts, method: 'POST', body: textFields(fields) };
	const lines = [...textFields(fields)].map(([name, text]) => `${name}=${text}\r\n`);
	return { ...facts, method: 'POST', body: lines.join(''), contentType: 'text/plain' };
}

function fieldsOf(value: unknown): Array<readonly [name: string, value: string | Blob]> {
	if (value === undefined) return [];
	if (typeof value !== 'object' || value === null)
		refuse('form.fields', 'an object, pairs, FormData or URLSearchParams');
	const pairs: Iterable<unknown> = Symbol.iterator in value ? (value as Iterable<unknown>) : Object.entries(value);
	return Array.from(pairs, (pair) => {
		const [name, field] = Array.isArray(pair) ? (pair as unknown[]) : [];
		if (typeof name !== 'string' || !(typeof field === 'string' || field instanceof Blob))
			refuse('form.fields', 'made of names with texts or files');
		return [name, field] as const;
	});
}

/** Of a file only the name goes along where there is no place for its bytes (HTML: convert to a list of name-value pairs). */
function textFields(fields: ReadonlyArray<readonly [name: string, value: string | Blob]>): URLSearchParams {
	return new URLSearchParams(
		fields.map(([name, value]): [string, string] => [
			name,
			typeof value === 'string' ? value : value instanceof File ? value.name : 'blob',
		]),
	);
}

function multipart(fields: ReadonlyArray<readonly [name: string, value: string | Blob]>): FormData {
	const form = new FormData();
	for (const [name, value] of fields) form.append(name, value);
	return form;
}
