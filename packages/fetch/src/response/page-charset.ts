/** Bytes of a document that are looked through for a `<meta>` (HTML: determining the character encoding). */
const prescanBytes = 1024;

/**
 * The encoding in which a browser shows a document: byte order mark, `content-type`, for HTML a `<meta>` in the first 1024
 * bytes, for XML its declaration; else windows-1252 for HTML and text, as in an English browser, and UTF-8 for the rest.
 * A label for `TextDecoder`.
 */
export function pageCharset(bytes: Uint8Array, contentType: string): string {
	const mark = byteOrderMark(bytes);
	if (mark !== undefined) return mark;
	const named = known(/;\s*charset\s*=\s*(?:"([^"]*)"|([^;\s]*))/i.exec(contentType)?.slice(1).find(Boolean));
	if (named !== undefined) return named;
	const essence = (contentType.split(';')[0] ?? '').trim().toLowerCase();
	const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, prescanBytes)).toString(
		'latin1',
	);
	if (essence === 'text/html' || essence === '') return fromMeta(start) ?? 'windows-1252';
	if (/[/+]xml$/.test(essence)) {
		const declared = known(/^<\?xml\s[^>]*?encoding\s*=\s*["']([^"']*)["']/.exec(start)?.[1]);
		return declared === undefined ? 'utf-8' : inPlace(declared);
	}
	return /^text\/(?:plain|css|javascript)$/.test(essence) ? 'windows-1252' : 'utf-8';
}

function byteOrderMark([first, second, third]: Uint8Array): string | undefined {
	if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8';
	if (first === 0xfe && second === 0xff) return 'utf-16be';
	return first === 0xff && second === 0xfe ? 'utf-16le' : undefined;
}

/** HTML: prescan a byte stream to determine its encoding; what stands inside a script is no tag to both browsers. */
function fromMeta(start: string): string | undefined {
	const text = start.replace(/<!--.*?(?:-->|$)|<(script|style|title|textarea)\b.*?(?:<\/\1|$)/gis, '');
	for (const [tag] of text.matchAll(/<meta[\s/](?:[^>"']|"[^"]*"|'[^']*')*>/gi)) {
		const attributes = new Map<string, string>();
		for (const [, name = '', quoted, single, bare] of tag
			.slice(5)
			.matchAll(/([^\s=>/"']+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']+)))?/g)) {
			const key = name.toLowerCase();
			if (!attributes.has(key)) attributes.set(key, quoted ?? single ?? bare ?? '');
		}
		const pragma =
			attributes.get('http-equiv')?.toLowerCase() === 'content-type' ? attributes.get('content') : undefined;
		const label = attributes.get('charset') ?? /charset\s*=\s*["']?([^\s;"']+)/i.exec(pragma ?? '')?.[1];
		const charset = known(label);
		if (charset !== undefined) return inPlace(charset);
	}
	return undefined;
}

/** What could be read so far was not UTF-16, whatever it says. */
function inPlace(charset: string): string {
	if (charset.startsWith('utf-16')) return 'utf-8';
	return charset === 'x-user-defined' ? 'windows-1252' : charset;
}

function known(label: string | undefined): string | undefined {
	if (label === undefined) return undefined;
	if (label.trim().toLowerCase() === 'x-user-defined') return 'x-user-defined';
	try {
		return new TextDecoder(label.trim()).encoding;
	} catch {
		return undefined; // no encoding that browsers know
	}
}
