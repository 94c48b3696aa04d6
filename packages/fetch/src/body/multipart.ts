import { createFormBoundary, escapeFormName, type Profile } from '@wiretwin/profiles';
import { feedBytes, feedSequence, feedStream } from './body-feed.ts';
import type { RequestBody } from './request-body.ts';

/** Encodes a form as the browser does (HTML: multipart/form-data encoding algorithm); files are streamed, the length is known. */
export function encodeForm(form: FormData, profile: Profile): RequestBody {
	const boundary = createFormBoundary(profile);
	const pieces: Array<Uint8Array | Blob> = [];
	let text = '';
	for (const [name, value] of form.entries()) {
		text += `--${boundary}\r\nContent-Disposition: form-data; name="${escapeFormName(profile, normalizeNewlines(name))}"`;
		if (typeof value === 'string') {
			text += `\r\n\r\n${normalizeNewlines(value)}\r\n`;
			continue;
		}
		const type = value.type === '' ? profile.document.headers.form.defaultFileType : value.type;
		text += `; filename="${escapeFormName(profile, value.name ?? 'blob')}"\r\nContent-Type: ${type}\r\n\r\n`;
		pieces.push(Buffer.from(text, 'utf8'), value);
		text = '\r\n';
	}
	text += `--${boundary}--\r\n`;
	pieces.push(Buffer.from(text, 'utf8'));
	const contentType = `multipart/form-data; boundary=${boundary}`;
	if (pieces.length === 1) return { kind: 'bytes', bytes: pieces[0] as Uint8Array, contentType };
	let length = 0;
	for (const piece of pieces) length += piece instanceof Uint8Array ? piece.byteLength : piece.size;
	const open = () =>
		feedSequence(
			pieces.map((piece) => () => (piece instanceof Uint8Array ? feedBytes(piece) : feedStream(piece.stream()))),
		);
	return { kind: 'stream', open, length, contentType, replayable: true };
}

function normalizeNewlines(text: string): string {
	return text.replace(/\r\n|\r|\n/g, '\r\n');
}
