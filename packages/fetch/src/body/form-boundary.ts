import { createFormBoundary, type Profile } from '@wiretwin/profiles';

/** A form up to this size is held in memory, so that its boundary can be exchanged for one that the browser writes. */
export const formBytes = 16 * 1024 * 1024;

/** Boundaries that libraries make up: undici, axios, form-data, form-data-encoder, formdata-polyfill, needle. */
const libraryBoundary =
	/^(?:----formdata-undici-\d+|axios-[\w.-]+-boundary-[\w-]+|-{26}[\da-f]{24}|form-data-(?:encoder|boundary)-\w+|-{4,}\d{1,28}|-{20}NODENEEDLEHTTPCLIENT)$/;
const formType = /^multipart\/form-data; ?boundary=([^\s;"]+)$/i;

function boundaryOf(contentType: string): string | undefined {
	const boundary = formType.exec(contentType)?.[1];
	return boundary !== undefined && libraryBoundary.test(boundary) ? boundary : undefined;
}

/** True for a form that a library has encoded, with a boundary that tells which. */
export function isLibraryForm(contentType: string | undefined): contentType is string {
	return contentType !== undefined && boundaryOf(contentType) !== undefined;
}

/** The same form with a boundary of the browser's. What a library made up is random, so whatever equals it is one. */
export function withBrowserBoundary(
	bytes: Uint8Array,
	contentType: string,
	profile: Profile,
): { bytes: Buffer; contentType: string } {
	const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const old = boundaryOf(contentType);
	if (old === undefined) return { bytes: text, contentType };
	const boundary = createFormBoundary(profile);
	return {
		bytes: Buffer.from(text.toString('latin1').replaceAll(`--${old}`, `--${boundary}`), 'latin1'),
		contentType: `multipart/form-data; boundary=${boundary}`,
	};
}
