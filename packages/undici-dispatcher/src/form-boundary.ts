import { createFormBoundary, type Profile } from '@wiretwin/profiles';

/** A form up to this size is held in memory, so that its boundary can be exchanged for one that the browser writes. */
export const formBytes = 16 * 1024 * 1024;

const nodeForm = /^multipart\/form-data; boundary=(----formdata-undici-[0-9]+)$/;

/** True for a form that a fetch of undici's has encoded. */
export function isNodeForm(contentType: string | undefined): contentType is string {
	return contentType !== undefined && nodeForm.test(contentType);
}

/** The same form with a boundary of the browser's. undici's is random, so whatever equals it is one. */
export function withBrowserBoundary(
	bytes: Uint8Array,
	contentType: string,
	profile: Profile,
): { bytes: Uint8Array; contentType: string } {
	const old = nodeForm.exec(contentType)?.[1];
	if (old === undefined) return { bytes, contentType };
	const boundary = createFormBoundary(profile);
	const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
	return {
		bytes: Buffer.from(text.replaceAll(`--${old}`, `--${boundary}`), 'latin1'),
		contentType: `multipart/form-data; boundary=${boundary}`,
	};
}
