/**
 * A text without these characters at its ends, in time linear to its length: a regular expression that looks for them before
 * the end begins anew at each of them.
 */
export function trimmed(text: string, blanks: string): string {
	let start = 0;
	let end = text.length;
	while (start < end && blanks.includes(text.charAt(start))) start++;
	while (end > start && blanks.includes(text.charAt(end - 1))) end--;
	return start === 0 && end === text.length ? text : text.slice(start, end);
}
